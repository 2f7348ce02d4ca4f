#include "core/alarm.hpp"

#include <algorithm>

namespace altmind {

namespace {

constexpr Index judged_samples = 25;          ///< of a batch whose inputs are wide
constexpr Index wide = 256;
constexpr std::uint64_t warm_up = 1000;       ///< samples before labels count as new
constexpr double growth = 1.5;                ///< of what is pending, until its profile is made anew
constexpr double familiar = 1.4;

double unseen_share(std::span<const std::uint32_t> labels, const std::vector<std::uint8_t>& seen) {
  if (labels.empty()) return 0.0;
  const auto unseen = std::count_if(labels.begin(), labels.end(), [&](std::uint32_t y) { return seen[y] == 0; });
  return static_cast<double>(unseen) / static_cast<double>(labels.size());
}

/// The samples behind a sum of a a^T: its last entry is of the row of ones.
double sample_count(const Matrix& sum) {
  return static_cast<double>(sum(sum.rows() - 1, sum.cols() - 1));
}

}  // namespace

ConsolidationReport judge(const Matrix& inputs, std::span<const std::uint32_t> labels, double error,
                          Consolidation& state, AlarmBuffers& my) {
  const Index m = inputs.cols();
  const auto batch = static_cast<double>(m);
  const Index stride = inputs.rows() > wide ? std::max<Index>(1, m / judged_samples) : 1;
  my.inputs = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(inputs.data(), inputs.rows(), (m + stride - 1) / stride,
                                                                Eigen::OuterStride<>(inputs.rows() * stride));
  if (const double pending = sample_count(state.layers[0].pending); pending > 0 && pending >= growth * state.profiled) {
    state.profile = profile_of(state.layers[0].pending, pending);
    state.profiled = pending;
  }
  const bool has_profile = state.profile.whitening.size() > 0;
  const double unlike = has_profile ? unlikeness(state.profile, my.inputs, my.whitened) : -1.0;

  ConsolidationReport report;
  report.unseen_labels = state.samples >= warm_up ? unseen_share(labels, state.seen) : 0.0;
  const bool unseen = report.unseen_labels > 0.5;
  const bool jumped_before = mispredicted(error, batch, state.novelty);
  report.error_before = state.novelty.slow;
  const NoveltySignal signal = observe(unlike, error, batch, state.novelty);
  report.unlikeness = state.novelty.pooled;
  report.usual_unlikeness = state.novelty.mean;
  report.error = state.novelty.error;

  const bool novel = unseen || (signal.unlike && signal.risen);
  if (novel) {
    bool known = false;
    if (jumped_before && !unseen && state.protecting()) {
      my.sum = state.layers[0].kept + state.layers[0].pending;
      known = unlikeness(profile_of(my.sum, sample_count(my.sum)), my.inputs, my.whitened) < familiar;
    }
    if (known) {
      release(state);
      report.action = ConsolidationAction::released;
    } else {
      consolidate(state);
      if (unseen) state.classes = 1;
      report.action = ConsolidationAction::consolidated;
    }
  } else if (signal.jumped) {
    release(state);
    report.action = ConsolidationAction::released;
  }
  if (report.action != ConsolidationAction::none) restart(state.novelty);

  for (const std::uint32_t y : labels) state.seen[y] = 1;
  state.samples += static_cast<std::uint64_t>(m);
  return report;
}

}  // namespace altmind
