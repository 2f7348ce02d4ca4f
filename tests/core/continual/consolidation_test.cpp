#include "core/continual/consolidation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "core/weights/curvature.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

/// Returns the lower triangle of x x^T.
Matrix lower_gram(const Matrix& x) {
  return (x * x.transpose()).triangularView<Eigen::Lower>();
}

/// Solves U (A + lambda I) + c Hn U P = D for U by one dense system over all entries of U, in double.
test::Real dense_solution(const test::Real& damped, const test::Real& p, const test::Real& h, double c,
                          const test::Real& d) {
  const Index o = d.rows();
  const Index n = d.cols();
  test::Real system = test::Real::Zero(o * n, o * n);
  for (Index j = 0; j < n; ++j) {
    for (Index k = 0; k < n; ++k) {
      for (Index i = 0; i < o; ++i) {
        system(j * o + i, k * o + i) += damped(k, j);
        for (Index r = 0; r < o; ++r) system(j * o + i, k * o + r) += c * h(i, r) * p(k, j);
      }
    }
  }
  return test::solve(system, d.reshaped()).reshaped(o, n);
}

struct ProtectedLayer {
  Matrix a, d;
  Protection protection;
};

ProtectedLayer random_layer(Index n, Index o, std::uint64_t seed) {
  Random random(seed);
  ProtectedLayer layer;
  layer.a = lower_gram(test::random_matrix(n, 3 * n, random, 0.3));
  layer.d = test::random_matrix(o, n, random);
  layer.protection.kept = lower_gram(test::random_matrix(n, n / 2, random, 4.0));  // half of the directions unused
  layer.protection.kept_output = lower_gram(test::random_matrix(o, o - 1, random));
  return layer;
}

LearnerOptions options_of(std::size_t inputs, std::size_t classes) {
  LearnerOptions options;
  options.model.spec = {Task::classification, LabelKind::index, inputs, classes};
  options.model.hidden = {24, 16};
  options.learning.batch_size = 50;
  return options;
}

/// Task 1 permutes the inputs and gives each class the next one's label.
Batch task_batch(std::size_t task, Random& random) {
  constexpr std::size_t inputs = 12;
  Batch batch = test::blobs(50, inputs, 4, random, 0.4);
  if (task == 0) return batch;
  for (std::size_t i = 0; i < batch.samples.count; ++i) {
    float* const x = &batch.samples.x[i * inputs];
    std::reverse(x, x + inputs);
    for (std::size_t j = 0; j < inputs; j += 2) x[j] = -x[j];
  }
  for (std::uint32_t& y : batch.samples.label) y = (y + 1) % 4;
  return batch;
}

double accuracy(const Learner& learner, std::size_t task) {
  Random random(999);
  std::size_t right = 0;
  std::size_t all = 0;
  for (int k = 0; k < 20; ++k) {
    const Batch batch = task_batch(task, random);
    const Predictions predictions = snapshot_of(learner)->predict(batch.samples.x);
    for (std::size_t i = 0; i < batch.samples.count; ++i, ++all) {
      right += predictions.label[i] == batch.samples.label[i] ? 1 : 0;
    }
  }
  return static_cast<double>(right) / static_cast<double>(all);
}

struct Alarms {
  std::size_t consolidated = 0, released = 0;
};

Alarms learn(Learner& learner, std::size_t task, int batches, Random& random) {
  Alarms alarms;
  for (int k = 0; k < batches; ++k) {
    const StepReport report = learner.step(task_batch(task, random));
    alarms.consolidated += report.consolidation.action == ConsolidationAction::consolidated ? 1 : 0;
    alarms.released += report.consolidation.action == ConsolidationAction::released ? 1 : 0;
  }
  return alarms;
}

}  // namespace

