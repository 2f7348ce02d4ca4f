#include "core/model/linear_map.hpp"

#include "core/linalg/blas.hpp"
#include "core/model/convolution.hpp"
#include "core/model/recurrence.hpp"

namespace altmind {

void apply(const Layer& layer, const Matrix& w, const ConstView& below, Matrix& table, Matrix& codes) {
  switch (layer.type) {
    case LayerType::dense:
      codes.resize(layer.rows, below.cols());
      gemm(1.0F, w, Op::none, below, Op::none, 0.0F, codes);
      return;
    case LayerType::conv2d:
      unfold(layer, below, table);
      codes.resize(layer.codes(), below.cols());
      gemm(1.0F, w, Op::none, table, Op::none, 0.0F, as_table(layer, codes));
      return;
    case LayerType::recurrent:
      unroll(layer, w, below, table, codes);
      return;
  }
}

void back(const Layer& layer, const Matrix& w, const Matrix& d, Matrix& buffer, Matrix& request) {
  switch (layer.type) {
    case LayerType::dense:
      request.resize(layer.inputs, d.cols());
      gemm(1.0F, w.leftCols(layer.columns), Op::transpose, d, Op::none, 0.0F, request);
      return;
    case LayerType::conv2d:
      buffer.resize(layer.columns, layer.places * d.cols());
      gemm(1.0F, w.leftCols(layer.columns), Op::transpose, as_table(layer, d), Op::none, 0.0F, buffer);
      fold(layer, buffer, request);
      return;
    case LayerType::recurrent:
      request_inputs(layer, w, d, request);
      return;
  }
}

void complete(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& d) {
  if (layer.type == LayerType::recurrent) carry_back(layer, w, regressors, codes, d);
}

void follow_moves(const Layer& layer, const Matrix& w, const Matrix& regressors, const Matrix& codes, Matrix& move) {
  if (layer.type == LayerType::recurrent) carry_forward(layer, w, regressors, codes, move);
}

}  // namespace altmind
