#pragma once
// Whether the build uses a sanitizer, which takes far more address space than any limit of interest and makes
// everything ten times as slow.

#include <cstddef>

namespace altmind::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // g++
inline constexpr bool sanitized = true;
#elif defined(__has_feature)  // clang
inline constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

/// Returns how many of `all` random runs to make: a sanitizer finds its errors in the first quarter of them.
constexpr std::size_t runs(std::size_t all) {
  return sanitized ? (all + 3) / 4 : all;
}

}  // namespace altmind::test
