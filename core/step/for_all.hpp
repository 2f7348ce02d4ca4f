#pragma once
// How the independent parts of a step run: sequentially, or in parallel on the caller's threads.

#include <cstddef>
#include <functional>

namespace altmind {

using Part = std::function<void(std::size_t)>;

/// Runs part(0) .. part(n - 1), each exactly once, in any order and on any threads, and returns when all have finished.
/// The parts of a step share no mutable data, so that results are bit-identical in any order.
using ForAll = std::function<void(std::size_t n, const Part& part)>;

inline void one_by_one(std::size_t n, const Part& part) {
  for (std::size_t i = 0; i < n; ++i) part(i);
}

}  // namespace altmind
