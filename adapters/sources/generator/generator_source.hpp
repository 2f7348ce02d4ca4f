#pragma once
// Source of the built-in drifting streams from the literature.

#include <memory>

#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/ledger.hpp"
#include "adapters/source.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::generator {

/// Generates a built-in stream on its own thread. Sample k depends only on (seed, k), so the stream resumes after a
/// restart at the ledger's position; the streams are defined in adapters/sources/generator/drifting_stream.hpp.
///
/// rate > 0: t seconds after the start, floor(rate * t) samples are due; they are offered in small groups, and samples
/// that became due while the sink was full are offered afterwards. rate = 0: as fast as the sink accepts them. `skip`
/// and `limit` apply. Position: {"next": k}, stream key "generator:<name>". The constructor throws std::runtime_error
/// if the model does not fit the stream.
class GeneratorSource final : public adapters::Source {
 public:
  GeneratorSource(adapters::SourceOptions options, const SampleSpec& spec, SampleSink& sink,
                  const ingest::Ledger& ledger, ingest::IngestProbe& probe);
  ~GeneratorSource() override;
  void start() override;
  void stop() noexcept override;
  std::string status() const override;
  std::optional<adapters::SourceProgress> progress() const override;  ///< only with a limit
  std::optional<std::string> failure() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::generator
