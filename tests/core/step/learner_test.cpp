// Guarantees of a step: the same bits from the same batches, no change from a bad batch, no other shapes.

#include "core/step/learner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <vector>

#include "core/codes/spectral_norm.hpp"
#include "tests/core/step/variants.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

bool finite(const LearnerState& state) {
  bool all = state.arms[0].output.second.allFinite() && state.arms[0].output.first.allFinite();
  for (const Matrix& w : state.arms[0].network.weights) all = all && w.allFinite();
  for (const Memory& memory : state.arms[0].memories) all = all && memory.a.allFinite() && memory.b.allFinite();
  for (const Moments& moments : state.arms[0].moments)
    all = all && moments.first.allFinite() && moments.second.allFinite();
  for (const Curvature& layer : state.arms[0].tuning.layers) {
    all = all && layer.a.allFinite() && layer.factor.allFinite() && layer.basis.allFinite() &&
          layer.values.allFinite() && std::isfinite(layer.lambda) && std::isfinite(layer.step_ratio);
  }
  for (const Matrix& w : state.arms[0].tuning.sets.fast.weights) all = all && w.allFinite();
  for (const Matrix& w : state.arms[0].tuning.sets.slow.weights) all = all && w.allFinite();
  return all;
}

}  // namespace

TEST_CASE("the same batches give the same bits, whatever sizes the buffers had before") {
  for (const LearnerOptions& options : test::variants()) {
    Learner running(options);
    Learner twin(options);
    Random random(1);
    std::uint64_t sequence = 0;
    for (const std::size_t m : {200, 7, 200, 1, 33, 200}) {
      Batch batch = test::blobs(m, 12, 4, random);
      batch.last_sequence = sequence += m;
      Learner resumed(options, running.state());  // clean buffers
      running.step(batch);
      resumed.step(batch);
      twin.step(batch);
      CHECK(test::difference(running.state(), resumed.state()) == "");
      CHECK(test::difference(running.state(), twin.state()) == "");
    }
    CHECK(running.state().step == 6);
    CHECK(running.state().samples == sequence);
    CHECK(running.state().sequence == sequence);
    CHECK(finite(running.state()));
    CHECK(test::learned_difference(running.state(), fresh_state(options)) != "");
  }
}

TEST_CASE("a batch that is not finite is skipped whole and counted") {
  for (LearnerOptions options : test::variants()) {
    options.normaliser.kind = NormaliserKind::standardise;
    Learner learner(options);
    Random random(2);
    for (int i = 0; i < 5; ++i) learner.step(test::blobs(50, 12, 4, random));
    for (const std::size_t at : {243U, 0U, 599U}) {
      CAPTURE(at);
      const LearnerState before = learner.state();
      Batch batch = test::blobs(50, 12, 4, random);
      batch.samples.x[at] = std::numeric_limits<float>::quiet_NaN();  // one number in one sample
      batch.last_sequence = before.sequence + 50;
      const StepReport report = learner.step(batch);
      CHECK(report.skipped);
      CHECK(report.step == before.step + 1);
      CHECK(test::learned_difference(before, learner.state()) == "");
      CHECK(learner.state().step == before.step + 1);
      CHECK(learner.state().skipped == before.skipped + 1);
      CHECK(learner.state().sequence == batch.last_sequence);
    }
    // No buffer keeps any of it either.
    Learner clean(options, learner.state());
    const Batch next = test::blobs(50, 12, 4, random);
    CHECK_FALSE(learner.step(next).skipped);
    clean.step(next);
    CHECK(test::difference(learner.state(), clean.state()) == "");
  }
}

