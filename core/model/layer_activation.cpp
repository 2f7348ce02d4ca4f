#include "core/model/layer_activation.hpp"

#include "core/model/activation.hpp"

namespace altmind {

namespace {

/// request <- request * mask * sigma'(codes), given a = mask * sigma(codes).
void times_slope(Activation activation, const ConstView& codes, const ConstView& mask, const ConstView& a,
                 Matrix& request) {
  if (mask.size() == 0) {
    times_derivative(activation, codes, a, request);
    return;
  }
  Matrix unmasked(codes.rows(), codes.cols());
  activate(activation, codes, unmasked);
  request.array() *= mask.array();
  times_derivative(activation, codes, unmasked, request);
}

}  // namespace

void activate(const Layer& layer, const ConstView& codes, const ConstView& mask, View out, Winners& winners) {
  if (layer.pool > 1) {
    // sigma is monotonic, so pooling the codes first gives the same result.
    max_pool(layer, codes, out, winners);
    activate(layer.activation, out, out);
  } else {
    activate(layer.activation, codes.bottomRows(layer.telling()), out);
  }
  if (mask.size() > 0) out.array() *= mask.array();
}

void pull_back(const Layer& layer, const ConstView& codes, const ConstView& mask, const ConstView& a,
               const Winners& winners, Matrix& request, Matrix& buffer) {
  if (layer.pool > 1) {
    Matrix greatest(a.rows(), a.cols());
    for (Index i = 0; i < a.cols(); ++i) {
      for (Index j = 0; j < a.rows(); ++j) greatest(j, i) = codes(winners(j, i), i);
    }
    times_slope(layer.activation, greatest, mask, a, request);
    unpool(layer, winners, request, buffer);
    request.swap(buffer);
    return;
  }
  times_slope(layer.activation, codes.bottomRows(layer.telling()), mask, a, request);
  if (layer.telling() == layer.codes()) return;
  buffer.setZero(layer.codes(), codes.cols());
  buffer.bottomRows(layer.telling()) = request;
  request.swap(buffer);
}

}  // namespace altmind
