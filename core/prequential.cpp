#include "core/prequential.hpp"

namespace altmind {

Prequential::Prequential(std::size_t classes) {
  state_.class_samples.assign(classes, 0);
  state_.class_correct.assign(classes, 0);
}

void Prequential::add(const Score& score) {
  State& s = state_;
  ++s.samples;
  s.correct += score.correct ? 1 : 0;
  s.loss += score.loss;
  if (score.label < s.class_samples.size()) {
    ++s.class_samples[score.label];
    s.class_correct[score.label] += score.correct ? 1 : 0;
  }
  const auto loss = static_cast<float>(score.loss);
  const std::uint8_t correct = score.correct ? 1 : 0;
  if (s.window_loss.size() < window_size) {
    s.window_loss.push_back(loss);
    s.window_correct.push_back(correct);
  } else {
    s.window_loss[s.head] = loss;
    s.window_correct[s.head] = correct;
    s.head = (s.head + 1) % window_size;
  }
}

PrequentialView Prequential::whole() const {
  if (state_.samples == 0) return {};
  const auto n = static_cast<double>(state_.samples);
  return {state_.samples, static_cast<double>(state_.correct) / n, state_.loss / n};
}

PrequentialView Prequential::window() const {
  const std::size_t n = state_.window_loss.size();
  if (n == 0) return {};
  double loss = 0.0;
  std::uint64_t correct = 0;
  for (std::size_t i = 0; i < n; ++i) {
    loss += state_.window_loss[i];
    correct += state_.window_correct[i];
  }
  return {n, static_cast<double>(correct) / static_cast<double>(n), loss / static_cast<double>(n)};
}

}  // namespace altmind
