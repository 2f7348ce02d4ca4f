#include "core/model/layer_activation.hpp"

#include "core/model/activation.hpp"

namespace altmind {

void activate(const Layer& layer, const ConstView& codes, View out, Winners& winners) {
  if (layer.pool > 1) {
    // sigma rises: that of the greatest is the greatest.
    max_pool(layer, codes, out, winners);
    activate(layer.activation, out, out);
  } else {
    activate(layer.activation, codes.bottomRows(layer.telling()), out);
  }
}

void pull_back(const Layer& layer, const Matrix& codes, const ConstView& a, const Winners& winners, Matrix& request,
               Matrix& buffer) {
  if (layer.pool > 1) {
    Matrix greatest(a.rows(), a.cols());
    for (Index i = 0; i < a.cols(); ++i) {
      for (Index j = 0; j < a.rows(); ++j) greatest(j, i) = codes(winners(j, i), i);
    }
    times_derivative(layer.activation, greatest, a, request);
    unpool(layer, winners, request, buffer);
    request.swap(buffer);
    return;
  }
  times_derivative(layer.activation, codes.bottomRows(layer.telling()), a, request);
  if (layer.telling() == layer.codes()) return;
  buffer.setZero(layer.codes(), codes.cols());
  buffer.bottomRows(layer.telling()) = request;
  request.swap(buffer);
}

}  // namespace altmind
