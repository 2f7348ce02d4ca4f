#include "core/model/recurrence.hpp"

#include <doctest/doctest.h>

#include "core/model/linear_map.hpp"
#include "tests/support/layered.hpp"
#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

constexpr Index d_in = 3, d_hidden = 4, length = 5, seqs = 3;

/// One block unrolled by hand, in double: its codes at each step, with `push` added to the code of step `pushed`.
struct Unrolled {
  std::vector<test::Real> code;
};

Unrolled by_hand(Activation activation, const test::Real& w, const test::Real& x, Index pushed = -1,
                 const test::Real& push = {}) {
  Unrolled out;
  test::Real h = test::Real::Zero(d_hidden, x.cols());
  for (Index t = 0; t < length; ++t) {
    test::Real input(d_in + d_hidden, x.cols());
    input << x.middleRows(t * d_in, d_in), h;
    test::Real c = test::linear(w, input);
    if (t == pushed) c += push;
    out.code.push_back(c);
    h = test::sigma(activation, c);
  }
  return out;
}

struct Block {
  Layer layer;
  Matrix w, below, table, codes;
  test::Real real_w, x;
};

Block block(Activation activation, std::uint64_t seed) {
  Random random(seed);
  Block b;
  b.layer = layers_of(test::layered({1, length, d_in}, {test::recurrent(d_hidden, length, activation)}, 2))[0];
  b.w = test::random_matrix(d_hidden, d_in + d_hidden + 1, random, 0.6);
  b.below = test::random_matrix(d_in * length + 1, seqs, random);
  b.below.row(d_in * length).setOnes();
  apply(b.layer, b.w, b.below, b.table, b.codes);
  b.real_w = test::real(b.w);
  b.x = test::real(b.below.topRows(d_in * length));
  return b;
}

}  // namespace

TEST_CASE("a recurrent layer computes what the same block unrolled by hand does") {
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
    const Block b = block(activation, 1);
    const Unrolled expected = by_hand(activation, b.real_w, b.x);
    REQUIRE(b.codes.rows() == d_hidden * length);
    for (Index t = 0; t < length; ++t) {
      CAPTURE(t);
      CHECK(test::apart(b.codes.middleRows(t * d_hidden, d_hidden), expected.code[static_cast<std::size_t>(t)]) <
            test::single_precision);
    }
  }
}

TEST_CASE("requests on earlier codes are how the last one depends on them, by finite differences") {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    const Block b = block(activation, 2);
    Random random(9);
    Matrix d = Matrix::Zero(d_hidden * length, seqs);
    d.bottomRows(d_hidden) = test::random_matrix(d_hidden, seqs, random);
    const test::Real asked = test::real(d.bottomRows(d_hidden));
    complete(b.layer, b.w, b.table, b.codes, d);
    constexpr double small = 1e-5;
    for (Index t = 0; t + 1 < length; ++t) {
      for (Index i = 0; i < d_hidden; ++i) {
        for (Index s = 0; s < seqs; ++s) {
          test::Real push = test::Real::Zero(d_hidden, seqs);
          push(i, s) = small;
          const auto last = [&](const test::Real& by) {
            return by_hand(activation, b.real_w, b.x, t, by).code.back().cwiseProduct(asked).sum();
          };
          const double slope = (last(push) - last(-push)) / (2.0 * small);
          CHECK(d(t * d_hidden + i, s) == doctest::Approx(slope).epsilon(1e-3).scale(0.1));
        }
      }
    }
  }
}

TEST_CASE("moves carried to the last step are those of the whole sequence when the weights move") {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    const Block b = block(activation, 3);
    Random random(10);
    const Matrix u = test::random_matrix(d_hidden, d_in + d_hidden + 1, random);
    Matrix move = u * b.table;
    follow_moves(b.layer, b.w, b.table, b.codes, move);
    constexpr double small = 1e-5;
    const Unrolled more = by_hand(activation, b.real_w + small * test::real(u), b.x);
    const Unrolled less = by_hand(activation, b.real_w - small * test::real(u), b.x);
    for (std::size_t t = 0; t < length; ++t) {
      const test::Real slope = (more.code[t] - less.code[t]) / (2.0 * small);
      Matrix at(d_hidden, seqs);
      for (Index s = 0; s < seqs; ++s) at.col(s) = move.col(s * length + static_cast<Index>(t));
      CHECK(test::apart(at, slope) < 1e-3);
    }
  }
}

TEST_CASE("requests on the input of a recurrent layer are the transpose of what it does to codes") {
  const Block b = block(Activation::identity, 4);
  Random random(11);
  const Matrix d = test::random_matrix(d_hidden * length, seqs, random);
  Matrix buffer, request;
  back(b.layer, b.w, d, buffer, request);
  for (Index t = 0; t < length; ++t) {
    const test::Real expected = b.real_w.leftCols(d_in).transpose() * test::real(d.middleRows(t * d_hidden, d_hidden));
    CHECK(test::apart(request.middleRows(t * d_in, d_in), expected) < test::single_precision);
  }
}
