#include "daemon/evaluate.hpp"

#include <string>
#include <string_view>

#include "adapters/sources/file/sample_reader.hpp"

namespace altmind::daemon {

Evaluation evaluate(const Snapshot& snapshot, const adapters::SourceOptions& options) {
  Evaluation result;
  const auto reader = file::open_reader(options, snapshot.spec);
  const auto refuse = [&result](std::uint64_t, const ingest::Rejection& rejection, std::string_view) {
    ++result.rejected;
    IngestCounter::Reasons& reason = result.reasons[static_cast<std::size_t>(rejection.reason)];
    if (reason.count++ == 0) reason.example = rejection.message;
  };
  const bool classes = snapshot.spec.task == Task::classification;
  for (;;) {
    Samples samples;
    if (reader->read(snapshot.block_samples(), samples, refuse) == 0) break;
    const Predictions predictions = snapshot.predict(samples);
    for (std::size_t i = 0; i < samples.count; ++i) {
      if (classes) {
        const std::string predicted = snapshot.class_name(predictions.label[i]);
        const bool named = snapshot.spec.labels == LabelKind::named;
        const bool right = named ? predicted == samples.name[i] : predictions.label[i] == samples.label[i];
        result.accuracy += right ? 1.0 : 0.0;
      } else {
        double square = 0.0;
        for (std::size_t k = 0; k < snapshot.spec.outputs; ++k) {
          const std::size_t at = i * snapshot.spec.outputs + k;
          const double error = predictions.exact[at] - samples.targets()[at];
          square += error * error;
        }
        result.loss += square / static_cast<double>(snapshot.spec.outputs);
      }
    }
    result.samples += samples.count;
  }
  if (result.samples > 0) {
    result.accuracy /= static_cast<double>(result.samples);
    result.loss /= static_cast<double>(result.samples);
  }
  return result;
}

}  // namespace altmind::daemon
