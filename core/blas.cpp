#include "core/blas.hpp"

#include <cblas.h>

namespace altmind {

namespace {

CBLAS_TRANSPOSE cblas(Op op) {
  return op == Op::none ? CblasNoTrans : CblasTrans;
}
blasint narrow(Index n) {
  return static_cast<blasint>(n);
}

}  // namespace

void gemm(Scalar alpha, const ConstView& a, Op op_a, const ConstView& b, Op op_b, Scalar beta, View c) {
  const Index inner = op_a == Op::none ? a.cols() : a.rows();
  assert(inner == (op_b == Op::none ? b.rows() : b.cols()) && "gemm: inner dimensions differ");
  assert(c.rows() == (op_a == Op::none ? a.rows() : a.cols()) && "gemm: rows of the result");
  assert(c.cols() == (op_b == Op::none ? b.cols() : b.rows()) && "gemm: columns of the result");
  if (c.size() == 0) return;
  if (inner == 0) {
    if (beta == 0) {
      c.setZero();
    } else {
      c *= beta;
    }
    return;
  }
  cblas_sgemm(CblasColMajor, cblas(op_a), cblas(op_b), narrow(c.rows()), narrow(c.cols()), narrow(inner), alpha,
              a.data(), narrow(a.outerStride()), b.data(), narrow(b.outerStride()), beta, c.data(),
              narrow(c.outerStride()));
}

void syrk_lower(Scalar alpha, const ConstView& x, Index stride, Scalar beta, View c) {
  assert(c.rows() == x.rows() && c.cols() == x.rows() && "syrk: shape of the result");
  const Index columns = (x.cols() + stride - 1) / stride;
  cblas_ssyrk(CblasColMajor, CblasLower, CblasNoTrans, narrow(c.rows()), narrow(columns), alpha, x.data(),
              narrow(x.outerStride() * stride), beta, c.data(), narrow(c.outerStride()));
}

void solve_right_lower_transposed(const ConstView& l, View b) {
  assert(l.rows() == l.cols() && b.cols() == l.rows() && "trsm: shapes");
  cblas_strsm(CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, narrow(b.rows()), narrow(b.cols()), 1.0F,
              l.data(), narrow(l.outerStride()), b.data(), narrow(b.outerStride()));
}

void use_one_blas_thread() {
  openblas_set_num_threads(1);
}

std::string blas_kernel() {
  return openblas_get_corename();
}

}  // namespace altmind
