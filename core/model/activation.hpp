#pragma once
// Activations sigma and their derivatives, elementwise.

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
  }
}

/// gradient <- gradient * sigma'(c), given c and a = sigma(c). The derivative of ReLU at 0 is 0.
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
  }
}

}  // namespace altmind
