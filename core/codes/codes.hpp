#pragma once
// The code update: activation propagation from the loss down (Algorithm 2.2, updateCodes).

#include <vector>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"
#include "core/model/loss.hpp"
#include "core/model/network.hpp"

namespace altmind {

/// New codes of one batch, and the buffers for computing them. Reused across steps.
struct CodeUpdate {
  std::vector<Matrix> code;        ///< c_new^1 .. c_new^L, each (rows places, m), at index l - 1
  Matrix logits;                   ///< the output target z~ (outputs, m); see update_codes
  std::vector<Matrix> activation;  ///< [sigma(c_new^l); 1], (n_l + 1, m), at index l - 1; see `activate_all`
  Winners winners;
  Matrix velocity, gradient, residual, start, gram, buffer;
};

/// Solves Problem (4) for the top hidden layer and Problem (5) for those below, each by
/// options.code_steps Nesterov iterations from c0 (docs/algorithm.md):
///
///   (4)  min_c l(y, W^(L+1) sigma(c)) + mu ||c - c0||^2,           step code_rate
///   (5)  min_c ||W^(l+1) sigma(c) - c_new^(l+1)||^2 + ||c - c0||^2,  step 1 / (||W^(l+1)||_2^2 + 1)
///
/// Without options.code_rate (automatic) the rate of (4) is 1.8 / (b ||W^(L+1)||_2^2 + 2 mu), b = 1/2 the largest
/// curvature of softmax cross-entropy (0.7 and b = 1 for the squared error); layers below the top take at most 2
/// iterations, then d = c_new - c0 is stretched (at most 100 times) to the length of that of the layer above, because
/// each further layer of (5) would retain only a third of it.
///
/// If a layer is not dense or has no derivative (`dense_and_smooth`), one masked request W^T d replaces (5) under the
/// automatic rate; requests on a recurrent layer's last time step are propagated back to the first.
///
/// With the automatic rate or an automatic output rule, the output target z~ is the result of 5 gradient steps of
/// length 1/b from z; otherwise it is unset.
///
/// `encoding` holds c0 and the forward activations. norm_vectors[l] (one per hidden layer but the top, and with
/// automatic rate the top too, index l - 1) hold the state of the power iteration and are updated. If sparsity > 0, a
/// soft threshold of step * sparsity follows each iteration. `activate_all`: fill update.activation (else unspecified).
void update_codes(const Network& network, const Encoding& encoding, const Targets& targets,
                  const LearningOptions& options, bool activate_all, std::vector<Vector>& norm_vectors,
                  CodeUpdate& update);

}  // namespace altmind
