#pragma once
// altmind inspect, replay and predict: the commands that need only files.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "adapters/source.hpp"

namespace altmind::daemon {

/// Prints a checkpoint file or data directory as JSON on stdout. Returns the exit code: 1 if a checkpoint is damaged or
/// the end of the journal is missing, as the JSON says.
int inspect(const std::filesystem::path& path);

/// Rebuilds the state of a data directory and prints its hash as JSON on stdout. `until`: learn no batch
/// beyond this journal number.
int replay(const std::filesystem::path& directory, std::optional<std::uint64_t> until);

struct PredictOptions {
  std::filesystem::path checkpoint;  ///< a file, or a data directory: its newest is used
  adapters::SourceOptions input;     ///< a finite file; ndjson needs no labels, the other formats have theirs
};

/// Prints the predictions of a checkpoint on stdout, one JSON line per record, in order; a rejected record gives a line
/// with its error. Returns 1 if any was rejected, else 0.
int predict(const PredictOptions& options);

}  // namespace altmind::daemon