TEST_CASE("the protected solve is the solution of its equation, two-sided and one-sided") {
  for (const auto& [n, o] : {std::pair<Index, Index>(8, 5), {15, 3}, {4, 7}}) {
    for (const bool one_sided : {false, true}) {
      for (const double c : {0.01, 1.0, 30.0}) {
        CAPTURE(n);
        CAPTURE(one_sided);
        CAPTURE(c);
        ProtectedLayer layer = random_layer(n, o, static_cast<std::uint64_t>(n));
        const double lambda = 0.5;
        const test::Real damped = test::symmetric(layer.a) + lambda * test::Real::Identity(n, n);
        const test::Real h = test::symmetric(layer.protection.kept_output);
        const test::Real normed =
            one_sided ? test::Real::Identity(o, o) : test::Real(h * (static_cast<double>(o) / h.trace()));

        refresh(layer.a, lambda, one_sided, layer.protection);
        Matrix part;
        Matrix u = layer.d;
        whiten(layer.protection, part, u);
        anchor(layer.protection, c, part, u);
        // The attainable accuracy in single precision depends on the condition of the equation, not on the BLAS kernel.
        const test::Real p = test::symmetric(layer.protection.kept);
        const test::Real stiffest = damped + c * normed.norm() * p;
        const Eigen::VectorXd spectrum = test::eigenvalues(stiffest);
        const double condition = spectrum.maxCoeff() / spectrum.minCoeff();
        const double bound = std::numeric_limits<float>::epsilon() * std::max(condition, 100.0);
        CHECK(test::distance(u, dense_solution(damped, p, normed, c, test::real(layer.d))) < bound);
      }
    }
  }
}

TEST_CASE("with nothing to protect the protected solve is the plain one") {
  ProtectedLayer layer = random_layer(9, 4, 3);
  layer.protection.kept.setZero();
  refresh(layer.a, 0.25, false, layer.protection);
  Matrix part;
  Matrix u = layer.d;
  whiten(layer.protection, part, u);
  anchor(layer.protection, 5.0, part, u);
  const test::Real damped = test::symmetric(layer.a) + 0.25 * test::Real::Identity(9, 9);
  CHECK(test::distance(u, test::real(layer.d) * test::inverse(damped)) < 1e-5);
}

TEST_CASE("the rotated step measures the unprotected one") {
  const Index n = 10;
  ProtectedLayer layer = random_layer(n, 6, 11);
  refresh(layer.a, 0.5, false, layer.protection);
  Random random(4);
  const Matrix x = test::random_matrix(n, 20, random);
  Matrix part;
  Matrix d = layer.d;
  whiten(layer.protection, part, d);
  const Matrix moved = d * (layer.protection.basis.transpose() * x);
  const test::Real damped = test::symmetric(layer.a) + 0.5 * test::Real::Identity(n, n);
  const test::Real expected = test::real(layer.d) * test::inverse(damped) * test::real(x);
  CHECK(static_cast<double>(moved.norm()) == doctest::Approx(expected.norm()).epsilon(1e-4));
}

TEST_CASE("consolidating adds what is pending to what is kept, releasing empties both") {
  const LearnerOptions options = options_of(3, 2);
  Protections layers = fresh_protections(options, initialise(options.model));
  REQUIRE(layers.size() == 3);
  CHECK_FALSE(protecting(layers));
  layers[0].pending.setConstant(2.0F);
  layers[0].pending_output.setConstant(1.0F);
  consolidate(layers);
  layers[0].pending.setConstant(3.0F);
  consolidate(layers);
  CHECK(protecting(layers));
  CHECK(layers[0].kept == Matrix::Constant(4, 4, 5.0F));
  CHECK(layers[0].kept_output == Matrix::Constant(24, 24, 1.0F));
  CHECK(layers[0].pending.isZero());
  CHECK(layers[2].kept_output.size() == 0);  // the output layer is protected only on its input side
  release(layers);
  CHECK_FALSE(protecting(layers));
}

