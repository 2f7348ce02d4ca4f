#include "core/evaluate/holdout.hpp"

#include <algorithm>

#include "core/linalg/random.hpp"

namespace altmind {

namespace {

/// Stores a sample at row `at`, which may be one past the last.
void put(const Samples& samples, std::size_t i, std::uint64_t position, std::size_t at, HeldConcept& held) {
  const std::size_t inputs = samples.x.size() / samples.count;
  if (at == held.position.size()) {
    held.position.push_back(0);
    held.label.push_back(0);
    held.x.resize(held.x.size() + inputs);
  }
  held.position[at] = position;
  held.label[at] = samples.label[i];
  const auto from = samples.x.begin() + static_cast<std::ptrdiff_t>(i * inputs);
  std::copy_n(from, inputs, held.x.begin() + static_cast<std::ptrdiff_t>(at * inputs));
  if (samples.x_residual.empty() && held.residual.empty()) return;
  held.residual.resize(held.x.size());
  for (std::size_t j = 0; j < inputs; ++j) held.residual[at * inputs + j] = samples.x_residual[i * inputs + j];
}

/// Keeps the rows for which `keep` returns true, in their order.
template <typename Keep>
void keep_rows(HeldConcept& held, Keep keep) {
  if (held.position.empty()) return;
  const std::size_t inputs = held.x.size() / held.position.size();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < held.position.size(); ++i) {
    if (!keep(i)) continue;
    held.position[kept] = held.position[i];
    held.label[kept] = held.label[i];
    for (std::vector<float>* part : {&held.x, &held.residual}) {
      if (kept == i || part->empty()) continue;
      const auto from = part->begin() + static_cast<std::ptrdiff_t>(i * inputs);
      std::copy_n(from, inputs, part->begin() + static_cast<std::ptrdiff_t>(kept * inputs));
    }
    ++kept;
  }
  held.position.resize(kept);
  held.label.resize(kept);
  held.x.resize(kept * inputs);
  if (!held.residual.empty()) held.residual.resize(kept * inputs);
}

void start(std::uint64_t begun, HoldoutReservoirs& held) {
  HeldConcept& next = held.concepts.emplace_back();
  next.number = ++held.begun;
  next.begun = begun;
  held.scores.clear();
}

void fit(const EvaluationOptions& options, HoldoutReservoirs& held) {
  while (held.concepts.size() > options.holdout_concepts) held.concepts.erase(held.concepts.begin());
  for (HeldConcept& one : held.concepts) {
    if (one.position.size() <= options.holdout_per_concept) continue;
    keep_rows(one, [&options](std::size_t i) { return i < options.holdout_per_concept; });
  }
}

double accuracy(const LabelSamples& label_samples, const HeldConcept& held) {
  const std::vector<std::uint32_t> labels = label_samples(Values(held.x, held.residual));
  std::size_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) right += labels[i] == held.label[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

}  // namespace

void offer(const EvaluationOptions& options, const Samples& samples, std::uint64_t before, HoldoutReservoirs& held) {
  if (options.holdout_per_concept == 0) {
    held = {};
    return;
  }
  if (held.concepts.empty()) start(before, held);
  fit(options, held);
  HeldConcept& present = held.concepts.back();
  for (std::size_t i = 0; i < samples.count; ++i) {
    const std::uint64_t n = ++present.offered;
    std::size_t at = present.position.size();
    if (at == options.holdout_per_concept) {
      // Seeded by the position in the stream, so that no generator state has to be kept.
      at = Random(Random(present.number).bits() ^ n).below(n);
    }
    if (at < options.holdout_per_concept) put(samples, i, before + i, at, present);
  }
}

void begin_concept(const EvaluationOptions& options, std::uint64_t now, std::uint64_t since,
                   const LabelSamples& label_samples, HoldoutReservoirs& held) {
  if (options.holdout_per_concept == 0 || held.concepts.empty()) return;
  HeldConcept& ending = held.concepts.back();
  ending.ended = std::max(ending.begun, now - std::min(now, since));
  keep_rows(ending, [&ending](std::size_t i) { return ending.position[i] < ending.ended; });
  if (ending.position.empty()) {
    held.concepts.pop_back();
  } else {
    const auto before = [&ending](const PastScore& past) { return past.position <= ending.ended; };
    const auto last = std::find_if(held.scores.rbegin(), held.scores.rend(), before);
    if (!ending.scored) ending.accuracy = accuracy(label_samples, ending);
    ending.accuracy_at_end = last != held.scores.rend() ? last->accuracy : ending.accuracy;
    ending.scored = true;
  }
  start(now, held);
  fit(options, held);
}

void score(const LabelSamples& label_samples, std::uint64_t now, std::uint64_t step, HoldoutReservoirs& held) {
  for (HeldConcept& one : held.concepts) {
    if (one.position.empty()) continue;
    one.accuracy = accuracy(label_samples, one);
    one.scored = true;
    held.scored_step = step;
    if (one.ended > 0) continue;
    if (held.scores.size() == HoldoutReservoirs::most_scores) held.scores.erase(held.scores.begin());
    held.scores.push_back({now, one.accuracy});
  }
}

HoldoutView view(const EvaluationOptions& options, const HoldoutReservoirs& held) {
  HoldoutView result;
  result.enabled = options.holdout_per_concept > 0;
  result.scored_step = held.scored_step;
  double change = 0.0;
  double ended = 0.0;
  std::size_t age = held.concepts.size();
  for (const HeldConcept& one : held.concepts) {
    --age;
    if (!one.scored) continue;
    result.concepts.push_back(
        {age, one.number, one.begun, one.ended, one.position.size(), one.accuracy, one.accuracy_at_end});
    result.accuracy += one.accuracy;
    if (one.ended == 0) continue;
    change += one.accuracy - one.accuracy_at_end;
    ended += 1.0;
  }
  if (!result.concepts.empty()) result.accuracy /= static_cast<double>(result.concepts.size());
  if (ended > 0.0) result.backward_transfer = change / ended;
  return result;
}

}  // namespace altmind
