#pragma once
// Prequential scoring: of the served weights on a whole batch, and of the other sets on a subset.

#include <array>
#include <vector>

#include "core/model/loss.hpp"
#include "core/model/network.hpp"
#include "core/step/served_sets.hpp"

namespace altmind {

/// Returns the stride of the samples on which scalars of a batch are measured, about 50 of them.
Index probe_stride(Index m);

/// Forward passes of weights other than the live ones, with their buffers, reused across steps.
class ServedScoring {
 public:
  /// Returns the logits (outputs, m) of all samples by the served weights, valid until the next call. Sets `losses` to
  /// the mean loss of each set over the same subset of the batch, so that they differ only by their weights.
  /// `encoding`: the forward pass of the live weights.
  const Matrix& logits(const Targets& targets, const Encoding& encoding, const Network& live, const ServedSets& sets,
                       std::array<double, 3>& losses);

 private:
  Targets part_of(const Targets& targets, Index m, Index stride, std::size_t outputs);

  Encoding served_, part_;
  std::vector<std::uint32_t> label_;
  std::vector<float> target_;
};

}  // namespace altmind