TEST_CASE("pending are the inputs of every sample, and the sampled Fisher of some for all") {
  Learner learner(options_of(12, 4));
  Random random(8);
  std::vector<test::Real> q(3);
  std::vector<test::Real> k(2);
  for (int step = 1; step <= 22; ++step) {
    const Network network = learner.state().arms[0].network;
    const Batch batch = task_batch(0, random);
    const auto m = static_cast<Index>(batch.samples.count);
    std::vector<test::Real> c(3);  // forward pass
    std::vector<test::Real> a = {test::with_ones(test::real(Eigen::Map<const Matrix>(batch.samples.x.data(), 12, m)))};
    for (std::size_t l = 0; l < 3; ++l) {
      c[l] = test::real(network.weights[l]) * a[l];
      if (l < 2) a.push_back(test::with_ones(test::sigma(Activation::relu, c[l])));
      const test::Real gram = a[l] * a[l].transpose();
      q[l] = step == 1 ? gram : test::Real(q[l] + gram);
    }
    learner.step(batch);
    // The first nine steps, then every fourth step stands for four.
    if (step > 9 && step % 4 != 0) continue;
    Random draws(learner.state().samples);
    test::Real delta(4, m);
    for (Index i = 0; i < m; ++i) {
      const Eigen::VectorXd p = (c[2].col(i).array() - c[2].col(i).maxCoeff()).exp();
      double left = draws.uniform() * p.sum();
      Index drawn = 0;
      while (drawn < 3 && (left -= p[drawn]) >= 0) ++drawn;
      delta.col(i) = p / p.sum() - Eigen::VectorXd::Unit(4, drawn);
    }
    for (std::size_t l = 2; l-- > 0;) {
      const test::Real above = test::real(network.weights[l + 1]);
      delta = (above.leftCols(above.cols() - 1).transpose() * delta)
                  .cwiseProduct(test::slope(Activation::relu, c[l]))
                  .eval();
      const test::Real fisher = (step > 9 ? 4.0 : 1.0) * delta * delta.transpose();
      k[l] = step == 1 ? fisher : test::Real(k[l] + fisher);
    }
  }
  const std::vector<Protection>& layers = learner.state().arms[0].protections;
  for (std::size_t l = 0; l < 3; ++l) {
    CAPTURE(l);
    CHECK(test::apart(layers[l].pending, q[l].triangularView<Eigen::Lower>()) < 1e-4);
    if (l < 2) CHECK(test::apart(layers[l].pending_output, k[l].triangularView<Eigen::Lower>()) < 1e-3);
  }
}

TEST_CASE("on a stream that stays the same nothing is consolidated and every bit is that of a learner without") {
  LearnerOptions options = options_of(12, 4);
  Learner with(options);
  options.consolidation.enabled = false;
  Learner without(options);
  Random random(5);
  for (int k = 0; k < 300; ++k) {
    const Batch batch = task_batch(0, random);
    const StepReport report = with.step(batch);
    without.step(batch);
    REQUIRE(report.consolidation.action == ConsolidationAction::none);
  }
  for (std::size_t l = 0; l < 3; ++l)
    CHECK(with.state().arms[0].network.weights[l] == without.state().arms[0].network.weights[l]);
  CHECK(without.state().arms[0].protections.empty());
}

TEST_CASE("once classes come, protection by many old samples is weaker per sample") {
  const ConsolidationOptions options;
  Consolidation state;
  Protections layers(1);
  const auto with_kept = [&](double samples) {
    layers[0].kept = Matrix::Identity(3, 3) * static_cast<Scalar>(samples);
    return strength_of(options, state, layers);
  };
  CHECK(with_kept(64000.0) == options.strength);  // the domain regime
  state.classes = 1;
  CHECK(with_kept(10.0) == options.class_strength);
  CHECK(with_kept(8000.0) == doctest::Approx(options.class_strength));
  CHECK(with_kept(64000.0) == doctest::Approx(options.class_strength / 2));
}

