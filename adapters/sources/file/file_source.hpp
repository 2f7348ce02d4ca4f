#pragma once
// A source that reads a file (finite, or followed as it grows) or standard input, on a thread of its own.

#include <memory>

#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/ledger.hpp"
#include "adapters/source.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::file {

/// SourceType::file and standard_input. Waits for room in the sink.
///
/// Finite: resumes at the ledger's position (stream key "file:<name>", adapters/sources/file/position.hpp); an input
/// that has changed since is refused (failure() says so). Finished once every group is durable. Followed:
/// adapters/sources/file/follower.hpp. It begins at the path and looks for rotated files only when it resumes from a
/// position. Standard input: has no position; ends with the input. Samples are counted as accepted by the writer, not
/// here; the probe is told of rejected records (of a shuffled input when it is first loaded) and of every time there
/// was no room.
class FileSource final : public adapters::Source {
 public:
  FileSource(adapters::SourceOptions options, const SampleSpec& spec, SampleSink& sink, const ingest::Ledger& ledger,
             ingest::IngestProbe& probe);
  ~FileSource() override;
  void start() override;
  void stop() noexcept override;
  std::string status() const override;
  std::optional<adapters::SourceProgress> progress() const override;
  std::optional<std::string> failure() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::file
