#include "core/continual/alarm.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace altmind {

namespace {

constexpr Index judged_samples = 25;  ///< samples judged of a batch with wide inputs
constexpr Index wide = 256;
constexpr std::uint64_t pause = 4;         ///< batches between tests of wide inputs while the error has not risen
constexpr std::uint64_t warm_up = 1000;    ///< samples before labels count as new
constexpr std::uint64_t new_samples = 50;  ///< window over which new labels are counted
constexpr double most_of_new = 0.9;        ///< share of new labels since the first; below it, old classes still arrive
constexpr double joining_share = 0.1;      ///< share of labels that must be new to explain unlike inputs
constexpr std::uint64_t proving = 400;     ///< samples in which new classes must have replaced the old ones
constexpr double growth = 4.0;             ///< growth of the pending samples after which their profile is recomputed
constexpr double familiar = 1.4;
constexpr double large_loss = 4.0;  ///< multiple of its running mean
constexpr double level_weight = 0.1;
constexpr double level_batch = 50.0;

double share(std::span<const Score> scored, const std::function<bool(const Score&)>& is) {
  return static_cast<double>(std::count_if(scored.begin(), scored.end(), is)) / static_cast<double>(scored.size());
}

/// Returns the error of the batch. For regression also updates the running mean of the loss.
double error_of(Task task, std::span<const Score> scored, NoveltyState& novelty) {
  if (task == Task::classification) return share(scored, [](const Score& s) { return !s.correct; });
  double loss = 0.0;
  for (const Score& s : scored) loss += s.loss;
  loss /= static_cast<double>(scored.size());
  if (novelty.level <= 0.0) novelty.level = loss;
  const double error = share(scored, [&](const Score& s) { return s.loss > large_loss * novelty.level; });
  novelty.level +=
      level_weight * std::min(1.0, static_cast<double>(scored.size()) / level_batch) * (loss - novelty.level);
  return error;
}

/// Marks all labels up to the end of the batch as known, after an alarm has handled them.
void known(std::uint64_t m, Consolidation& state) {
  state.known_until = state.samples + m;
  state.unseen = 0.0;
}

enum class Labels { usual, joining, unseen };

/// True if a class, given the number of its first sample, counts as new: for `window` samples, unless an alarm has
/// handled it.
bool is_new(std::uint64_t first, std::uint64_t window, const Consolidation& state) {
  return first > std::max(state.known_until, warm_up) && first + window > state.samples;
}

/// Returns the number of the earliest first sample among the new classes; 0 if there are none.
std::uint64_t first_of_new(std::uint64_t window, const Consolidation& state) {
  std::uint64_t since = 0;
  for (const std::uint64_t first : state.first) {
    if (is_new(first, window, state) && (since == 0 || first < since)) since = first;
  }
  return since;
}

/// Returns the value of `unseen` if all samples from number `since` to the end of a batch of m had new labels.
double unseen_if_all(std::uint64_t since, double m, double weight, const Consolidation& state) {
  const double batches = (static_cast<double>(state.samples + 1) - static_cast<double>(since) + m) / m;
  return weight < 1.0 ? 1.0 - std::pow(1.0 - weight, batches) : std::min(1.0, batches);
}

/// Tracks the share of new labels over about 50 samples. Returns `unseen` if most were new and the old classes have
/// ceased, `joining` if new classes join the old ones.
Labels take_labels(std::span<const Score> scored, Consolidation& state) {
  if (state.first.empty()) return Labels::usual;
  const std::uint64_t window = std::max<std::uint64_t>(scored.size(), new_samples);
  const double fresh = share(scored, [&](const Score& s) {
    const std::uint64_t first = state.first[s.label];
    return first == 0 || is_new(first, window, state);
  });
  for (std::size_t i = 0; i < scored.size(); ++i) {
    std::uint64_t& first = state.first[scored[i].label];
    if (first == 0) first = state.samples + i + 1;
  }
  if (state.samples < warm_up) return Labels::usual;
  const auto m = static_cast<double>(scored.size());
  const double weight = std::min(1.0, m / static_cast<double>(new_samples));
  state.unseen += weight * (fresh - state.unseen);
  const bool most = state.unseen > 0.5;
  const std::uint64_t since = first_of_new(window, state);
  if (since == 0 || state.unseen >= most_of_new * unseen_if_all(since, m, weight, state)) {
    return most ? Labels::unseen : Labels::usual;
  }
  const bool joining = state.unseen > joining_share;
  if (most) known(scored.size(), state);
  return joining ? Labels::joining : Labels::usual;
}

/// Enters the class regime: classes from before the new labels are protected.
void begin_classes(std::uint64_t m, Consolidation& state) {
  known(m, state);
  state.classes = 1;
  state.task_since = state.samples - (m < new_samples ? new_samples - m : 0);
  state.regret.rehearsed = 0.0;
}

}  // namespace

