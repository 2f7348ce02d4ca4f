#include "core/model/loss.hpp"

#include <cassert>
#include <cmath>

namespace altmind {

void to_probabilities(Task task, Index classes, View z) {
  if (task == Task::regression) return;
  const Index masked = z.rows() - classes;
  for (Index i = 0; i < z.cols(); ++i) {
    auto seen = z.col(i).head(classes).array();
    if (classes > 0) {
      seen = (seen - seen.maxCoeff()).exp();
      Scalar sum = 0;
      for (Index k = 0; k < classes; ++k) sum += z(k, i);
      seen *= 1.0F / sum;
    }
    if (masked > 0) z.col(i).tail(masked).setZero();
  }
}

void loss_gradient(const Targets& targets, View z) {
  if (targets.task == Task::regression) {
    z -= Eigen::Map<const Matrix>(targets.target.data(), z.rows(), z.cols());
    return;
  }
  to_probabilities(targets.task, targets.classes, z);
  for (Index i = 0; i < z.cols(); ++i) {
    const auto label = static_cast<Index>(targets.label[static_cast<std::size_t>(i)]);
    assert(label < targets.classes && "label of a masked class");
    z(label, i) -= 1.0F;
  }
}

std::vector<Score> scores(const Targets& targets, const ConstView& z) {
  std::vector<Score> result(static_cast<std::size_t>(z.cols()));
  for (Index i = 0; i < z.cols(); ++i) {
    Score& score = result[static_cast<std::size_t>(i)];
    if (targets.task == Task::regression) {
      for (Index k = 0; k < z.rows(); ++k) {
        const double error = static_cast<double>(z(k, i)) - targets.target[static_cast<std::size_t>(i * z.rows() + k)];
        score.loss += error * error;
      }
      score.loss /= static_cast<double>(z.rows());
      continue;
    }
    score.label = targets.label[static_cast<std::size_t>(i)];
    score.predicted = most_probable(z.col(i), targets.classes);
    const double top = z(static_cast<Index>(score.predicted), i);
    double sum = 0.0;
    for (Index k = 0; k < targets.classes; ++k) sum += std::exp(static_cast<double>(z(k, i)) - top);
    score.loss = std::log(sum) + (top - static_cast<double>(z(static_cast<Index>(score.label), i)));
    score.correct = score.predicted == score.label;
  }
  return result;
}

}  // namespace altmind
