#include "core/weights/bcd.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "tests/support/reference.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

/// A memory of `m` random inputs and codes; inputs in `dead` are never active. The last input is the bias.
struct Problem {
  Memory memory;  ///< lower triangle only, as core stores it
  test::Real a, b;
  Matrix weight;
};

Problem problem(Index inputs, Index outputs, Index m, std::uint64_t seed, const std::set<Index>& dead = {}) {
  Random random(seed);
  Matrix x = test::random_matrix(inputs, m, random);
  x.row(inputs - 1).setOnes();
  for (const Index j : dead) x.row(j).setZero();
  const Matrix c = test::random_matrix(outputs, m, random);
  Problem p;
  const auto n = static_cast<double>(m);
  p.a = test::real(x) * test::real(x).transpose() / n;
  p.b = test::real(c) * test::real(x).transpose() / n;
  p.memory.a = test::Real(p.a.triangularView<Eigen::Lower>()).cast<Scalar>();
  p.memory.b = p.b.cast<Scalar>();
  p.weight = test::random_matrix(outputs, inputs, random, 0.3);
  return p;
}

double mean_diagonal(const test::Real& a) {
  return a.diagonal().mean();
}

double objective(const Problem& p, const Matrix& weight, double lambda) {
  const test::Real w = test::real(weight);
  return (w * p.a * w.transpose()).trace() - 2.0 * (w * p.b.transpose()).trace() +
         lambda * (w - test::real(p.weight)).squaredNorm();
}

}  // namespace

TEST_CASE("bcd equals column-by-column descent for every block size, number of sweeps and damping") {
  const Problem p = problem(97, 13, 300, 1);
  BcdWorkspace workspace;
  for (const double l1 : {0.0, 0.02}) {
    for (const double damping : {0.0, 0.5, 30.0}) {
      for (std::size_t sweeps = 1; sweeps <= 3; ++sweeps) {
        const double lambda = damping * mean_diagonal(p.a);
        const test::Real expected = test::bcd(p.a, p.b, test::real(p.weight), lambda, sweeps, l1);
        for (const Index block : {1, 7, 64, 128}) {
          CAPTURE(l1);
          CAPTURE(damping);
          CAPTURE(sweeps);
          CAPTURE(block);
          BcdOptions options;
          options.damping = damping;
          options.sweeps = sweeps;
          options.weight_l1 = l1;
          options.block = block;
          Matrix w = p.weight;
          const BcdReport report = bcd_update(p.memory, options, workspace, w);
          CHECK(test::apart(w, expected) < test::single_precision);
          CHECK(report.lambda == doctest::Approx(lambda).epsilon(1e-6));
          CHECK(report.change == doctest::Approx((expected - test::real(p.weight)).norm()).epsilon(1e-4));
        }
      }
    }
  }
}

TEST_CASE("bcd reads the lower triangle of A alone") {
  Problem p = problem(40, 5, 100, 2);
  BcdWorkspace workspace;
  Matrix clean = p.weight;
  bcd_update(p.memory, {}, workspace, clean);
  p.memory.a.triangularView<Eigen::StrictlyUpper>().setConstant(777.0F);
  Matrix dirty = p.weight;
  bcd_update(p.memory, {}, workspace, dirty);
  CHECK(test::same_matrix(clean, dirty));
}

TEST_CASE("bcd with a threshold sets small weights to exactly zero") {
  const Problem p = problem(30, 6, 200, 3);
  BcdOptions options;
  options.weight_l1 = 0.05;
  BcdWorkspace workspace;
  Matrix w = p.weight;
  bcd_update(p.memory, options, workspace, w);
  const auto zeros = (w.array() == 0.0F).count();
  CHECK(zeros > w.size() / 10);
  CHECK(zeros < w.size());
}

