#pragma once
// The cost or gain of protection, relative to the same learner without it.

#include <cstddef>
#include <span>

#include "core/evaluate/prequential.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// Exponentially decaying sums over about 200,000 samples: gains of protection early in a task, which starts from the
/// kept weights, offset later costs, when less capacity is left. Part of the state.
struct Regret {
  double samples = 0.0;
  double loss = 0.0;       ///< of the learner without protection (the twin)
  double lost = 0.0;       ///< errors (regression: loss) with protection minus those without
  double squares = 0.0;    ///< sum of squares of the differences in `lost`
  double rehearsed = 0.0;  ///< share of about 200 samples with protected classes; 1 in the domain regime
};

/// Adds a batch. `without`: scores of the learner without protection; equal to `with` if nothing is protected.
/// old_share: share of its samples with protected classes. While there are hardly any, the cost on new classes is the
/// intended price of keeping the old ones and is not counted as regret.
void add(Task task, std::span<const Score> with, std::span<const Score> without, double old_share, Regret& regret);

/// True if protected classes keep arriving.
bool rehearsed(const Regret& regret);

/// The share of predictions (regression: of the loss) that protection may cost: half a percent. Two percent of a
/// classification with several arms: without protection they differ more, and a mixture gains by that what no protected
/// learner has to lose. With half a percent the seventeenth of twenty permuted tasks of digits released the sixteen
/// before it.
inline double regret_budget(Task task, std::size_t arms) {
  return task == Task::classification && arms > 1 ? 0.02 : 0.005;
}

/// True if protection has used up its budget. Then nothing more is protected automatically until the sums have decayed.
bool in_debt(Task task, double budget, const Regret& regret);

/// True if the budget is exceeded by more than chance explains: protection must be released.
bool too_dear(Task task, double budget, const Regret& regret);

}  // namespace altmind
