#include "core/bounded_loss.hpp"

namespace altmind {

namespace {

void add(std::span<const float> target, TargetSpread& spread) {
  ++spread.samples;
  spread.mean.resize(target.size());
  for (std::size_t k = 0; k < target.size(); ++k) {
    const double from = static_cast<double>(target[k]) - spread.mean[k];
    spread.mean[k] += from / static_cast<double>(spread.samples);
    spread.squares += from * (static_cast<double>(target[k]) - spread.mean[k]);
  }
}

}  // namespace

std::vector<double> bounded_losses(const Targets& targets, std::span<const Score> scores, TargetSpread& spread) {
  std::vector<double> losses;
  losses.reserve(scores.size());
  if (targets.task == Task::classification) {
    for (const Score& score : scores) losses.push_back(score.correct ? 0.0 : 1.0);
    return losses;
  }
  const std::size_t outputs = scores.empty() ? 0 : targets.target.size() / scores.size();
  for (std::size_t i = 0; i < scores.size(); ++i) add(targets.target.subspan(i * outputs, outputs), spread);
  const double variance = spread.squares / static_cast<double>(spread.samples * outputs);
  for (const Score& score : scores) losses.push_back(score.loss > 0.0 ? score.loss / (score.loss + variance) : 0.0);
  return losses;
}

}  // namespace altmind
