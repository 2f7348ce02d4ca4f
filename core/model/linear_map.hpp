#pragma once
// The linear map of a layer. Only these functions distinguish between layer types.

#include "core/linalg/types.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// True if the regressors are the activations below themselves, so that no table is needed.
inline bool regresses_on_input(const Layer& layer) {
  return layer.dense();
}

/// codes (rows places, m) <- W R for `below` (n_in + 1, m), last row ones; `table` <- R (columns + 1, places m), or
/// stays unchanged if R is `below` itself.
void apply(const Layer& layer, const Matrix& w, const ConstView& below, Matrix& table, Matrix& codes);

/// request (n_in, m) <- the request on the activations below that follows from `d` on the codes (rows places, m): the
/// transpose of `apply`. `buffer` grows at most to the size of R.
void back(const Layer& layer, const Matrix& w, const Matrix& d, Matrix& buffer, Matrix& request);

/// Extends a request on the codes that the next layer sees (`Layer::telling`) to the earlier codes. `regressors`: R.
void complete(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& d);

/// move (rows, places m): on entry U R, on return the first-order change of the codes when W changes by U.
void follow_moves(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& move);

/// True if codes are linear in the layer's own weights, so that `follow_moves` is exact.
inline bool linear_in_weights(const Layer& layer) {
  return layer.type != LayerType::recurrent;
}

}  // namespace altmind
