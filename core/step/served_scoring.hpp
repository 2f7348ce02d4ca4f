#pragma once
// Test, then train: what the served weights make of a batch, and the other sets of a part of it.

#include <array>
#include <vector>

#include "core/model/loss.hpp"
#include "core/model/network.hpp"
#include "core/step/served_sets.hpp"

namespace altmind {

/// The samples a batch's scalars are measured on: every so many-th, about 50 of them.
Index probe_stride(Index m);

/// Forward passes of weights that are not the live ones, and their buffers. Kept between steps.
class ServedScoring {
 public:
  /// Logits (outputs, m) of all samples by the weights that are served, valid until the next call; `losses` gets the
  /// mean loss of each set over the same part of the batch, so that they differ by their weights alone. `encoding`: the
  /// forward pass of the live weights.
  const Matrix& logits(const Targets& targets, const Encoding& encoding, const Network& live, const ServedSets& sets,
                       std::array<double, 3>& losses);

 private:
  Targets part_of(const Targets& targets, Index m, Index stride, std::size_t outputs);

  Encoding served_, part_;
  std::vector<std::uint32_t> label_;
  std::vector<float> target_;
};

}  // namespace altmind
