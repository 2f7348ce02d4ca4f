#include "core/continual/regret.hpp"

#include <algorithm>
#include <cmath>

namespace altmind {

namespace {

constexpr double remembered = 200'000.0;  // samples
constexpr double rehearsed_samples = 200.0;
constexpr double rehearsing = 0.04;

/// Differences in loss are few and large, so that a regression has a smaller margin for chance.
constexpr double error_deviations = 3.0;
constexpr double loss_deviations = 1.0;

double allowed(Task task, double budget, const Regret& regret) {
  return budget * (task == Task::classification ? regret.samples : regret.loss);
}

}  // namespace

void add(Task task, std::span<const Score> with, std::span<const Score> without, double old_share, Regret& regret) {
  const bool classes = task == Task::classification;
  double loss = 0.0;
  double lost = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < with.size(); ++i) {
    const double more = classes ? static_cast<double>(without[i].correct) - static_cast<double>(with[i].correct)
                                : with[i].loss - without[i].loss;
    lost += more;
    squares += more * more;
    loss += without[i].loss;
  }
  if (!std::isfinite(loss + squares)) return;
  const auto m = static_cast<double>(with.size());
  const double keep = std::exp(-m / remembered);
  regret.rehearsed += std::min(1.0, m / rehearsed_samples) * (old_share - regret.rehearsed);
  regret.samples = keep * regret.samples + m;
  regret.loss = keep * regret.loss + loss;
  const bool counted = rehearsed(regret);
  regret.lost = keep * regret.lost + (counted ? lost : 0.0);
  regret.squares = keep * regret.squares + (counted ? squares : 0.0);
}

bool rehearsed(const Regret& regret) {
  return regret.rehearsed > rehearsing;
}

bool in_debt(Task task, double budget, const Regret& regret) {
  return regret.lost > allowed(task, budget, regret);
}

bool too_dear(Task task, double budget, const Regret& regret) {
  const double deviations = task == Task::classification ? error_deviations : loss_deviations;
  return regret.lost > allowed(task, budget, regret) + deviations * std::sqrt(regret.squares);
}

}  // namespace altmind
