#include "core/evaluate/prequential.hpp"

#include <algorithm>

namespace altmind {

namespace {

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// Returns how far an accuracy lies between `reference` (0) and perfect (1).
double beyond(double accuracy, double reference) {
  return reference < 1.0 ? (accuracy - reference) / (1.0 - reference) : 0.0;
}

/// Returns the accuracy expected by chance, from the counts of true and predicted classes of n samples.
double by_chance(const std::vector<std::uint64_t>& labels, const std::vector<std::uint64_t>& predicted,
                 std::uint64_t n) {
  double sum = 0.0;
  for (std::size_t k = 0; k < labels.size(); ++k) sum += share(labels[k], n) * share(predicted[k], n);
  return sum;
}

}  // namespace

Prequential::Prequential(std::size_t classes) {
  for (auto* counts :
       {&state_.class_samples, &state_.class_correct, &state_.class_predicted, &window_samples_, &window_predicted_}) {
    counts->assign(classes, 0);
  }
}

Prequential::Prequential(State state)
    : state_(std::move(state)),
      window_samples_(state_.class_samples.size()),
      window_predicted_(state_.class_samples.size()) {
  const auto most = std::max_element(state_.class_samples.begin(), state_.class_samples.end());
  majority_ = static_cast<std::uint32_t>(most - state_.class_samples.begin());
  for (const std::uint32_t label : state_.window_label) ++window_samples_[label];
  for (const std::uint32_t label : state_.window_predicted) ++window_predicted_[label];
}

std::uint8_t Prequential::right(const Score& score) const {
  std::uint8_t flags = score.correct ? model_right : 0;
  if (state_.samples == 0 || state_.window_label.empty()) return flags;
  const std::size_t n = state_.window_label.size();
  if (score.label == majority_) flags |= majority_right;
  if (score.label == state_.window_label[(state_.head + n - 1) % n]) flags |= no_change_right;
  return flags;
}

/// Returns the ring's slot for the next sample, and removes the sample in it from the window's counts.
std::size_t Prequential::slot() {
  State& s = state_;
  if (s.window_loss.size() < window_size) {
    s.window_loss.push_back(0.0F);
    s.window_right.push_back(0);
    if (!s.class_samples.empty()) {
      s.window_label.push_back(0);
      s.window_predicted.push_back(0);
    }
    return s.window_loss.size() - 1;
  }
  const std::size_t at = s.head;
  s.head = (s.head + 1) % window_size;
  if (!s.class_samples.empty()) {
    --window_samples_[s.window_label[at]];
    --window_predicted_[s.window_predicted[at]];
  }
  return at;
}

void Prequential::add(const Score& score) {
  State& s = state_;
  const std::uint8_t flags = right(score);
  const std::size_t at = slot();
  ++s.samples;
  s.correct += score.correct ? 1 : 0;
  s.majority_correct += (flags & majority_right) != 0 ? 1 : 0;
  s.no_change_correct += (flags & no_change_right) != 0 ? 1 : 0;
  s.loss += score.loss;
  s.window_loss[at] = static_cast<float>(score.loss);
  s.window_right[at] = flags;
  if (s.class_samples.empty()) return;
  s.class_correct[score.label] += score.correct ? 1 : 0;
  ++s.class_predicted[score.predicted];
  s.window_label[at] = score.label;
  s.window_predicted[at] = score.predicted;
  ++window_samples_[score.label];
  ++window_predicted_[score.predicted];
  const std::uint64_t count = ++s.class_samples[score.label];
  const std::uint64_t best = s.class_samples[majority_];
  if (count > best || (count == best && score.label < majority_)) majority_ = score.label;
}

PrequentialView Prequential::whole() const {
  const State& s = state_;
  PrequentialView view;
  view.samples = s.samples;
  if (s.samples == 0) return view;
  view.accuracy = share(s.correct, s.samples);
  view.loss = s.loss / static_cast<double>(s.samples);
  if (s.class_samples.empty()) return view;
  view.majority = share(s.majority_correct, s.samples);
  view.no_change = share(s.no_change_correct, s.samples);
  view.kappa = beyond(view.accuracy, by_chance(s.class_samples, s.class_predicted, s.samples));
  view.kappa_temporal = beyond(view.accuracy, view.no_change);
  return view;
}

PrequentialView Prequential::window() const {
  const State& s = state_;
  const std::size_t n = s.window_loss.size();
  PrequentialView view;
  view.samples = n;
  if (n == 0) return view;
  std::uint64_t correct = 0;
  std::uint64_t majority = 0;
  std::uint64_t no_change = 0;
  for (std::size_t i = 0; i < n; ++i) {
    view.loss += s.window_loss[i];
    correct += (s.window_right[i] & model_right) != 0 ? 1 : 0;
    majority += (s.window_right[i] & majority_right) != 0 ? 1 : 0;
    no_change += (s.window_right[i] & no_change_right) != 0 ? 1 : 0;
  }
  view.loss /= static_cast<double>(n);
  view.accuracy = share(correct, n);
  if (s.class_samples.empty()) return view;
  view.majority = share(majority, n);
  view.no_change = share(no_change, n);
  view.kappa = beyond(view.accuracy, by_chance(window_samples_, window_predicted_, n));
  view.kappa_temporal = beyond(view.accuracy, view.no_change);
  return view;
}

}  // namespace altmind
