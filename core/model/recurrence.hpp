#pragma once
// A recurrent layer, with weights shared over time: c_t = W [x_t; h_(t-1); 1], h_t = sigma(c_t), h_0 = 0, t = 1 .. T.

#include "core/linalg/types.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// Computes the codes of all time steps (h T, m) and their regressors [x_t; h_(t-1); 1] (d + h + 1, T m) from sequences
/// `below` (at least d T rows, m columns; one time step after the other).
void unroll(const Layer& layer, const Matrix& w, const ConstView& below, Matrix& regressors, Matrix& codes);

/// Propagates the request on the codes of the last time step back to earlier ones: d_(t-1) = W_hh^T d_t *
/// sigma'(c_(t-1)), t = T .. 2. Without a proximal term, which would shrink a request to a third at each time step, and
/// thus without rescaling. `d` (h T, m) holds d_T.
void carry_back(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& d);

/// Computes the first-order change of the codes when W changes by U: move (h, T m) holds U R on entry, and on return
/// e_t = U r_t + W_hh (sigma'(c_(t-1)) * e_(t-1)).
void carry_forward(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& move);

/// request (d T, m) on the inputs of all time steps: W_xh^T d_t.
void request_inputs(const Layer& layer, const Matrix& w, const Matrix& d, Matrix& request);

}  // namespace altmind
