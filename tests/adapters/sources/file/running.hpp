#pragma once
// Runs of a finite file source, for its tests.

#include <string>
#include <utility>
#include <vector>

#include "adapters/sources/file/file_source.hpp"
#include "tests/support/gathering_sink.hpp"
#include "tests/support/numbered_lines.hpp"
#include "tests/support/recording_probe.hpp"

namespace altmind {

inline adapters::SourceOptions ndjson(std::vector<std::string> paths) {
  adapters::SourceOptions options;
  options.type = adapters::SourceType::file;
  options.name = "numbers";
  options.paths = std::move(paths);
  return options;
}

inline bool finished(const file::FileSource& source) {
  return eventually([&] { return source.progress()->finished || source.failure(); }) && !source.failure();
}

/// Runs once to the end, or to a failure.
inline std::string run(const adapters::SourceOptions& options, GatheringSink& sink, const ingest::Ledger& ledger) {
  RecordingProbe probe;
  file::FileSource source(options, one_number, sink, ledger, probe);
  source.start();
  finished(source);
  return source.failure().value_or("");
}

}  // namespace altmind
