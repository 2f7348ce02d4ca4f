#pragma once
// Activations sigma and their derivatives, elementwise.

#include <algorithm>
#include <cmath>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"

namespace altmind {

/// out <- sigma(c), same shape.
inline void activate(Activation activation, const ConstView& c, View out) {
  switch (activation) {
    case Activation::relu:
      out = c.cwiseMax(0.0F);
      return;
    case Activation::tanh:
      out = c.array().tanh().matrix();
      return;
    case Activation::identity:
      out = c;
      return;
    case Activation::sign:
      out = (c.array() < 0.0F).select(Matrix::Constant(c.rows(), c.cols(), -1.0F), 1.0F);
      return;
  }
}

/// gradient <- gradient * sigma'(c), given c and a = sigma(c). The derivative of ReLU at 0 is 0. That of the sign is
/// taken as 1 where |c| is at most the root mean square of c, else 0 (straight-through estimator; Hubara and others
/// 2016, with a width that adapts to the codes): units far from flipping receive no gradient.
inline void times_derivative(Activation activation, const ConstView& c, const ConstView& a, View gradient) {
  switch (activation) {
    case Activation::relu:
      gradient = (c.array() > 0.0F).select(gradient, 0.0F);
      return;
    case Activation::tanh:
      gradient.array() *= 1.0F - a.array().square();
      return;
    case Activation::identity:
      return;
    case Activation::sign: {
      const double squares = c.squaredNorm();
      const auto reach = static_cast<Scalar>(std::sqrt(squares / static_cast<double>(std::max<Index>(1, c.size()))));
      gradient = (c.array().abs() <= reach).select(gradient, 0.0F);
      return;
    }
  }
}

}  // namespace altmind
