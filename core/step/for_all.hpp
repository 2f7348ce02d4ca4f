#pragma once
// How the independent parts of a step are run: one after the other, or at once by who has threads.

#include <cstddef>
#include <functional>

namespace altmind {

using Part = std::function<void(std::size_t)>;

/// Runs part(0) .. part(n - 1), each once, in any order and on any threads, and returns when all have ended. The parts
/// of a step read and write nothing of each other, so that their results do not depend on it, to the last bit.
using ForAll = std::function<void(std::size_t n, const Part& part)>;

inline void one_by_one(std::size_t n, const Part& part) {
  for (std::size_t i = 0; i < n; ++i) part(i);
}

}  // namespace altmind
