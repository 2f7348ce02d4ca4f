#pragma once
// How long a test waits for what must come.

#include <chrono>

namespace altmind::e2e {

/// Only a test that fails ever waits so long: a machine may be ten times as slow under a sanitizer, and ten times as
/// busy.
inline constexpr std::chrono::seconds patience{240};

}  // namespace altmind::e2e
