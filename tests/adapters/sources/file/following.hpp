#pragma once
// A followed file in its own directory, for the tests of following.

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/sources/file/file_source.hpp"
#include "tests/support/gathering_sink.hpp"
#include "tests/support/numbered_lines.hpp"
#include "tests/support/recording_probe.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind {

/// A followed file `log` in its own directory, and what was read from it.
struct Following {
  explicit Following(adapters::Format format = adapters::Format::ndjson) {
    options.type = adapters::SourceType::file;
    options.name = "log";
    options.paths = {directory / "log"};
    options.follow = true;
    options.format = format;
    options.header = format == adapters::Format::csv;
  }

  void start() {
    source = std::make_unique<file::FileSource>(options, one_number, sink, ledger, probe);
    source->start();
  }
  void stop() { source.reset(); }
  void restart() {
    stop();
    start();
  }
  void rename(const char* from, const char* to) { std::filesystem::rename(directory / from, directory / to); }
  nlohmann::json status() const { return nlohmann::json::parse(source->status()); }
  std::string note() const { return status().value("note", std::string()); }
  bool reads(const std::string& name) {
    return eventually([&] { return status().value("reading", std::string()) == name; });
  }
  /// Waits for samples 0 .. count - 1; true if each came once and in order.
  bool delivers(std::size_t count) {
    return sink.wait_durable(count) && sink.first_features(1) == numbers(0, count) && !source->failure();
  }

  ScratchDirectory directory;
  adapters::SourceOptions options;
  ingest::Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink{ledger};
  std::unique_ptr<file::FileSource> source;
};

}  // namespace altmind