TEST_CASE("a sweep of one part moves the columns of its blocks only") {
  const Problem p = problem(50, 4, 200, 4);
  BcdWorkspace workspace;
  for (const double l1 : {0.0, 0.01}) {
    for (std::size_t part = 0; part < 3; ++part) {
      CAPTURE(l1);
      CAPTURE(part);
      BcdOptions options;
      options.block = 8;
      options.parts = 3;
      options.part = part;
      options.damping = 1.0;
      options.sweeps = 2;
      options.weight_l1 = l1;
      const auto moves = [&](Index j) { return static_cast<std::size_t>(j / 8) % 3 == part; };
      Matrix w = p.weight;
      bcd_update(p.memory, options, workspace, w);
      for (Index j = 0; j < w.cols(); ++j) CHECK((w.col(j) == p.weight.col(j)) == !moves(j));
      const test::Real expected = test::bcd(p.a, p.b, test::real(p.weight), mean_diagonal(p.a), 2, l1, moves);
      CHECK(test::apart(w, expected) < test::single_precision);
    }
  }
}

TEST_CASE("dead columns stay as they are, few or many, and the others get the same numbers") {
  std::set<Index> few = {0, 17, 18};
  std::set<Index> many;
  for (Index j = 0; j < 60; ++j) {
    if (j % 3 != 1) many.insert(j);
  }
  BcdWorkspace workspace;
  for (const auto& dead : {few, many}) {
    const Problem p = problem(97, 9, 300, 5, dead);
    for (const double l1 : {0.0, 0.01}) {
      for (const double damping : {0.0, 2.0}) {
        for (const Index block : {1, 7, 64, 128}) {
          CAPTURE(dead.size());
          CAPTURE(l1);
          CAPTURE(damping);
          CAPTURE(block);
          BcdOptions options;
          options.block = block;
          options.damping = damping;
          options.sweeps = 2;
          options.weight_l1 = l1;
          Matrix w = p.weight;
          bcd_update(p.memory, options, workspace, w);
          for (const Index j : dead) CHECK(test::same_matrix(Vector(w.col(j)), Vector(p.weight.col(j))));
          const test::Real expected = test::bcd(p.a, p.b, test::real(p.weight), damping * mean_diagonal(p.a), 2, l1);
          CHECK(test::apart(w, expected) < test::single_precision);
        }
      }
    }
  }
}

TEST_CASE("bcd on an empty memory changes nothing") {
  Random random(6);
  const Memory memory = empty_memory(10, 3);
  const Matrix before = test::random_matrix(3, 11, random);
  BcdWorkspace workspace;
  BcdOptions options;
  options.damping = 30.0;
  Matrix w = before;
  const BcdReport report = bcd_update(memory, options, workspace, w);
  CHECK(test::same_matrix(w, before));
  CHECK(report.change == 0.0);
  CHECK(report.lambda == 0.0);
}

TEST_CASE("bcd without damping reaches B A^-1") {
  const Problem p = problem(24, 7, 2000, 7);
  const test::Real solution = test::solve(p.a, p.b.transpose()).transpose();
  BcdWorkspace workspace;
  for (const Index block : {1, 7, 64}) {
    CAPTURE(block);
    BcdOptions options;
    options.block = block;
    options.sweeps = 100;
    Matrix w = p.weight;
    bcd_update(p.memory, options, workspace, w);
    CHECK(test::apart(w, solution) < 1e-5);
  }
}

TEST_CASE("bcd never increases its objective, even where A is singular") {
  const Problem p = problem(80, 6, 30, 8);  // rank 30 of 80
  BcdWorkspace workspace;
  for (const double damping : {0.0, 0.1, 10.0}) {
    for (const Index block : {7, 64}) {
      CAPTURE(damping);
      CAPTURE(block);
      const double lambda = damping * mean_diagonal(p.a);
      double last = objective(p, p.weight, lambda);
      for (std::size_t sweeps = 1; sweeps <= 8; ++sweeps) {
        BcdOptions options;
        options.damping = damping;
        options.block = block;
        options.sweeps = sweeps;
        Matrix w = p.weight;
        bcd_update(p.memory, options, workspace, w);
        const double now = objective(p, w, lambda);
        CHECK(now <= last + 1e-5 * std::abs(last));
        last = now;
      }
    }
  }
}
