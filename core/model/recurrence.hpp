#pragma once
// One block of weights tied over time: c_t = W [x_t; h_(t-1); 1], h_t = sigma(c_t), h_0 = 0, t = 1 .. T.

#include "core/linalg/types.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// Codes of all steps (h T, m) and their regressors [x_t; h_(t-1); 1] (d + h + 1, T m) from sequences `below` (d T, m
/// at least, one step after the other).
void unroll(const Layer& layer, const Matrix& w, const ConstView& below, Matrix& regressors, Matrix& codes);

/// Requests on the codes of earlier steps from that on the last: d_(t-1) = W_hh^T d_t * sigma'(c_(t-1)), t = T .. 2.
/// No proximal term and no rescaling: a third of a request would be left of it at each step. `d` (h T, m) holds d_T.
void carry_back(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& d);

/// How the codes move when W does, to first order: move (h, T m) holds U R, and becomes
/// e_t = U r_t + W_hh (sigma'(c_(t-1)) * e_(t-1)).
void carry_forward(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& move);

/// request (d T, m) on the inputs of all steps: W_xh^T d_t.
void request_inputs(const Layer& layer, const Matrix& w, const Matrix& d, Matrix& request);

}  // namespace altmind
