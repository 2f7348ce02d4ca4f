#include "core/model/recurrence.hpp"

#include "core/linalg/blas.hpp"
#include "core/model/activation.hpp"

namespace altmind {

namespace {

using Stride = Eigen::OuterStride<>;

Index width_of(const Layer& layer) {
  return layer.columns - layer.rows;
}

/// Views time step t (from 0) of every sample: rows `from` .. `from + rows` of every `places`-th column of a table.
auto step_of(const Layer& layer, const Matrix& table, Index t, Index from, Index rows) {
  return Eigen::Map<const Matrix, 0, Stride>(table.data() + t * table.rows() + from, rows, table.cols() / layer.places,
                                             Stride(table.rows() * layer.places));
}
auto step_of(const Layer& layer, Matrix& table, Index t, Index from, Index rows) {
  return Eigen::Map<Matrix, 0, Stride>(table.data() + t * table.rows() + from, rows, table.cols() / layer.places,
                                       Stride(table.rows() * layer.places));
}

}  // namespace

void unroll(const Layer& layer, const Matrix& w, const ConstView& below, Matrix& regressors, Matrix& codes) {
  const Index d = width_of(layer);
  const Index h = layer.rows;
  const Index m = below.cols();
  regressors.resize(layer.columns + 1, layer.places * m);
  regressors.row(layer.columns).setOnes();
  codes.resize(layer.codes(), m);
  for (Index t = 0; t < layer.places; ++t) {
    step_of(layer, regressors, t, 0, d) = below.middleRows(t * d, d);
    auto state = step_of(layer, regressors, t, d, h);
    if (t == 0) {
      state.setZero();
    } else {
      activate(layer.activation, codes.middleRows((t - 1) * h, h), state);
    }
    gemm(1.0F, w, Op::none, step_of(layer, regressors, t, 0, layer.columns + 1), Op::none, 0.0F,
         codes.middleRows(t * h, h));
  }
}

void carry_back(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& d) {
  const Index h = layer.rows;
  for (Index t = layer.places - 1; t > 0; --t) {
    auto earlier = d.middleRows((t - 1) * h, h);
    gemm(1.0F, w.middleCols(width_of(layer), h), Op::transpose, d.middleRows(t * h, h), Op::none, 0.0F, earlier);
    times_derivative(layer.activation, codes.middleRows((t - 1) * h, h),
                     step_of(layer, regressors, t, width_of(layer), h), earlier);
  }
}

void carry_forward(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& move) {
  const Index h = layer.rows;
  Matrix moved;
  for (Index t = 1; t < layer.places; ++t) {
    moved = step_of(layer, move, t - 1, 0, h);
    times_derivative(layer.activation, codes.middleRows((t - 1) * h, h),
                     step_of(layer, regressors, t, width_of(layer), h), moved);
    gemm(1.0F, w.middleCols(width_of(layer), h), Op::none, moved, Op::none, 1.0F, step_of(layer, move, t, 0, h));
  }
}

void request_inputs(const Layer& layer, const Matrix& w, const Matrix& d, Matrix& request) {
  const Index inputs = width_of(layer);
  request.resize(layer.inputs, d.cols());
  for (Index t = 0; t < layer.places; ++t) {
    gemm(1.0F, w.leftCols(inputs), Op::transpose, d.middleRows(t * layer.rows, layer.rows), Op::none, 0.0F,
         request.middleRows(t * inputs, inputs));
  }
}

}  // namespace altmind
