#pragma once
// The timeout of tests for events that must happen.

#include <chrono>

namespace altmind::e2e {

/// Only a failing test ever waits this long: a machine may be ten times as slow under a sanitizer, and ten
/// times as busy.
inline constexpr std::chrono::seconds patience{240};

}  // namespace altmind::e2e
