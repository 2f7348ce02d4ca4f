#pragma once
// altmind inspect, replay and predict: what can be done with files alone.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "adapters/source.hpp"

namespace altmind::daemon {

/// A checkpoint file or data directory as JSON on stdout. Returns the exit code: 1 if a checkpoint is not sound or the
/// end of the journal is missing, which the JSON says.
int inspect(const std::filesystem::path& path);

/// Rebuilds the state of a data directory and prints its hash as JSON on stdout. `until`: learn no batch
/// beyond this journal number.
int replay(const std::filesystem::path& directory, std::optional<std::uint64_t> until);

struct PredictOptions {
  std::filesystem::path checkpoint;  ///< a file, or a data directory: its newest
  adapters::SourceOptions input;     ///< a finite file; ndjson needs no labels, the other formats have theirs
};

/// Predictions of a checkpoint, one JSON line each on stdout, in order; a refused record gives a line with
/// its error. Returns 1 if any was refused, else 0.
int predict(const PredictOptions& options);

}  // namespace altmind::daemon
