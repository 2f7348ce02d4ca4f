#pragma once
// Softmax cross-entropy and squared error, as functions of the logits.

#include <span>
#include <vector>

#include "core/evaluate/prequential.hpp"
#include "core/linalg/types.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// Targets of a batch, and the classes known so far.
struct Targets {
  Task task = Task::classification;
  std::span<const std::uint32_t> label;  ///< m class indices, each < classes
  std::span<const float> target;         ///< regression: column-major (outputs, m)
  Index classes = 0;                     ///< classes 0 .. classes-1 are unmasked; the rest have probability 0
};

/// Returns the class with the largest logit among the first `classes`, the lowest index on a tie. z: of one sample.
inline std::uint32_t most_probable(const Eigen::Ref<const Vector>& z, Index classes) {
  Index best = 0;
  for (Index k = 1; k < classes; ++k) {
    if (z[k] > z[best]) best = k;
  }
  return static_cast<std::uint32_t>(best);
}

/// Columns of `z` (outputs, m) become probabilities of the first `classes` rows; masked rows become 0.
/// Regression: z is unchanged.
void to_probabilities(Task task, Index classes, View z);

/// dl/dz (outputs, m) from logits, per sample (not divided by m): softmax(z) - e(y), or z - y for
/// l = 1/2 ||z - y||^2. Overwrites z.
void loss_gradient(const Targets& targets, View z);

/// Scores every sample. Classification: -log p(y) in nats, and whether the most probable class (lowest index
/// on a tie) is y. Regression: ||z - y||^2 / outputs, never correct. z (outputs, m): logits.
std::vector<Score> scores(const Targets& targets, const ConstView& z);

}  // namespace altmind
