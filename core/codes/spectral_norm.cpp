#include "core/codes/spectral_norm.hpp"

#include <cmath>

#include "core/linalg/blas.hpp"

namespace altmind {

double spectral_norm_squared(NormRule rule, const Matrix& weight, Vector& vector) {
  const auto w = weight.leftCols(weight.cols() - 1);
  if (rule == NormRule::exact) {
    const Eigen::MatrixXd wide = w.cast<double>();
    Eigen::MatrixXd gram = wide.rows() < wide.cols() ? Eigen::MatrixXd(wide.lazyProduct(wide.transpose()))
                                                     : Eigen::MatrixXd(wide.transpose().lazyProduct(wide));
    return largest_eigenvalue(gram);
  }
  double square = 0.0;
  for (int iteration = 0; iteration < 2; ++iteration) {
    const Vector image = w * vector;
    square = image.cast<double>().squaredNorm();  // the Rayleigh quotient of a unit vector
    Vector next = w.transpose() * image;
    const double length = std::sqrt(next.cast<double>().squaredNorm());
    if (!(length > 0.0)) return w.cast<double>().squaredNorm();  // vector in the null space: ||W||_F bounds the norm
    vector = next * static_cast<Scalar>(1.0 / length);
  }
  return 1.1 * square;
}

}  // namespace altmind
