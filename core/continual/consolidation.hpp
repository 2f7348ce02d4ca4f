#pragma once
// The consolidated memory, which protects old tasks: it stiffens weights in the directions that old data used.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/continual/novelty.hpp"
#include "core/continual/regret.hpp"
#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"
#include "core/model/network.hpp"
#include "core/weights/curvature.hpp"

namespace altmind {

/// The protection of one layer with n inputs and o outputs. Matrices are sums over samples, lower triangles only.
struct Protection {
  Matrix pending;         ///< Q (n, n): sum of a a^T since the last alarm; does not stiffen yet
  Matrix pending_output;  ///< K (o, o): sum of delta delta^T, the sampled Fisher; empty for the output layer
  Matrix kept;            ///< P (n, n): consolidated sum; empty if there is none
  Matrix kept_output;     ///< H (o, o)

  // From the last refresh, if P is not empty:
  Matrix basis;             ///< E (n, n): E^T (A + lambda I) E = I, E^T P E = diag(s)
  Vector stiffness;         ///< s (n)
  Matrix output_basis;      ///< V (o, o): eigenvectors of H; empty if protection is one-sided
  Vector output_stiffness;  ///< q (o): eigenvalues of H divided by their mean
};

/// One per layer of an arm that learns by memory, from the input up. Part of the state. Empty: consolidation is off.
using Protections = std::vector<Protection>;

/// True if anything is consolidated.
inline bool protecting(const Protections& layers) {
  return !layers.empty() && layers[0].kept.size() > 0;
}
/// True if Q is not zero: the last entry of a sum of a a^T counts its samples.
inline bool pending(const Protections& layers) {
  return !layers.empty() && layers[0].pending.bottomRightCorner<1, 1>()(0, 0) > 0;
}

/// What decides when to protect, once for all arms. Part of the state.
struct Consolidation {
  NoveltyState novelty;
  InputProfile profile;       ///< of the pending inputs of the first arm
  double profiled = 0.0;      ///< samples in Q when `profile` was computed
  std::uint64_t classes = 0;  ///< 1: the class regime, one-sided and stronger; 0: the domain regime
  std::uint64_t samples = 0;  ///< total samples seen
  std::uint64_t consolidations = 0, releases = 0;
  std::vector<std::uint64_t> first;  ///< per class: number of its first sample, from 1; 0: none yet
  std::uint64_t task_since = 0;      ///< classes that first appeared later are not protected
  std::uint64_t known_until = 0;     ///< classes that first appeared up to here are not new
  double unseen = 0.0;               ///< share of new labels over about 50 samples
  Regret regret;
};

/// True if every layer is dense and narrow enough (`most_squared`) for P to be stored. Otherwise there is no
/// consolidated memory.
bool can_protect(const std::vector<Layer>& layers);

Protections fresh_protections(const LearnerOptions& options, const Network& network);
Consolidation fresh_consolidation(const LearnerOptions& options);

/// Returns the number of samples in a sum of a a^T: its last entry, which is that of the row of ones.
inline double sample_count(const Matrix& sum) {
  return static_cast<double>(sum(sum.rows() - 1, sum.cols() - 1));
}

/// Returns c, the weight of one old sample in samples of the current batch. In the class regime it decreases with the
/// inverse cube root of the old samples from 8,000 on: further samples of the same classes add little information, and
/// future classes need capacity.
double strength_of(const ConsolidationOptions& options, const Consolidation& state, const Protections& layers);

/// Restarts novelty detection.
void watch_anew(Consolidation& state);

/// P += Q, H += K, Q = K = 0.
void consolidate(Protections& layers);

/// P, Q, H, K <- 0.
void release(Protections& layers);

/// Counts a consolidation or a release of all arms; restarts novelty detection.
void note_consolidated(Consolidation& state);
void note_released(Consolidation& state);

/// Recomputes E, s, V, q of one layer from A + lambda I. Returns the damping used, raised if A requires it
/// (`factorise`). If an eigendecomposition fails, E falls back to C^-T with the diagonal of P in that basis, and V to
/// one-sided protection. Returns nothing, and changes nothing, if A is not finite.
std::optional<Damping> refresh(const Matrix& a, double lambda, bool one_sided, Protection& protection);

/// d <- V^T D E for d = D (o, n). The unprotected solve U = D (A + lambda I)^-1 is V d E^T. `part`: a buffer.
void whiten(const Protection& protection, Matrix& part, Matrix& d);

/// d <- V [ d_ij / (1 + strength q_i s_j) ] E^T for a whitened d: the solution U of
///   U (A + lambda I) + strength Hn U P = D,   Hn = H / mean of its eigenvalues, or I if protection is one-sided.
void anchor(const Protection& protection, double strength, Matrix& part, Matrix& d);

}  // namespace altmind
