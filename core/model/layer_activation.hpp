#pragma once
// From the codes of a layer to what the next one gets, and requests the other way.

#include "core/linalg/types.hpp"
#include "core/model/convolution.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// out (outputs, m) <- sigma of all codes (rows places, m), of the greatest of each window, or of the last step's,
/// times `mask` (outputs, m), or as it is where that is empty; `winners` is filled where there is a pool.
void activate(const Layer& layer, const ConstView& codes, const ConstView& mask, View out, Winners& winners);

/// request <- that on the codes (rows places, m), from that on the activations (outputs, m), of which `a` (outputs, m)
/// is the value: 0 at codes of which the next layer sees nothing. `buffer` may be swapped with it.
void pull_back(const Layer& layer, const ConstView& codes, const ConstView& mask, const ConstView& a,
               const Winners& winners, Matrix& request, Matrix& buffer);

}  // namespace altmind