TEST_CASE("new inputs raise one alarm, and the old task is kept that a learner without would lose") {
  LearnerOptions options = options_of(12, 4);
  options.model.hidden = {10, 6};  // too small to fit both tasks by chance
  Learner with(options);
  options.consolidation.enabled = false;
  Learner without(options);
  for (Learner* const learner : {&with, &without}) {
    Random random(6);
    const Alarms first = learn(*learner, 0, 100, random);
    CHECK(first.consolidated + first.released == 0);
    REQUIRE(accuracy(*learner, 0) > 0.95);
    const Alarms second = learn(*learner, 1, 300, random);
    CHECK(second.consolidated == (learner == &with ? 1 : 0));
    CHECK(second.released == 0);
    CHECK(accuracy(*learner, 1) > 0.9);
  }
  MESSAGE("old task: " << accuracy(with, 0) << ", without " << accuracy(without, 0));
  CHECK(1.0 - accuracy(with, 0) < (1.0 - accuracy(without, 0)) / 3.0);
  CHECK(accuracy(with, 0) > 0.98);
}

TEST_CASE("labels that change their meaning release what was protected") {
  Learner learner(options_of(12, 4));
  Random random(7);
  learn(learner, 0, 100, random);
  std::size_t released = 0;
  std::size_t consolidated = 0;
  for (int k = 0; k < 60; ++k) {
    Batch batch = task_batch(0, random);
    for (std::uint32_t& y : batch.samples.label) y = (y + 1) % 4;
    const StepReport report = learner.step(batch);
    released += report.consolidation.action == ConsolidationAction::released ? 1 : 0;
    consolidated += report.consolidation.action == ConsolidationAction::consolidated ? 1 : 0;
  }
  CHECK(released == 1);
  CHECK(consolidated == 0);
}

TEST_CASE("classes never seen are an alarm by themselves and begin the class regime") {
  LearnerOptions options = options_of(12, 4);
  Learner learner(options);
  Random random(8);
  const auto only = [&](std::uint32_t low) {
    Batch all = test::blobs(200, 12, 4, random, 0.4);
    Batch part;
    for (std::size_t i = 0; i < all.samples.count && part.samples.count < 50; ++i) {
      if (all.samples.label[i] / 2 != low) continue;
      part.samples.label.push_back(all.samples.label[i]);
      part.samples.x.insert(part.samples.x.end(), &all.samples.x[i * 12], &all.samples.x[i * 12] + 12);
      ++part.samples.count;
    }
    return part;
  };
  for (int k = 0; k < 60; ++k) learner.step(only(0));
  CHECK(learner.state().consolidation.classes == 0);
  const StepReport report = learner.step(only(1));
  CHECK(report.consolidation.action == ConsolidationAction::consolidated);
  CHECK(report.consolidation.unseen_labels == doctest::Approx(1.0));
  CHECK(learner.state().consolidation.classes == 1);
  for (int k = 0; k < 60; ++k) learner.step(only(1));
  CHECK(learner.state().consolidation.consolidations == 1);
  CHECK(accuracy(learner, 0) > 0.9);
}

TEST_CASE("an announced boundary consolidates at once") {
  Learner learner(options_of(12, 4));
  Random random(9);
  CHECK_FALSE(learner.consolidate());  // nothing learned yet
  CHECK_FALSE(learner.state().protecting());
  learn(learner, 0, 20, random);
  CHECK(learner.consolidate());
  CHECK(learner.state().protecting());
  CHECK_FALSE(learner.consolidate());  // nothing learned since
  CHECK(learner.state().consolidation.consolidations == 1);
  learn(learner, 0, 20, random);
  CHECK(accuracy(learner, 0) > 0.9);
}

TEST_CASE("regression raises no alarm on a stream that stays the same") {
  LearnerOptions options = options_of(6, 2);
  options.model.spec.task = Task::regression;
  Learner learner(options);
  Random random(10);
  for (int k = 0; k < 200; ++k) {
    const StepReport report = learner.step(test::linear_map(50, 6, 2, random));
    CHECK(report.consolidation.action == ConsolidationAction::none);
  }
}
