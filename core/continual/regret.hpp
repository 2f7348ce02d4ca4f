#pragma once
// What protection has cost, or won, beside the same learner without it.

#include <span>

#include "core/evaluate/prequential.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// Sums over about the last 200,000 samples: what protection wins while a task is new, because it starts from what is
/// kept, pays for what it costs when there is less room left. Part of the state.
struct Regret {
  double samples = 0.0;
  double loss = 0.0;       ///< of the learner without protection
  double lost = 0.0;       ///< errors (regression: loss) with protection less those without
  double squares = 0.0;    ///< of the differences behind `lost`
  double rehearsed = 0.0;  ///< share of the last 200 samples that are of protected classes; 1 where no classes came
};

/// Takes in a batch. `without`: as the learner without protection would have answered; that of `with` where nothing
/// is protected. old_share: of its samples, those of a class that is protected. While hardly any comes, what the new
/// classes cost is the price of keeping the old ones, as it was asked for, and no regret.
void add(Task task, std::span<const Score> with, std::span<const Score> without, double old_share, Regret& regret);

/// Whether classes that are protected go on coming.
bool rehearsed(const Regret& regret);

/// Whether protection has cost all that it may, half of a percent of the answers (regression: of the loss). Then
/// nothing more is protected unasked until the stream has gone on for a while.
bool in_debt(Task task, const Regret& regret);

/// The same, and by more than chance: what is protected must go.
bool too_dear(Task task, const Regret& regret);

}  // namespace altmind
