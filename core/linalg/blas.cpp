#include "core/linalg/blas.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

// LAPACK functions that OpenBLAS contains; Debian packages their headers with another library.
extern "C" {
void spotrf_(const char* uplo, const blasint* n, float* a, const blasint* lda, blasint* info);
void strtri_(const char* uplo, const char* diag, const blasint* n, float* a, const blasint* lda, blasint* info);
void sgeqrf_(const blasint* m, const blasint* n, float* a, const blasint* lda, float* tau, float* work,
             const blasint* lwork, blasint* info);
void sorgqr_(const blasint* m, const blasint* n, const blasint* k, float* a, const blasint* lda, const float* tau,
             float* work, const blasint* lwork, blasint* info);
void ssyevd_(const char* jobz, const char* uplo, const blasint* n, float* a, const blasint* lda, float* w, float* work,
             const blasint* lwork, blasint* iwork, const blasint* liwork, blasint* info);
void dsyev_(const char* jobz, const char* uplo, const blasint* n, double* a, const blasint* lda, double* w,
            double* work, const blasint* lwork, blasint* info);
}

namespace altmind {

namespace {

CBLAS_TRANSPOSE cblas(Op op) {
  return op == Op::none ? CblasNoTrans : CblasTrans;
}
blasint narrow(Index n) {
  return static_cast<blasint>(n);
}

/// For routines that fail only on invalid arguments.
void expect_success(blasint info, const char* routine) {
  if (info != 0) throw std::logic_error(std::string(routine) + " refused argument " + std::to_string(-info));
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

void solve_right_lower(const ConstView& l, View b) {
  assert(l.rows() == l.cols() && b.cols() == l.rows() && "trsm: shapes");
  cblas_strsm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, narrow(b.rows()), narrow(b.cols()),
              1.0F, l.data(), narrow(l.outerStride()), b.data(), narrow(b.outerStride()));
}

bool cholesky_lower(View a) {
  assert(a.rows() == a.cols() && "potrf: shape");
  const blasint n = narrow(a.rows());
  const blasint stride = narrow(a.outerStride());
  blasint info = 0;
  spotrf_("L", &n, a.data(), &stride, &info);
  // A NaN pivot passes LAPACK's test for a pivot below zero. Anything not finite propagates to the diagonal.
  return info == 0 && std::isfinite(a.diagonal().cast<double>().sum());
}

bool invert_lower(View l) {
  assert(l.rows() == l.cols() && "trtri: shape");
  const blasint n = narrow(l.rows());
  const blasint stride = narrow(l.outerStride());
  blasint info = 0;
  strtri_("L", "N", &n, l.data(), &stride, &info);
  return info == 0;
}

void multiply_lower(const ConstView& l, View b) {
  assert(l.rows() == l.cols() && l.cols() == b.rows() && "trmm: shapes");
  cblas_strmm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, narrow(b.rows()), narrow(b.cols()),
              1.0F, l.data(), narrow(l.outerStride()), b.data(), narrow(b.outerStride()));
}

void solve_left_lower(const ConstView& l, View b) {
  assert(l.rows() == l.cols() && b.rows() == l.rows() && "trsm: shapes");
  cblas_strsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, narrow(b.rows()), narrow(b.cols()),
              1.0F, l.data(), narrow(l.outerStride()), b.data(), narrow(b.outerStride()));
}

void solve_left_lower_transposed(const ConstView& l, View b) {
  assert(l.rows() == l.cols() && b.rows() == l.rows() && "trsm: shapes");
  cblas_strsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, narrow(b.rows()), narrow(b.cols()), 1.0F,
              l.data(), narrow(l.outerStride()), b.data(), narrow(b.outerStride()));
}

void multiply_symmetric_lower(const ConstView& a, const ConstView& b, View c) {
  assert(a.rows() == a.cols() && a.cols() == b.rows() && c.rows() == b.rows() && c.cols() == b.cols() &&
         "symm: shapes");
  cblas_ssymm(CblasColMajor, CblasLeft, CblasLower, narrow(c.rows()), narrow(c.cols()), 1.0F, a.data(),
              narrow(a.outerStride()), b.data(), narrow(b.outerStride()), 0.0F, c.data(), narrow(c.outerStride()));
}

Matrix orthonormalise(Matrix& q) {
  assert(q.cols() <= q.rows() && "qr: shape");
  const blasint n = narrow(q.rows());
  const blasint k = narrow(q.cols());
  const blasint room = 64 * k;
  std::vector<Scalar> tau(static_cast<std::size_t>(k));
  std::vector<Scalar> work(static_cast<std::size_t>(room));
  blasint info = 0;
  sgeqrf_(&n, &k, q.data(), &n, tau.data(), work.data(), &room, &info);
  expect_success(info, "sgeqrf");
  Matrix r = q.topRows(k).triangularView<Eigen::Upper>();
  sorgqr_(&n, &k, &k, q.data(), &n, tau.data(), work.data(), &room, &info);
  expect_success(info, "sorgqr");
  return r;
}

bool eigen_symmetric(Matrix& a, Vector& values) {
  assert(a.rows() == a.cols() && "syevd: shape");
  const blasint n = narrow(a.rows());
  values.resize(a.rows());
  // Workspace sizes as documented. A workspace query returns a float, which may round down from n = 2897 on.
  const std::int64_t size = a.rows();
  const std::int64_t room = 1 + 6 * size + 2 * size * size;
  if (room > std::numeric_limits<blasint>::max()) return false;
  const auto work_size = static_cast<blasint>(room);
  const blasint index_size = 3 + 5 * n;
  std::vector<Scalar> work(static_cast<std::size_t>(work_size));
  std::vector<blasint> index(static_cast<std::size_t>(index_size));
  blasint info = 0;
  ssyevd_("V", "L", &n, a.data(), &n, values.data(), work.data(), &work_size, index.data(), &index_size, &info);
  return info == 0 && std::isfinite(values.cast<double>().sum());
}

double largest_eigenvalue(Eigen::MatrixXd& a) {
  assert(a.rows() == a.cols() && a.rows() > 0 && "syev: shape");
  const blasint n = narrow(a.rows());
  const blasint room = 66 * n;  // enough for blocks of 64
  std::vector<double> values(static_cast<std::size_t>(n));
  std::vector<double> work(static_cast<std::size_t>(room));
  blasint info = 0;
  dsyev_("N", "L", &n, a.data(), &n, values.data(), work.data(), &room, &info);
  if (info != 0) return std::numeric_limits<double>::quiet_NaN();
  return std::max(values.back(), 0.0);
}

void use_one_blas_thread() {
  openblas_set_num_threads(1);
}

std::string blas_kernel() {
  return openblas_get_corename();
}

}  // namespace altmind
