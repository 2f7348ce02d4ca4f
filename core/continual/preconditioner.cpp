#include "core/continual/preconditioner.hpp"

#include "core/linalg/blas.hpp"

namespace altmind {

void Preconditioner::solve(const ConstView& inputs, Matrix& d, Matrix& move) const {
  move.resize(d.rows(), inputs.cols());
  if (protection_ == nullptr) {
    altmind::solve(curvature_, my_.part, d);
    gemm(1.0F, d, Op::none, inputs, Op::none, 0.0F, move);
    return;
  }
  whiten(*protection_, my_.part, d);
  my_.whitened.resize(d.cols(), inputs.cols());
  gemm(1.0F, protection_->basis, Op::transpose, inputs, Op::none, 0.0F, my_.whitened);
  gemm(1.0F, d, Op::none, my_.whitened, Op::none, 0.0F, move);
}

void Preconditioner::anchor(double strength, Matrix& d) const {
  if (protection_ != nullptr) altmind::anchor(*protection_, strength, my_.part, d);
}

bool refresh(const DampingRule& damping, bool one_sided, std::size_t l, Curvature& curvature,
             Protections& protections) {
  if (!protecting(protections)) return refresh(damping, curvature);
  const double asked = damping_of(damping, curvature.a);
  const auto found = refresh(curvature.a, asked, one_sided, protections[l]);
  if (found) curvature.lambda = found->lambda;
  return !found || found->raised;
}

}  // namespace altmind
