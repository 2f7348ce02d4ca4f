#pragma once
// Maps the codes of a layer to the inputs of the next, and requests back.

#include "core/linalg/types.hpp"
#include "core/model/convolution.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// out (outputs, m) <- sigma of all codes (rows places, m), of the largest one in each pooling window, or of those of
/// the last time step, times `mask` (outputs, m) unless it is empty. Fills `winners` if the layer pools.
void activate(const Layer& layer, const ConstView& codes, const ConstView& mask, View out, Winners& winners);

/// Turns a request on the activations `a` (outputs, m) into one on the codes (rows places, m), which is 0 for codes
/// that the next layer does not see. `buffer` may be swapped with `request`.
void pull_back(const Layer& layer, const ConstView& codes, const ConstView& mask, const ConstView& a,
               const Winners& winners, Matrix& request, Matrix& buffer);

}  // namespace altmind
