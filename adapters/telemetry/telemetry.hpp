#pragma once
// The only place where metric names are written: verbs in, Prometheus series out.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/ingest/ingest_probe.hpp"
#include "core/evaluate/drift.hpp"
#include "core/evaluate/holdout.hpp"
#include "core/evaluate/prequential.hpp"
#include "core/step/step_report.hpp"

namespace altmind::telemetry {

/// The series of docs/http.md's metrics table. Thread-safe.
class Telemetry final : public ingest::IngestProbe {
 public:
  /// sources: every name that may appear in a `source` label (counters exist from the start, at 0).
  explicit Telemetry(const std::vector<std::string>& sources);
  ~Telemetry() override;

  void accepted(std::string_view source, std::size_t samples) override;
  void missing(std::string_view source, const ingest::MissingValues& values) override;
  void rejected(std::string_view source, const ingest::Rejection& rejection, std::string_view record) override;
  void queue_full(std::string_view source) override;
  void gap(std::string_view source) override;
  void failed(std::string_view source) override;

  /// A step of the trainer; seconds of each phase.
  void stepped(const StepReport& report, const std::array<double, phase_count>& seconds);
  void announced();  ///< an announced boundary has protected what was learned
  /// State of the prequential sums after a step; class names as in answers.
  void prequential(const PrequentialView& whole, const PrequentialView& window,
                   const std::vector<std::string>& class_names, const std::vector<std::uint64_t>& class_samples,
                   const std::vector<std::uint64_t>& class_correct);
  void drift(const DriftView& drift);
  void holdout(const HoldoutView& holdout);
  void replayed(std::uint64_t batches);
  /// The state found at the start: the step of the served model, the journal's size, the time of the last checkpoint in
  /// seconds since 1970 (0: none).
  void resumed(std::uint64_t step, std::uint64_t journal_bytes, double checkpoint_unix_seconds);
  void queue(std::size_t samples, std::size_t capacity);
  void journal_appended(double seconds, std::uint64_t bytes_on_disk);
  void checkpoint_saved(double seconds, double unix_seconds);
  void checkpoint_failed();
  void request(const std::string& route, int status, double seconds);  ///< also predict_requests_total

  /// Returns Prometheus text format 0.0.4, including process_* (read from /proc at this moment).
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::telemetry
