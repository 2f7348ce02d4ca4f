#include "daemon/blas_guard.hpp"

#include <doctest/doctest.h>

#include <csignal>

#include "core/linalg/blas_kernel.hpp"
#include "tests/support/contains.hpp"

using namespace altmind;
using namespace altmind::daemon;

namespace {

std::string fault_of(const BlasCalls& calls) {
  return blas_fault(calls).value_or("right");
}

}  // namespace

TEST_CASE("a sound library has no fault, also where children are reaped by the system") {
  CHECK(fault_of({}) == "right");
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  CHECK(fault_of({}) == "right");
  std::signal(SIGCHLD, before);
}

TEST_CASE("a wrong result is a sentence that names library, kernel and call") {
  BlasCalls calls;
  calls.cholesky_lower = [](View a) {
    a(0, 0) = 17.0F;
    return true;
  };
  const std::string fault = fault_of(calls);
  for (const std::string& part : {blas_in_use().library, blas_in_use().version, blas_in_use().choice.kernel,
                                  std::string("spotrf of 5 x 5 is wrong"), std::string("OPENBLAS_CORETYPE")}) {
    CHECK_MESSAGE(test::contains(fault, part), fault);
  }
}

TEST_CASE("a call that crashes, aborts or never comes back is a sentence, and this process goes on") {
  BlasCalls calls;
  SUBCASE("SIGSEGV") {
    calls.invert_lower = [](View l) {
      std::raise(SIGSEGV);
      return invert_lower(l);
    };
    CHECK(test::contains(fault_of(calls), "strtri of 5 x 5 crashes (SIGSEGV)"));
  }
  SUBCASE("SIGILL") {
    calls.multiply_lower = [](const ConstView&, View) { std::raise(SIGILL); };
    CHECK(test::contains(fault_of(calls), "strmm of 5 x 1 crashes (SIGILL)"));
  }
  SUBCASE("SIGVTALRM: its processor time is up") {
    calls.multiply_lower = [](const ConstView&, View) { std::raise(SIGVTALRM); };
    CHECK(test::contains(fault_of(calls), "strmm of 5 x 1 does not come back"));
  }
  SUBCASE("an exit without a word, where children are reaped by the system") {
    const auto before = std::signal(SIGCHLD, SIG_IGN);
    calls.multiply_lower = [](const ConstView&, View) { std::raise(SIGABRT); };
    CHECK(test::contains(fault_of(calls), "strmm of 5 x 1 crashes"));
    std::signal(SIGCHLD, before);
  }
}

TEST_CASE("the kernels that crash are caught by the check, if nobody had overridden them") {
  const std::string kernel = blas_in_use().choice.kernel;
  for (const char* const old : {"Prescott", "Core2", "Barcelona", "Penryn", "Dunnington"}) {
    if (!switch_blas_kernel(old)) {
      MESSAGE("skipped: this library has no kernel " << old);
      continue;
    }
    const std::string fault = fault_of({});
    CHECK_MESSAGE(test::contains(fault, old), fault);
    CHECK_MESSAGE(test::contains(fault, "strtri"), fault);
    CHECK_MESSAGE(test::contains(fault, "crashes"), fault);
  }
  REQUIRE(switch_blas_kernel(kernel));
  CHECK(fault_of({}) == "right");
}