TEST_CASE("names first seen in a skipped batch keep their indices") {
  LearnerOptions options = test::small_learner();
  options.model.spec.labels = LabelKind::named;
  options.normaliser.kind = NormaliserKind::none;
  Learner learner(options);
  Random random(3);
  Batch batch = test::blobs(10, 12, 1, random);
  batch.new_names = {"a"};
  learner.step(batch);
  batch.samples.x[0] = std::numeric_limits<float>::quiet_NaN();
  batch.samples.label[3] = 1;
  batch.new_names = {"b"};
  CHECK(learner.step(batch).skipped);
  CHECK(learner.state().labels.names() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("no batch leaves anything behind that is not finite") {
  for (LearnerOptions options : {test::small_learner(Rule::am_mem), test::small_learner(Rule::am_sgd),
                                 test::small_learner(Rule::am_adam), test::small_self_tuned()}) {
    for (const Task task : {Task::classification, Task::regression}) {
      for (const float size : {1e6F, 1e9F, 3e11F, 1e13F, 3e17F, 9e17F, 2e18F}) {
        CAPTURE(static_cast<int>(options.learning.rule));
        CAPTURE(options.self_tuned());
        CAPTURE(static_cast<int>(task));
        CAPTURE(size);
        options.normaliser.kind = NormaliserKind::none;
        options.model.spec.task = task;
        if (!options.self_tuned()) {
          options.learning.code_rate = 0.01;
          options.learning.local_rate = 1e-30;  // SGD rightly diverges on numbers of this size: not tested here
          options.memory.damping = 1000.0;
        }
        Learner learner(options);
        Random random(4);
        const auto good = [&] {
          return task == Task::classification ? test::blobs(100, 12, 4, random) : test::linear_map(100, 12, 4, random);
        };
        for (int i = 0; i < 3; ++i) learner.step(good());
        for (const std::size_t m : {1U, 2000U}) {
          Batch batch;
          batch.samples.count = m;
          batch.samples.x.assign(m * 12, size);
          batch.samples.label.assign(m, 0);
          if (task == Task::regression) batch.samples.target.assign(m * 4, -size);
          learner.step(batch);
          CHECK(finite(learner.state()));
        }
        const std::uint64_t skipped = learner.state().skipped;
        for (int i = 0; i < 3; ++i) learner.step(good());
        CHECK(learner.state().skipped == skipped);  // the stream goes on
        CHECK(finite(learner.state()));
      }
    }
  }
}

TEST_CASE("weights of inputs that were never active stay as they are") {
  for (const std::size_t dead : {1U, 6U}) {
    LearnerOptions options = test::small_learner();
    options.normaliser.kind = NormaliserKind::none;
    Learner learner(options);
    const Matrix before = learner.state().arms[0].network.weights[0];
    Random random(5);
    for (int i = 0; i < 10; ++i) {
      Batch batch = test::blobs(40, 12, 4, random);
      for (std::size_t s = 0; s < 40; ++s) std::fill_n(&batch.samples.x[s * 12], dead, 0.0F);
      learner.step(batch);
    }
    const Matrix& after = learner.state().arms[0].network.weights[0];
    for (Index j = 0; j < 13; ++j) {
      CAPTURE(j);
      CHECK((after.col(j) == before.col(j)) == (j < static_cast<Index>(dead)));
    }
  }
}

TEST_CASE("the power iteration goes on from step to step") {
  Learner learner(test::small_learner());
  Random random(11);
  const std::vector<Vector> start = learner.state().arms[0].norm_vectors;
  REQUIRE(start.size() == 2);
  for (int i = 0; i < 100; ++i) learner.step(test::blobs(50, 12, 4, random));
  for (std::size_t l = 0; l < 2; ++l) {
    CAPTURE(l);
    Vector vector = learner.state().arms[0].norm_vectors[l];
    CHECK(vector != start[l]);
    const Matrix& weight = learner.state().arms[0].network.weights[l + 1];
    Vector unused = vector;
    const double exact = spectral_norm_squared(NormRule::exact, weight, unused);
    CHECK(spectral_norm_squared(NormRule::power, weight, vector) > 1.09 * exact);
  }
}

TEST_CASE("sweep_parts moves the blocks of a wide layer in turn, and a narrow layer whole") {
  LearnerOptions options = test::small_learner();
  options.model.spec.inputs = 599;  // 600 columns with the bias: ten blocks of 64, the last of 24
  options.memory.sweep_parts = 2;
  Learner learner(options);
  Random random(9);
  for (std::uint64_t step = 1; step <= 4; ++step) {
    CAPTURE(step);
    const LearnerState before = learner.state();
    learner.step(test::blobs(50, 599, 4, random));
    const Matrix& wide = learner.state().arms[0].network.weights[0];
    for (Index block = 0; block < 10; ++block) {
      CAPTURE(block);
      const Index size = std::min<Index>(64, 600 - 64 * block);
      const bool same =
          wide.middleCols(64 * block, size) == before.arms[0].network.weights[0].middleCols(64 * block, size);
      CHECK(same == (static_cast<std::uint64_t>(block) % 2 != step % 2));
    }
    const Matrix& narrow = learner.state().arms[0].network.weights[1];
    for (Index j = 0; j < narrow.cols(); ++j) CHECK(narrow.col(j) != before.arms[0].network.weights[1].col(j));
  }
}

TEST_CASE("a memory of some rows takes A from every stride-th sample and all of d") {
  LearnerOptions options = test::small_learner();
  options.normaliser.kind = NormaliserKind::none;
  options.memory.rows = 0.25;
  Learner some(options);
  options.memory.rows = 1.0;
  Learner all(options);
  Random random(10);
  const Batch batch = test::blobs(40, 12, 4, random);
  Batch fourth;
  for (std::size_t i = 0; i < 40; i += 4) {
    const auto from = batch.samples.x.begin() + static_cast<std::ptrdiff_t>(i * 12);
    fourth.samples.x.insert(fourth.samples.x.end(), from, from + 12);
    fourth.samples.label.push_back(batch.samples.label[i]);
    ++fourth.samples.count;
  }
  some.step(batch);
  all.step(fourth);
  for (std::size_t l = 0; l < 3; ++l) {
    const Matrix& a = some.state().arms[0].memories[l].a;
    CHECK((a - all.state().arms[0].memories[l].a).norm() < 1e-5F * a.norm());
    CHECK((some.state().arms[0].memories[l].b - all.state().arms[0].memories[l].b).norm() > 1e-4F * a.norm());
  }
}

TEST_CASE("a state of other shapes is refused, naming both") {
  const auto refusal = [](const LearnerOptions& options, const LearnerOptions& made) -> std::string {
    try {
      const Learner learner(options, fresh_state(made));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  const LearnerOptions made = test::small_learner();
  CHECK(refusal(made, made) == "accepted");

  LearnerOptions options = test::small_learner();
  options.model.hidden = {20, 17, 9};
  const std::string shapes = refusal(options, made);
  CHECK(shapes.find("17x21") != std::string::npos);
  CHECK(shapes.find("16x21") != std::string::npos);

  options.model.hidden = {20, 16};
  const std::string layers = refusal(options, made);
  CHECK(layers.find('3') != std::string::npos);
  CHECK(layers.find('4') != std::string::npos);

  options = test::small_learner();
  options.model.spec.inputs = 13;
  CHECK(refusal(options, made).find("20x14") != std::string::npos);
  options = test::small_learner();
  options.normaliser.kind = NormaliserKind::none;
  CHECK(refusal(options, made).find("normaliser") != std::string::npos);
  options = test::small_learner();
  options.model.spec.task = Task::regression;
  CHECK(refusal(options, made).find("model.task") != std::string::npos);
}

TEST_CASE("a changed rule goes on from the same weights and does not blow up") {
  for (const Rule from : {Rule::am_mem, Rule::am_sgd, Rule::am_adam}) {
    for (const Rule to : {Rule::am_mem, Rule::am_sgd, Rule::am_adam}) {
      CAPTURE(static_cast<int>(from));
      CAPTURE(static_cast<int>(to));
      LearnerOptions options = test::small_learner(from);
      options.memory.horizon = 100'000.0;
      options.learning.local_rate = 0.003;
      Random random(6);
      Learner first(options);
      for (int i = 0; i < 300; ++i) first.step(test::blobs(50, 12, 4, random));
      options.learning.rule = to;
      Learner second(options, first.state());
      for (std::size_t l = 0; l < 4; ++l) {
        CHECK(test::same_matrix(second.state().arms[0].network.weights[l], first.state().arms[0].network.weights[l]));
      }
      double loss = 0.0;
      for (int i = 0; i < 20; ++i) {
        const StepReport report = second.step(test::blobs(50, 12, 4, random));
        CHECK_FALSE(report.skipped);
        loss += report.loss / 20;
        for (const LayerReport& layer : report.layers) CHECK(layer.weight_change_ratio < 0.2);
      }
      CHECK(loss < 0.3);
    }
  }
}

TEST_CASE("a changed activation takes effect on resuming") {
  LearnerOptions options = test::small_learner();
  Random random(7);
  Learner first(options);
  first.step(test::blobs(50, 12, 4, random));
  options.model.activation = Activation::tanh;
  const Learner second(options, first.state());
  CHECK(second.state().arms[0].network.layers[0].activation == Activation::tanh);
}

TEST_CASE("phases end in order, once each, and change nothing") {
  for (const LearnerOptions& options :
       {test::small_learner(Rule::am_mem), test::small_learner(Rule::am_adam), test::small_self_tuned()}) {
    Learner watched(options);
    Learner plain(options);
    Random random(8);
    const Batch batch = test::blobs(50, 12, 4, random);
    std::vector<Phase> phases;
    watched.step(batch, [&](Phase phase) { phases.push_back(phase); });
    plain.step(batch);
    CHECK(phases == std::vector<Phase>{Phase::encode, Phase::codes, Phase::memory, Phase::weights, Phase::output});
    CHECK(test::difference(watched.state(), plain.state()) == "");
  }
}
