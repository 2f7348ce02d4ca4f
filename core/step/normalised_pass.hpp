#pragma once
// The forward pass that a network with batch normalisation is learned from.

#include <vector>

#include "core/model/batch_norm.hpp"
#include "core/model/network.hpp"

namespace altmind {

/// As `encode`, each layer with batch normalisation by the statistics of its own codes, or by the running ones where a
/// single sample has none: `network` gets the weights that say so, and `statistics` (o, 2) those of every layer, empty
/// where there is no normalisation. `raw`: a buffer.
void encode_normalised(const std::vector<BatchNorm>& norms, Network& network, std::vector<Matrix>& statistics,
                       Matrix& raw, Encoding& encoding);

/// The weights of `network` that answers are made with.
void fold_running(const std::vector<BatchNorm>& norms, Network& network);

}  // namespace altmind
