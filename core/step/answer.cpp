#include "core/step/answer.hpp"

#include "core/model/mixture.hpp"

namespace altmind {

std::vector<double> mixture_weights(const LearnerOptions& options, const LearnerState& state) {
  std::vector<double> sums;
  for (const Arm& arm : state.arms) sums.push_back(arm.loss_sum);
  return mixture_weights(options.model.spec.task, sums, state.loss_count);
}

Voices voices_of(const LearnerOptions& options, const LearnerState& state) {
  Voices voices;
  const SampleSpec& spec = options.model.spec;
  voices.maps.map = affine(options.normaliser, spec.inputs, state.statistics);
  if (state.fourier.columns() > 0) voices.maps.fourier = fourier_map(spec, state.fourier);
  for (const Arm& arm : state.arms) {
    voices.networks.push_back(&served(options, arm));
    voices.features.push_back(arm.features);
  }
  voices.weights = mixture_weights(options, state);
  voices.classes = known_classes(options, state);
  return voices;
}

const Matrix& answer(const SampleSpec& spec, const Voices& voices, Values x, AnswerBuffers& my) {
  const auto n = static_cast<Index>(x.size() / spec.inputs);
  my.encodings.resize(voices.networks.size());
  std::vector<const Matrix*> logits;
  for (std::size_t i = 0; i < voices.networks.size(); ++i) {
    resize(*voices.networks[i], n, my.encodings[i]);
    write_inputs(spec, voices.maps, voices.features[i].get(), x, my.z, my.encodings[i].activation[0]);
    encode(*voices.networks[i], my.encodings[i]);
    logits.push_back(&my.encodings[i].logits);
  }
  if (logits.size() == 1) return *logits[0];
  mix(spec.task, voices.classes, voices.weights, logits, my.mixed);
  return my.mixed;
}

}  // namespace altmind
