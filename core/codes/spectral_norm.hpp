#pragma once
// The largest singular value of a weight without its bias column, which bounds the code step.

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"

namespace altmind {

/// Returns ||W||_2^2 of weight (n_out, n_in + 1) without its last column.
///
/// exact: from the eigenvalues of the smaller Gram matrix, in double. power: two power iterations on
/// W^T W from `vector` (n_in; initially ones / sqrt(n_in)), which is updated for the next step; the estimate is a lower
/// bound and is therefore multiplied by 1.1.
double spectral_norm_squared(NormRule rule, const Matrix& weight, Vector& vector);

}  // namespace altmind
