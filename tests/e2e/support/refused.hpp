#pragma once
// Checks a command that must fail, and its message.

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/support/process.hpp"
#include "tests/support/contains.hpp"

namespace altmind::e2e {

/// CHECKs that altmind with `arguments` exits with `code` and that stderr contains every part.
inline void check_refused(std::vector<std::string> arguments, int code, const std::vector<std::string>& parts) {
  const Finished finished = run_altmind({.arguments = std::move(arguments)});
  CHECK(finished.ended == exited(code));
  for (const std::string& part : parts) {
    CAPTURE(part);
    CHECK_MESSAGE(test::contains(finished.err, part), finished.err);
  }
}

}  // namespace altmind::e2e
