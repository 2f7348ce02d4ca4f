// NDJSON to samples.

#include "tests/fuzz/records.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  altmind::fuzz::read_records(altmind::adapters::Format::ndjson, data, size);
  return 0;
}