bool have_joined(const Consolidation& state) {
  return state.classes != 0 && state.samples < state.task_since + proving && rehearsed(state.regret);
}

double old_share(std::span<const Score> scored, const Consolidation& state) {
  if (state.classes == 0) return 1.0;
  return share(scored, [&](const Score& s) {
    const std::uint64_t first = state.first[s.label];
    return first > 0 && first <= state.task_since;
  });
}

bool columns_change(const std::vector<Fit>& fits, Values x) {
  const std::size_t columns = fits.size();
  if (columns == 0 || columns >= static_cast<std::size_t>(wide)) return false;
  std::vector<std::size_t> outside(columns, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Fit& there = fits[i % columns];
    if (std::abs(x[i] - there.centre) > there.reach) ++outside[i % columns];
  }
  const std::size_t samples = x.size() / columns;
  const auto changed = std::count_if(outside.begin(), outside.end(), [&](std::size_t n) { return 2 * n > samples; });
  return changed > 0 && 8 * static_cast<std::size_t>(changed) >= columns;
}

ConsolidationReport judge(Task task, const Matrix& inputs, std::span<const Score> scored, bool columns_change,
                          double budget, const Protections& first, Consolidation& state, AlarmBuffers& my) {
  const Index m = inputs.cols();
  const auto batch = static_cast<double>(m);
  const bool is_wide = inputs.rows() > wide;
  const Index stride = is_wide ? std::max<Index>(1, m / judged_samples) : 1;
  my.inputs = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>(inputs.data(), inputs.rows(), (m + stride - 1) / stride,
                                                                Eigen::OuterStride<>(inputs.rows() * stride));
  // A profile of fewer samples than inputs tells little, at the same cost as a later one.
  const double due_at = std::max(static_cast<double>(inputs.rows()), growth * state.profiled);
  if (const double samples = sample_count(first[0].pending); samples >= due_at) {
    state.profile = profile_of(first[0].pending, samples);
    state.profiled = samples;
    renew_profile(state.novelty);
  }
  ConsolidationReport report;
  const double error = error_of(task, scored, state.novelty);
  const Labels labels = take_labels(scored, state);
  const bool unseen = labels == Labels::unseen;
  report.unseen_labels = state.unseen;
  const bool mispredicted_now = !columns_change && mispredicted(error, batch, state.novelty);
  report.error_before = state.novelty.slow;
  const ErrorSignal signal = columns_change ? ErrorSignal() : observe_error(error, batch, state.novelty);
  bool unlike = false;
  const bool due = !columns_change && (!is_wide || signal.risen || state.novelty.batches % pause == 0);
  if (due && state.profile.whitening.size() > 0) {
    unlike = observe_novelty(novelty_score(state.profile, my.inputs, my.whitened), signal.risen, batch, state.novelty);
  }
  report.novelty_score = state.novelty.pooled;
  report.usual_novelty_score = std::exp(state.novelty.mean);
  report.error = state.novelty.error;

  bool novel = unseen || (unlike && signal.risen);
  if (novel && labels == Labels::joining) {  // new classes explain inputs and error, which count as normal from here on
    watch_anew(state);
    novel = false;
  }
  if (novel) {
    bool familiar_now = false;
    if (mispredicted_now && !unseen && protecting(first)) {
      my.sum = first[0].kept + first[0].pending;
      const InputProfile profile = profile_of(my.sum, sample_count(my.sum));
      familiar_now = profile.whitening.size() > 0 && novelty_score(profile, my.inputs, my.whitened) < familiar;
    }
    if (familiar_now) {
      note_released(state);
      report.action = ConsolidationAction::released;
    } else if (!protecting(first) && in_debt(task, budget, state.regret)) {
      note_released(state);
      if (unseen) known(scored.size(), state);
      report.action = ConsolidationAction::yielded;
    } else {
      note_consolidated(state);
      if (unseen) begin_classes(scored.size(), state);
      report.action = ConsolidationAction::consolidated;
    }
  } else if (signal.jumped) {
    note_released(state);
    report.action = ConsolidationAction::released;
  }

  state.samples += static_cast<std::uint64_t>(m);
  return report;
}

}  // namespace altmind
