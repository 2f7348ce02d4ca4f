// Overrides the BLAS library by LD_PRELOAD: its triangular inverse crashes or, with BROKEN_BLAS=wrong, does nothing and
// reports success.

#include <csignal>
#include <cstdlib>
#include <string_view>

extern "C" void strtri_(const char*, const char*, const int*, float*, const int*, int* info) {
  const char* const how = std::getenv("BROKEN_BLAS");
  if (how == nullptr || std::string_view(how) != "wrong") std::raise(SIGSEGV);
  *info = 0;
}
