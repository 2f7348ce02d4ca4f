#include "core/evaluate/bounded_loss.hpp"

namespace altmind {

namespace {

void add(std::span<const double> target, TargetSpread& spread) {
  ++spread.samples;
  spread.mean.resize(target.size());
  for (std::size_t k = 0; k < target.size(); ++k) {
    const double from = target[k] - spread.mean[k];
    spread.mean[k] += from / static_cast<double>(spread.samples);
    spread.squares += from * (target[k] - spread.mean[k]);
  }
}

}  // namespace

std::vector<double> bounded_losses(Task task, std::span<const double> target, std::span<const Score> scores,
                                   TargetSpread& spread) {
  std::vector<double> losses;
  losses.reserve(scores.size());
  if (task == Task::classification) {
    for (const Score& score : scores) losses.push_back(score.correct ? 0.0 : 1.0);
    return losses;
  }
  const std::size_t outputs = scores.empty() ? 0 : target.size() / scores.size();
  for (std::size_t i = 0; i < scores.size(); ++i) add(target.subspan(i * outputs, outputs), spread);
  const double variance = spread.squares / static_cast<double>(spread.samples * outputs);
  for (const Score& score : scores) losses.push_back(score.loss > 0.0 ? score.loss / (score.loss + variance) : 0.0);
  return losses;
}

}  // namespace altmind
