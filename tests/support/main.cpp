#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "core/linalg/blas_kernel.hpp"

int main(int argc, char** argv) {
  altmind::start_blas();  // as the program does
  // CTest marks a test as skipped by this message if the processor cannot run its kernel.
  if (const auto& warning = altmind::blas_in_use().choice.warning) std::cerr << *warning << '\n';
  return doctest::Context(argc, argv).run();
}
