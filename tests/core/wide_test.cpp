// A first layer too wide to store its second moment as a matrix.

#include <doctest/doctest.h>

#include <algorithm>

#include "core/linalg/blas.hpp"
#include "core/linalg/random.hpp"
#include "core/step/finite.hpp"
#include "core/step/learner.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

constexpr std::size_t words = 6000;

LearnerOptions wide_options(std::size_t batch_size) {
  use_one_blas_thread();
  LearnerOptions options;
  options.model.spec = {Task::classification, LabelKind::index, words, 3};
  options.model.hidden = {8};
  options.learning.batch_size = batch_size;
  return options;
}

/// Returns texts of 40 words: frequent uninformative ones, and some of 200 words that only this class uses.
Batch texts(std::size_t m, Random& random) {
  Batch batch;
  batch.samples.count = m;
  batch.samples.x.assign(m * words, 0.0F);
  for (std::size_t i = 0; i < m; ++i) {
    const auto label = static_cast<std::uint32_t>(random.below(3));
    for (int w = 0; w < 40; ++w) {
      const double u = random.uniform();
      const auto common = static_cast<std::size_t>(u * u * u * (words - 600));
      const std::size_t word = w < 8 ? words - 600 + label * 200 + random.below(200) : common;
      batch.samples.x[i * words + word] += 0.15F;
    }
    batch.samples.label.push_back(label);
  }
  return batch;
}

}  // namespace

TEST_CASE("a text of thousands of words is learned, in memory that grows with their number alone") {
  for (const NormaliserKind kind : {NormaliserKind::none, NormaliserKind::standardise}) {
    CAPTURE(static_cast<int>(kind));
    LearnerOptions options = wide_options(50);
    options.normaliser.kind = kind;
    Learner learner(options);
    Random random(1);
    double last = 0.0;
    for (int i = 0; i < 40; ++i) {
      const double accuracy = learner.step(texts(50, random)).accuracy;
      if (i >= 30) last += 0.1 * accuracy;
    }
    CHECK(last > (kind == NormaliserKind::none ? 0.9 : 0.7));  // rare words are noise, which standardising amplifies
    const LearnerState& state = learner.state();
    CHECK(not_finite(state) == "");
    CHECK(state.arms[0].tuning.layers[0].a.size() == 0);
    CHECK(state.arms[0].tuning.layers[0].basis.size() == 64 * (words + 1));
    CHECK(keeps_square(state.arms[0].tuning.layers[1]));
    CHECK(state.arms[0].protections.empty());
    CHECK_FALSE(learner.consolidate());

    Learner resumed(options, state);
    for (const std::size_t m : {50U, 1U, 50U, 50U, 50U}) {
      const Batch batch = texts(m, random);
      learner.step(batch);
      resumed.step(batch);
    }
    CHECK(test::difference(learner.state(), resumed.state()) == "");
  }
}
