#pragma once
// A file (finite, or followed as it grows) or standard input as a source; a thread of its own.

#include <memory>

#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/ledger.hpp"
#include "adapters/source.hpp"
#include "core/sample_sink.hpp"

namespace altmind {

/// SourceType::file and standard_input. Waits for room in the sink. A finite file resumes at the ledger's
/// position; one that has changed since is refused (failure() says so).
class FileSource final : public Source {
 public:
  FileSource(SourceOptions options, const SampleSpec& spec, SampleSink& sink, const Ledger& ledger, IngestProbe& probe);
  ~FileSource() override;
  void start() override;
  void stop() noexcept override;
  std::string status() const override;
  std::optional<SourceProgress> progress() const override;
  std::optional<std::string> failure() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind
