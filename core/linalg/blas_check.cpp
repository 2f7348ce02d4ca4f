#include "core/linalg/blas_check.hpp"

#include <array>
#include <cmath>
#include <exception>
#include <limits>
#include <stdexcept>

#include "core/linalg/random.hpp"

namespace altmind {

namespace {

/// Rounding error allowed for sums of some hundred float32 terms, relative to the largest entry compared.
constexpr double tolerance = 1e-4;
constexpr double double_tolerance = 1e-10;

/// Width of the border around each operand. It holds NaN: a stray read shows up in the result, a stray write here.
constexpr Index frame = 3;
constexpr Scalar untouched = std::numeric_limits<Scalar>::quiet_NaN();

using Probe = DoubleVector;

/// A block within a larger matrix, like most operands in core.
struct Framed {
  Framed(Index rows, Index cols) : whole(Matrix::Constant(rows + 2 * frame, cols + 2 * frame, untouched)) {}

  View block() { return whole.block(frame, frame, whole.rows() - 2 * frame, whole.cols() - 2 * frame); }
  Scalar& operator()(Index i, Index j) { return whole(frame + i, frame + j); }
  [[nodiscard]] Scalar operator()(Index i, Index j) const { return whole(frame + i, frame + j); }
  [[nodiscard]] Index rows() const { return whole.rows() - 2 * frame; }
  [[nodiscard]] Index cols() const { return whole.cols() - 2 * frame; }

  /// True if nothing outside the block was overwritten.
  [[nodiscard]] bool frame_kept() const {
    for (Index j = 0; j < whole.cols(); ++j) {
      for (Index i = 0; i < whole.rows(); ++i) {
        const bool inside = i >= frame && i < frame + rows() && j >= frame && j < frame + cols();
        if (!inside && !std::isnan(whole(i, j))) return false;
      }
    }
    return true;
  }

  Matrix whole;
};

enum class Triangle { all, lower, symmetric };  ///< symmetric: the lower triangle stands for both

/// Returns m x or m^T x, by plain loops over `part` of m.
template <class M>
Probe times(const M& m, const Probe& x, bool transposed = false, Triangle part = Triangle::all) {
  Probe y = Probe::Zero(transposed ? m.cols() : m.rows());
  for (Index j = 0; j < m.cols(); ++j) {
    for (Index i = part == Triangle::all ? 0 : j; i < m.rows(); ++i) {
      const double entry = static_cast<double>(m(i, j));
      if (transposed) {
        y[j] += entry * x[i];
      } else {
        y[i] += entry * x[j];
      }
      if (part == Triangle::symmetric && i != j) y[j] += entry * x[i];
    }
  }
  return y;
}

/// True if two vectors are equal up to rounding.
bool same(const Probe& actual, const Probe& expected) {
  double largest = 0;
  double apart = 0;
  for (Index i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(actual[i] - expected[i]);
    if (!(difference <= std::numeric_limits<double>::max())) return false;
    apart = std::max(apart, difference);
    largest = std::max(largest, std::abs(expected[i]));
  }
  return apart <= tolerance * std::max(largest, 1.0);
}

class Check {
 public:
  Check(const BlasCalls& calls, const std::function<void(std::string_view)>& before) : calls_(calls), before_(before) {}

  void run() {
    for (const std::array<Index, 3>& size :
         {std::array<Index, 3>{133, 261, 257}, {1, 261, 133}, {261, 1, 133}, {133, 7, 1}, {100, 20, 785}, {5, 3, 2}}) {
      for (const Op a : {Op::none, Op::transpose}) {
        for (const Op b : {Op::none, Op::transpose}) product(size[0], size[1], size[2], a, b);
      }
    }
    for (const std::array<Index, 2>& size : {std::array<Index, 2>{257, 133}, {1, 261}, {261, 1}}) {
      vector_product(size[0], size[1]);
    }
    for (const Index n : {5, 133, 261}) {
      for (const Index stride : {1, 3}) gram(n, stride);
      for (const Index thin : {Index{1}, Index{10}, Index{133}}) {
        triangular_solves(n, thin);
        triangular_product(n, thin);
        symmetric_product(n, thin);
      }
      cholesky(n);
      inverse(n);
    }
    // Some kernels (Dunnington) are correct up to blocks of 192 columns, a quarter of n, and crash beyond.
    triangular_solves(785, 10);
    cholesky(785);
    inverse(785);
    for (const std::array<Index, 2>& size : {std::array<Index, 2>{261, 10}, {133, 133}, {257, 41}}) {
      orthonormal(size[0], size[1]);
    }
    for (const Index n : {2, 37, 133}) {
      eigenvectors(n);
      eigenvalue(n);
    }
  }

 private:
  void begin(const char* call, std::initializer_list<Index> sizes) {
    call_ = call;
    call_ += " of";
    const char* between = " ";
    for (const Index n : sizes) {
      call_ += between + std::to_string(n);
      between = " x ";
    }
    before_(call_);
  }
  void hold(bool right) const {
    if (!right) throw std::logic_error(call_);
  }

  Scalar draw() { return static_cast<Scalar>(2.0 * random_.uniform() - 1.0); }
  Probe probe(Index n) {
    Probe x(n);
    for (Index i = 0; i < n; ++i) x[i] = 1.0 + random_.uniform();
    for (Index i = 0; i < n; ++i) x[i] = random_.bits() % 2 == 0 ? x[i] : -x[i];
    return x;
  }
  Framed full(Index rows, Index cols) {
    Framed m(rows, cols);
    for (Index j = 0; j < cols; ++j) {
      for (Index i = 0; i < rows; ++i) m(i, j) = draw();
    }
    return m;
  }
  /// Well conditioned, with NaN above the diagonal.
  Framed lower(Index n) {
    Framed l(n, n);
    const auto scale = static_cast<Scalar>(1.0 / std::sqrt(static_cast<double>(n)));
    for (Index j = 0; j < n; ++j) {
      l(j, j) = 1.5F + 0.5F * draw();
      for (Index i = j + 1; i < n; ++i) l(i, j) = scale * draw();
    }
    return l;
  }
  /// The lower triangle of 2 I + u u^T.
  Framed definite(Index n, const Probe& u) {
    Framed a(n, n);
    for (Index j = 0; j < n; ++j) {
      for (Index i = j; i < n; ++i) a(i, j) = static_cast<Scalar>(u[i] * u[j] + (i == j ? 2.0 : 0.0));
    }
    return a;
  }
  Probe short_vector(Index n) {
    Probe u = probe(n);
    for (Index i = 0; i < n; ++i) u[i] /= std::sqrt(static_cast<double>(n));
    return u;
  }

  void product(Index m, Index n, Index inner, Op op_a, Op op_b) {
    const bool flip_a = op_a == Op::transpose;
    const bool flip_b = op_b == Op::transpose;
    Framed a = flip_a ? full(inner, m) : full(m, inner);
    Framed b = flip_b ? full(n, inner) : full(inner, n);
    const Probe x = probe(n);
    const Probe expected = times(a, times(b, x, flip_b), flip_a);
    begin("sgemm", {m, n, inner});
    Framed c(m, n);
    calls_.gemm(1.0F, a.block(), op_a, b.block(), op_b, 0.0F, c.block());
    hold(c.frame_kept() && same(times(c, x), expected));
    calls_.gemm(-0.5F, a.block(), op_a, b.block(), op_b, 1.0F, c.block());
    hold(c.frame_kept() && same(times(c, x), 0.5 * expected));
  }

  void vector_product(Index m, Index n) {
    Framed a = full(m, n);
    for (const Op op : {Op::none, Op::transpose}) {
      const bool flip = op == Op::transpose;
      const Probe x = probe(flip ? m : n);
      begin("sgemv", {m, n});
      Vector y;
      calls_.gemv(a.block(), op, x.cast<Scalar>(), y);
      hold(y.size() == (flip ? n : m) && same(y.cast<double>(), times(a, x.cast<Scalar>().cast<double>(), flip)));
    }
  }

  void gram(Index n, Index stride) {
    Framed x = full(n, 2 * stride + 131);
    const Index columns = (x.cols() + stride - 1) / stride;
    Matrix taken(n, columns);
    for (Index j = 0; j < columns; ++j) {
      for (Index i = 0; i < n; ++i) taken(i, j) = x(i, j * stride);
    }
    const Probe p = probe(n);
    const Probe expected = times(taken, times(taken, p, true));
    begin("ssyrk", {n, columns});
    Framed c(n, n);
    calls_.syrk_lower(1.0F, x.block(), stride, 0.0F, c.block());
    hold(c.frame_kept() && upper_kept(c) && same(times(c, p, false, Triangle::symmetric), expected));
    calls_.syrk_lower(0.5F, x.block(), stride, 1.0F, c.block());
    hold(c.frame_kept() && upper_kept(c) && same(times(c, p, false, Triangle::symmetric), 1.5 * expected));
  }

  void triangular_solves(Index n, Index thin) {
    Framed l = lower(n);
    const auto right = [&](auto call, bool flip) {
      Framed b = full(thin, n);
      const Framed kept = b;
      begin("strsm from the right", {thin, n});
      call(l.block(), b.block());
      const Probe x = probe(n);  // B' op(L) x = B x
      hold(b.frame_kept() && same(times(b, times(l, x, flip, Triangle::lower)), times(kept, x)));
    };
    const auto left = [&](auto call, bool flip) {
      Framed b = full(n, thin);
      const Framed kept = b;
      begin("strsm from the left", {n, thin});
      call(l.block(), b.block());
      const Probe x = probe(thin);  // op(L) B' x = B x
      hold(b.frame_kept() && same(times(l, times(b, x), flip, Triangle::lower), times(kept, x)));
    };
    right(calls_.solve_right_lower_transposed, true);
    right(calls_.solve_right_lower, false);
    left(calls_.solve_left_lower, false);
    left(calls_.solve_left_lower_transposed, true);
  }

