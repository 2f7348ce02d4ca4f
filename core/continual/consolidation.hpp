#pragma once
// What keeps old tasks: a memory of the directions that old data used, in which weights then move less.

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

/// Of one layer with n inputs and o outputs; lower triangles, sums over samples.
struct Protection {
  Matrix pending;         ///< Q (n, n): sum of a a^T since the last alarm; stiffens nothing
  Matrix pending_output;  ///< K (o, o): sum of delta delta^T, the sampled Fisher; empty for the output layer
  Matrix kept;            ///< P (n, n): consolidated; empty while there is none
  Matrix kept_output;     ///< H (o, o)

  // Of the last refresh, while P is not empty:
  Matrix basis;             ///< E (n, n): E^T (A + lambda I) E = I, E^T P E = diag(s)
  Vector stiffness;         ///< s (n)
  Matrix output_basis;      ///< V (o, o): eigenvectors of H; empty where protection is one-sided
  Vector output_stiffness;  ///< q (o): eigenvalues of H over their mean
};

/// Part of the state. Empty (no layers) where consolidation is off.
struct Consolidation {
  std::vector<Protection> layers;  ///< of every layer that learns by memory
  NoveltyState novelty;
  InputProfile profile;       ///< of what is pending in the first layer
  double profiled = 0.0;      ///< samples behind Q when `profile` was made
  std::uint64_t classes = 0;  ///< 1: the class regime, one-sided and stronger; 0: the domain regime
  std::uint64_t samples = 0;  ///< taken in all
  std::uint64_t consolidations = 0, releases = 0;
  std::vector<std::uint64_t> first;  ///< by class: number of its first sample, from 1; 0 while none has come
  std::uint64_t task_since = 0;      ///< classes whose first sample came later are not protected
  std::uint64_t known_until = 0;     ///< classes whose first sample came no later are not new
  double unseen = 0.0;               ///< share of new labels over about 50 samples
  Regret regret;

  bool protecting() const { return !layers.empty() && layers[0].kept.size() > 0; }
  /// Whether anything is in Q: the last entry of a sum of a a^T counts its samples.
  bool pending() const { return !layers.empty() && layers[0].pending.bottomRightCorner<1, 1>()(0, 0) > 0; }
};

/// Whether every layer is dense and narrow enough (`most_squared`) for what old data used of it to be kept. Where one
/// is not, there is no consolidated memory.
bool can_protect(const ModelOptions& model);

Consolidation fresh_consolidation(const LearnerOptions& options, const Network& network);

/// Samples behind a sum of a a^T: its last entry is of the row of ones.
inline double sample_count(const Matrix& sum) {
  return static_cast<double>(sum(sum.rows() - 1, sum.cols() - 1));
}

/// c: as many samples of the present batch as one old sample counts for. In the class regime it falls with the third
/// root of the old samples from 8,000 on: more of the same classes tell little that is new, and the classes to come
/// need room.
double strength_of(const ConsolidationOptions& options, const Consolidation& state);

/// The watch for novelty starts over.
void watch_anew(Consolidation& state);

/// P += Q, H += K, Q = K = 0, and the watch for novelty starts over.
void consolidate(Consolidation& state);

/// P, Q, H, K <- 0, likewise.
void release(Consolidation& state);

/// Makes E, s, V, q of one layer anew from A + lambda I. Returns the damping in force, raised where A needs it
/// (`factorise`). Eigenvectors that are not to be had are replaced: E by C^-T with what P has on its diagonal there,
/// and V by the protection of one side. Nothing, and nothing has changed, if A is not finite.
std::optional<Damping> refresh(const Matrix& a, double lambda, bool one_sided, Protection& protection);

/// d <- V^T D E for d = D (o, n): U a of the unprotected solve U = D (A + lambda I)^-1 is V d E^T a. `part`: a buffer.
void whiten(const Protection& protection, Matrix& part, Matrix& d);

/// d <- V [ d_ij / (1 + strength q_i s_j) ] E^T for a whitened d: the solution U of
///   U (A + lambda I) + strength Hn U P = D,   Hn = H / mean of its eigenvalues, or I where protection is one-sided.
void anchor(const Protection& protection, double strength, Matrix& part, Matrix& d);

}  // namespace altmind
