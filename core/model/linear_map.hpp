#pragma once
// What a layer's linear map does, whatever its type: the one place that asks for it.

#include "core/linalg/types.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// Whether the regressors are the activations below themselves, so that no table of them is made.
inline bool regresses_on_input(const Layer& layer) {
  return layer.dense();
}

/// codes (rows places, m) <- W R for `below` (n_in + 1, m), last row ones; `table` <- R (columns + 1, places m), or
/// stays as it is where that is `below`.
void apply(const Layer& layer, const Matrix& w, const ConstView& below, Matrix& table, Matrix& codes);

/// request (n_in, m) <- what a request `d` on the codes (rows places, m) asks of the activations below: the transpose
/// of `apply`. `buffer`: of the size of R at most.
void back(const Layer& layer, const Matrix& w, const Matrix& d, Matrix& buffer, Matrix& request);

/// Completes a request on the codes that tell (`Layer::telling`) by those on the codes before them. `regressors`: R.
void complete(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& d);

/// move (rows, places m) holds U R and becomes how codes move when W does by U, to first order.
void follow_moves(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& move);

/// Whether codes are linear in the layer's own weights, so that `follow_moves` is exact.
inline bool linear_in_weights(const Layer& layer) {
  return layer.type != LayerType::recurrent;
}

}  // namespace altmind