  void triangular_product(Index n, Index thin) {
    Framed l = lower(n);
    Framed b = full(n, thin);
    const Probe x = probe(thin);
    const Probe expected = times(l, times(b, x), false, Triangle::lower);
    begin("strmm", {n, thin});
    calls_.multiply_lower(l.block(), b.block());
    hold(b.frame_kept() && same(times(b, x), expected));
  }

  void symmetric_product(Index n, Index thin) {
    Framed a = lower(n);
    Framed b = full(n, thin);
    const Probe x = probe(thin);
    begin("ssymm", {n, thin});
    Framed c(n, thin);
    calls_.multiply_symmetric_lower(a.block(), b.block(), c.block());
    hold(c.frame_kept() && same(times(c, x), times(a, times(b, x), false, Triangle::symmetric)));
  }

  void cholesky(Index n) {
    Framed a = definite(n, short_vector(n));
    const Probe x = probe(n);
    const Probe expected = times(a, x, false, Triangle::symmetric);
    begin("spotrf", {n, n});
    const bool definite = calls_.cholesky_lower(a.block());
    hold(definite && a.frame_kept() && upper_kept(a));
    hold(same(times(a, times(a, x, true, Triangle::lower), false, Triangle::lower), expected));
  }

  void inverse(Index n) {
    Framed l = lower(n);
    const Framed kept = l;
    const Probe x = probe(n);
    begin("strtri", {n, n});
    const bool regular = calls_.invert_lower(l.block());
    hold(regular && l.frame_kept() && upper_kept(l));
    hold(same(times(kept, times(l, x, false, Triangle::lower), false, Triangle::lower), x));
  }

  void orthonormal(Index n, Index k) {
    Matrix q = full(n, k).block();
    const Probe x = probe(k);
    const Probe expected = times(q, x);
    begin("sgeqrf and sorgqr", {n, k});
    const Matrix r = calls_.orthonormalise(q);
    hold(q.rows() == n && q.cols() == k && r.rows() == k && r.cols() == k);
    hold(same(times(q, times(r, x)), expected) && same(times(q, times(q, x), true), x));
  }

  void eigenvectors(Index n) {
    Framed a = lower(n);
    const Probe x = probe(n);
    const Probe expected = times(a, x, false, Triangle::symmetric);
    begin("ssyevd", {n, n});
    Matrix vectors = a.block();
    Vector values;
    hold(calls_.eigen_symmetric(vectors, values));
    hold(values.size() == n && vectors.rows() == n && vectors.cols() == n);
    for (Index i = 1; i < n; ++i) hold(values[i - 1] <= values[i]);
    Probe part = times(vectors, x, true);
    hold(same(times(vectors, part), x));
    for (Index i = 0; i < n; ++i) part[i] *= static_cast<double>(values[i]);
    hold(same(times(vectors, part), expected));
  }

  void eigenvalue(Index n) {
    const Probe u = probe(n);
    Eigen::MatrixXd a(n, n);  // 2 I + u u^T, whose leading eigenvector is u
    double expected = 2.0;
    for (Index j = 0; j < n; ++j) {
      for (Index i = 0; i < n; ++i) a(i, j) = u[i] * u[j] + (i == j ? 2.0 : 0.0);
      expected += u[j] * u[j];
    }
    begin("dsyev", {n, n});
    hold(std::abs(calls_.largest_eigenvalue(a) - expected) <= double_tolerance * expected);
  }

  static bool upper_kept(const Framed& m) {
    for (Index j = 1; j < m.cols(); ++j) {
      for (Index i = 0; i < j; ++i) {
        if (!std::isnan(m(i, j))) return false;
      }
    }
    return true;
  }

  const BlasCalls& calls_;
  const std::function<void(std::string_view)>& before_;
  std::string call_;
  Random random_{20220807};
};

}  // namespace

void gemv(const ConstView& a, Op op, const Vector& x, Vector& y) {
  if (op == Op::none) {
    y.noalias() = a * x;
  } else {
    y.noalias() = a.transpose() * x;
  }
}

std::optional<std::string> check_blas(const BlasCalls& calls,
                                      const std::function<void(std::string_view call)>& before) {
  Check check(calls, before);
  try {
    check.run();
  } catch (const std::logic_error& wrong) {
    return std::string(wrong.what()) + " is wrong";
  } catch (const std::runtime_error& failed) {
    return failed.what();
  }
  return std::nullopt;
}

}  // namespace altmind
