#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "core/linalg/blas_kernel.hpp"

int main(int argc, char** argv) {
  altmind::start_blas();  // as the program does
  // CTest takes a test for skipped whose kernel the processor cannot run.
  if (const auto& warning = altmind::blas_in_use().choice.warning) std::cerr << *warning << '\n';
  return doctest::Context(argc, argv).run();
}
