#pragma once
// Number and matrix types of core. Columns are samples; a bias is the last column of a weight and multiplies a
// row of ones in the layer's input.

#include <Eigen/Core>

namespace altmind {

using Scalar = float;
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;  ///< column-major
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
using DoubleVector = Eigen::Matrix<double, Eigen::Dynamic, 1>;
using Index = Eigen::Index;

/// Any dense column-major block, read or written in place.
using ConstView = Eigen::Ref<const Matrix, 0, Eigen::OuterStride<>>;
using View = Eigen::Ref<Matrix, 0, Eigen::OuterStride<>>;

}  // namespace altmind
