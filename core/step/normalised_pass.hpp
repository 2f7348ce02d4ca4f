#pragma once
// The training forward pass of a network with batch normalisation.

#include <vector>

#include "core/model/batch_norm.hpp"
#include "core/model/network.hpp"

namespace altmind {

/// Like `encode`, but normalises each layer with batch normalisation by the statistics of its own codes, or by the
/// running ones if the batch is a single sample. Stores the folded weights in `network` and the statistics used, (o, 2)
/// per layer, in `statistics`, empty for layers without normalisation. `raw`: a buffer.
void encode_normalised(const std::vector<BatchNorm>& norms, Network& network, std::vector<Matrix>& statistics,
                       Matrix& raw, Encoding& encoding);

/// Sets the weights of `network` to those for predictions, folded with the running statistics.
void fold_running(const std::vector<BatchNorm>& norms, Network& network);

}  // namespace altmind
