#pragma once
// Nothing is learned or predicted with a BLAS library that computes wrongly on this processor, or crashes.

#include <optional>
#include <string>

#include "adapters/telemetry/log_options.hpp"
#include "core/linalg/blas_check.hpp"

namespace altmind::daemon {

/// Checks the calls in a child process, so that a crash, and what is written where it should not be, is the child's.
/// Returns a sentence about what is wrong, nothing if all is right. Throws std::runtime_error where there is no memory
/// for it. For a process without threads of its own.
std::optional<std::string> blas_fault(const BlasCalls& calls = {});

/// Throws std::runtime_error with the sentence of `blas_fault`.
void require_sound_blas();

/// Warns on stderr if the kernel is not the one that the user asked for: by the log, which is configured, if that has
/// JSON lines.
void warn_of_kernel(const telemetry::LogOptions& options);

}  // namespace altmind::daemon
