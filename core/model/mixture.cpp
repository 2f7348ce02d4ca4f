#include "core/model/mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace altmind {

namespace {

constexpr double per_loss = 20.0 / most_mixed_count;
/// Relative loss of a network beside one without any: it has no weight.
constexpr double hopeless = 1e6;

double decay(double m) {
  return std::pow(1.0 - 1.0 / most_mixed_count, m);
}

/// Adds w p to `sum` for the probabilities p by the first rows of z.
void add_probabilities(double weight, const Eigen::Ref<const Vector>& z, std::vector<double>& sum) {
  const auto classes = static_cast<Index>(sum.size());
  const double most = z.head(classes).maxCoeff();
  double total = 0.0;
  for (Index k = 0; k < classes; ++k) total += std::exp(static_cast<double>(z[k]) - most);
  for (Index k = 0; k < classes; ++k) {
    sum[static_cast<std::size_t>(k)] += weight * (std::exp(static_cast<double>(z[k]) - most) / total);
  }
}

}  // namespace

double add_losses(Task task, std::span<const Score> scored, double level, double sum) {
  double most = most_mixed_loss;
  if (task == Task::regression) most = level > 0 ? 2.0 * most_mixed_loss * level : std::numeric_limits<double>::max();
  for (const Score& score : scored) sum += std::min(score.loss, most);
  return decay(static_cast<double>(scored.size())) * sum;
}

double add_count(double m, double count) {
  return decay(m) * (count + m);
}

double least_loss(std::span<const double> sums, double count) {
  return count > 0 ? *std::min_element(sums.begin(), sums.end()) / count : 0.0;
}

std::vector<double> mixture_weights(Task task, std::span<const double> sums, double count) {
  const double least = *std::min_element(sums.begin(), sums.end());
  const double unit = task == Task::classification ? 1.0 : count > 0 ? 2.0 * least / count : 1.0;
  std::vector<double> weights;
  double total = 0.0;
  for (const double sum : sums) {
    const double more = sum > least ? (unit > 0 ? (sum - least) / unit : hopeless) : 0.0;
    weights.push_back(std::exp(-per_loss * more));
    total += weights.back();
  }
  for (double& weight : weights) weight /= total;
  return weights;
}

void mix(Task task, Index classes, std::span<const double> weights, std::span<const Matrix* const> logits,
         Matrix& mixed) {
  if (task == Task::regression) {
    mixed = static_cast<Scalar>(weights[0]) * *logits[0];
    for (std::size_t i = 1; i < logits.size(); ++i) mixed += static_cast<Scalar>(weights[i]) * *logits[i];
    return;
  }
  mixed.setZero(logits[0]->rows(), logits[0]->cols());
  if (classes == 0) return;
  std::vector<double> sum(static_cast<std::size_t>(classes));
  for (Index j = 0; j < mixed.cols(); ++j) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (std::size_t i = 0; i < logits.size(); ++i) add_probabilities(weights[i], logits[i]->col(j), sum);
    for (Index k = 0; k < classes; ++k) {
      const double p = std::max(sum[static_cast<std::size_t>(k)], std::numeric_limits<double>::min());
      mixed(k, j) = static_cast<Scalar>(std::log(p));
    }
  }
}

}  // namespace altmind
