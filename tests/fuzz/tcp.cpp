// Sends the input to the tcp source of a running daemon.

#include "tests/fuzz/served.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  altmind::fuzz::converse(altmind::fuzz::served().tcp, {data, size});
  return 0;
}
