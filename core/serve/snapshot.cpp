#include "core/serve/snapshot.hpp"

#include <algorithm>
#include <cmath>

#include "core/linalg/blas.hpp"
#include "core/model/activation.hpp"
#include "core/model/loss.hpp"
#include "core/serve/predictor.hpp"

namespace altmind {

namespace {

/// Rounds an output to float32 unless that loses precision relative to the deviation: the network computes in float32.
double told(const TargetScale& scale, std::size_t k, double value) {
  const auto rounded = static_cast<double>(static_cast<float>(value));
  const bool enough = scale.empty() || std::abs(value - rounded) <= 1e-6 * scale.deviation[k];
  return enough ? rounded : value;
}

}  // namespace

Predictions Snapshot::predict(Values x) const {
  Predictions predictions;
  predictions.count = x.size() / spec.inputs;
  predictions.outputs = spec.outputs;
  predictions.values.resize(predictions.count * spec.outputs);
  predictions.label.resize(predictions.count);
  if (predictions.count == 0) return predictions;

  const auto m = static_cast<Index>(predictions.count);
  AnswerBuffers buffers;
  Matrix values = answer(predictor->spec, predictor->voices, x, buffers);
  to_probabilities(predictor->spec.task, predictor->voices.classes, values);
  if (spec.task == Task::regression) {
    for (Index i = 0; i < m; ++i) {
      const std::vector<double> outputs = to_user(predictor->targets, values, i);
      for (std::size_t k = 0; k < outputs.size(); ++k)
        predictions.exact.push_back(told(predictor->targets, k, outputs[k]));
    }
    std::transform(predictions.exact.begin(), predictions.exact.end(), predictions.values.begin(),
                   [](double value) { return static_cast<float>(value); });
    return predictions;
  }
  std::copy_n(values.data(), values.size(), predictions.values.data());
  for (Index i = 0; i < m; ++i) {
    predictions.label[static_cast<std::size_t>(i)] = most_probable(values.col(i), predictor->voices.classes);
  }
  return predictions;
}

Predictions Snapshot::predict(Samples& block) const {
  if (categories) look_up_words(spec, *categories, block);
  return predict(block.features());
}

std::size_t Snapshot::block_samples() const {
  constexpr std::size_t numbers = 1 << 20;
  return std::clamp<std::size_t>(numbers / widest, 1, 512);
}

std::string Snapshot::class_name(std::uint32_t label) const {
  return label < labels.size() ? labels.names()[label] : std::to_string(label);
}

}  // namespace altmind
