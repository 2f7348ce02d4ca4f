#include "core/step/served_scoring.hpp"

#include <algorithm>

namespace altmind {

namespace {

constexpr Index probe_samples = 50;

double mean_loss(const std::vector<Score>& scored, std::size_t stride) {
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < scored.size(); i += stride, ++count) sum += scored[i].loss;
  return sum / static_cast<double>(count);
}

}  // namespace

Index probe_stride(Index m) {
  return std::max<Index>(1, m / probe_samples);
}

/// Returns every `stride`-th of m targets.
Targets ServedScoring::part_of(const Targets& targets, Index m, Index stride, std::size_t outputs) {
  label_.clear();
  target_.clear();
  for (Index i = 0; i < m; i += stride) {
    const auto at = static_cast<std::size_t>(i);
    if (targets.task == Task::classification) {
      label_.push_back(targets.label[at]);
    } else {
      const auto from = targets.target.subspan(at * outputs, outputs);
      target_.insert(target_.end(), from.begin(), from.end());
    }
  }
  Targets part = targets;
  part.label = label_;
  part.target = target_;
  return part;
}

const Matrix& ServedScoring::logits(const Targets& targets, const Encoding& encoding, const Network& live,
                                    const ServedSets& sets, std::array<double, 3>& losses) {
  const Index m = encoding.logits.cols();
  const Index stride = probe_stride(m);
  const auto step = static_cast<std::size_t>(stride);
  const Encoding* served = &encoding;
  if (sets.served != 0) {
    resize(live, m, served_);
    served_.activation[0] = encoding.activation[0];
    encode(sets.network(live), served_);
    served = &served_;
  }

  const Targets part = part_of(targets, m, stride, static_cast<std::size_t>(encoding.logits.rows()));
  resize(live, (m + stride - 1) / stride, part_);
  for (Index i = 0; i < part_.logits.cols(); ++i) part_.activation[0].col(i) = encoding.activation[0].col(i * stride);
  const std::array<const Network*, 3> network = {&live, &sets.fast, &sets.slow};
  for (std::size_t i = 0; i < network.size(); ++i) {
    if (i == sets.served) {
      losses[i] = mean_loss(scores(targets, served->logits), step);
    } else if (i == 0) {
      losses[i] = mean_loss(scores(targets, encoding.logits), step);
    } else {
      encode(*network[i], part_);
      losses[i] = mean_loss(scores(part, part_.logits), 1);
    }
  }
  return served->logits;
}

}  // namespace altmind
