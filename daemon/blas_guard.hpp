#pragma once
// Rejects a BLAS library that computes wrongly on this processor, or crashes, before anything is learned or predicted.

#include <optional>
#include <string>

#include "adapters/telemetry/log_options.hpp"
#include "core/linalg/blas_check.hpp"

namespace altmind::daemon {

/// Checks the calls in a child process, so that a crash or a stray write affects only the child. Returns a sentence
/// about what is wrong, or nullopt. Throws std::runtime_error if there is not enough memory for the check. Only for a
/// process without threads of its own.
std::optional<std::string> blas_fault(const BlasCalls& calls = {});

/// Throws std::runtime_error with the sentence of `blas_fault`.
void require_sound_blas();

/// Warns on stderr if the kernel is not the one that the user asked for; through the log, which must be configured, if
/// that has JSON lines.
void warn_of_kernel(const telemetry::LogOptions& options);

}  // namespace altmind::daemon
