#include "core/linalg/blas_check.hpp"

#include <doctest/doctest.h>

#include <set>

#include "tests/support/contains.hpp"

using namespace altmind;

namespace {

std::string fault_of(const BlasCalls& calls) {
  return check_blas(calls, [](std::string_view) {}).value_or("right");
}

/// Makes one entry wrong by a hundredth.
void spoil(View c) {
  c(c.rows() - 1, 0) *= 1.01F;
}

}  // namespace

TEST_CASE("the library that is linked computes rightly, and every call is announced") {
  std::set<std::string> calls;
  const auto fault = check_blas({}, [&calls](std::string_view call) { calls.emplace(call.substr(0, call.find(' '))); });
  CHECK_MESSAGE(!fault.has_value(), *fault);
  CHECK(calls == std::set<std::string>{"dsyev", "sgemm", "sgemv", "sgeqrf", "spotrf", "ssyevd", "ssymm", "ssyrk",
                                       "strmm", "strsm", "strtri"});
}

TEST_CASE("one wrong entry of any call's result is found and named") {
  BlasCalls calls;
  SUBCASE("sgemm") {
    calls.gemm = [](Scalar alpha, const ConstView& a, Op op_a, const ConstView& b, Op op_b, Scalar beta, View c) {
      gemm(alpha, a, op_a, b, op_b, beta, c);
      if (c.rows() > 128) spoil(c);
    };
    CHECK(test::contains(fault_of(calls), "sgemm of 133"));
  }
  SUBCASE("sgemm that takes what the result held") {
    calls.gemm = [](Scalar alpha, const ConstView& a, Op op_a, const ConstView& b, Op op_b, Scalar beta, View c) {
      const Matrix kept = c;
      gemm(alpha, a, op_a, b, op_b, beta, c);
      if (beta == 0) c += 0.0F * kept;
    };
    CHECK(test::contains(fault_of(calls), "sgemm"));
  }
  SUBCASE("sgemm that writes beside the result") {
    calls.gemm = [](Scalar alpha, const ConstView& a, Op op_a, const ConstView& b, Op op_b, Scalar beta, View c) {
      gemm(alpha, a, op_a, b, op_b, beta, c);
      *(c.data() + c.rows()) = 0.0F;
    };
    CHECK(test::contains(fault_of(calls), "sgemm"));
  }
  SUBCASE("sgemv") {
    calls.gemv = [](const ConstView& a, Op op, const Vector& x, Vector& y) {
      gemv(a, op, x, y);
      y[0] += 0.01F * y.cwiseAbs().maxCoeff();
    };
    CHECK(test::contains(fault_of(calls), "sgemv"));
  }
  SUBCASE("ssyrk") {
    calls.syrk_lower = [](Scalar alpha, const ConstView& x, Index stride, Scalar beta, View c) {
      syrk_lower(alpha, x, stride, beta, c);
      c(c.rows() - 1, c.rows() - 1) *= 1.01F;
    };
    CHECK(test::contains(fault_of(calls), "ssyrk"));
  }
  SUBCASE("ssyrk that writes the other triangle") {
    calls.syrk_lower = [](Scalar alpha, const ConstView& x, Index stride, Scalar beta, View c) {
      syrk_lower(alpha, x, stride, beta, c);
      c(0, c.cols() - 1) = 0.0F;
    };
    CHECK(test::contains(fault_of(calls), "ssyrk"));
  }
  SUBCASE("strsm") {
    calls.solve_left_lower_transposed = [](const ConstView& l, View b) {
      solve_left_lower_transposed(l, b);
      if (l.rows() > 256) spoil(b);
    };
    CHECK(test::contains(fault_of(calls), "strsm from the left of 261"));
  }
  SUBCASE("strmm") {
    calls.multiply_lower = [](const ConstView& l, View b) {
      multiply_lower(l, b);
      spoil(b);
    };
    CHECK(test::contains(fault_of(calls), "strmm"));
  }
  SUBCASE("ssymm") {
    calls.multiply_symmetric_lower = [](const ConstView& a, const ConstView& b, View c) {
      multiply_symmetric_lower(a, b, c);
      spoil(c);
    };
    CHECK(test::contains(fault_of(calls), "ssymm"));
  }
  SUBCASE("spotrf") {
    calls.cholesky_lower = [](View a) {
      const bool definite = cholesky_lower(a);
      a(0, 0) *= 1.01F;
      return definite;
    };
    CHECK(test::contains(fault_of(calls), "spotrf"));
  }
  SUBCASE("spotrf that finds a definite matrix indefinite") {
    calls.cholesky_lower = [](View a) { return cholesky_lower(a) && a.rows() < 256; };
    CHECK(test::contains(fault_of(calls), "spotrf of 261"));
  }
  SUBCASE("strtri") {
    calls.invert_lower = [](View l) {
      l(l.rows() - 1, 0) += 0.1F;
      return invert_lower(l);
    };
    CHECK(test::contains(fault_of(calls), "strtri"));
  }
  SUBCASE("sgeqrf and sorgqr") {
    calls.orthonormalise = [](Matrix& q) {
      Matrix r = orthonormalise(q);
      q.col(0) *= 1.01F;
      r.row(0) /= 1.01F;
      return r;
    };
    CHECK(test::contains(fault_of(calls), "sgeqrf"));
  }
  SUBCASE("ssyevd") {
    calls.eigen_symmetric = [](Matrix& a, Vector& values) {
      a(a.rows() - 1, 0) += 0.1F;
      return eigen_symmetric(a, values);
    };
    CHECK(test::contains(fault_of(calls), "ssyevd"));
  }
  SUBCASE("dsyev") {
    calls.largest_eigenvalue = [](Eigen::MatrixXd& a) { return largest_eigenvalue(a) * (1 + 1e-6); };
    CHECK(test::contains(fault_of(calls), "dsyev"));
  }
}
