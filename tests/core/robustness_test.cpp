// A single wrong number has little effect on a learner.

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;
using namespace altmind::test;

namespace {

constexpr std::size_t features = 4;

LearnerOptions options_of(Task task, std::size_t outputs) {
  LearnerOptions options;
  options.model.spec = {task, LabelKind::index, features, outputs};
  options.model.hidden = {16};
  options.normaliser.kind = NormaliserKind::standardise;
  return options;
}

using Spoil = std::function<void(std::size_t first, Samples& samples)>;

/// Returns the mean squared error on clean samples after a stream altered by `spoil`; no sample may be skipped.
double regression_error(std::size_t batch_size, std::size_t outputs, const Spoil& spoil) {
  Learner learner(options_of(Task::regression, outputs));
  Random random(3);
  for (std::size_t n = 0; n < 2000; n += batch_size) {
    Batch batch = linear_map(batch_size, features, outputs, random);
    spoil(n, batch.samples);
    CHECK(!learner.step(batch).skipped);
  }
  const Batch clean = linear_map(500, features, outputs, random);
  const Predictions predictions = snapshot_of(learner)->predict(clean.samples.x);
  double error = 0.0;
  for (std::size_t k = 0; k < clean.samples.target.size(); ++k) {
    const double away = static_cast<double>(predictions.values[k]) - static_cast<double>(clean.samples.target[k]);
    error += away * away / static_cast<double>(clean.samples.target.size());
  }
  return error;
}

/// Returns the accuracy on clean samples, likewise.
double accuracy(std::size_t batch_size, const Spoil& spoil, std::vector<Column> columns = {}) {
  LearnerOptions options = options_of(Task::classification, 3);
  options.model.spec.columns = std::move(columns);
  Learner learner(options);
  Random random(3);
  for (std::size_t n = 0; n < 2000; n += batch_size) {
    Batch batch = blobs(batch_size, features, 3, random, 1.0);
    spoil(n, batch.samples);
    CHECK(!learner.step(batch).skipped);
  }
  const Batch clean = blobs(500, features, 3, random, 1.0);
  const Predictions predictions = snapshot_of(learner)->predict(clean.samples.x);
  double right = 0.0;
  for (std::size_t i = 0; i < 500; ++i) right += predictions.label[i] == clean.samples.label[i] ? 1.0 : 0.0;
  return right / 500.0;
}

const Spoil nothing = [](std::size_t, Samples&) {};

}  // namespace

TEST_CASE("robustness: one wrong target costs a regression next to nothing, whatever and wherever it is") {
  for (const std::size_t batch_size : {1U, 20U, 200U}) {
    for (const std::size_t outputs : {1U, 2U}) {
      const double clean = regression_error(batch_size, outputs, nothing);
      for (const float wrong : {1e6F, -1e30F, 3e38F}) {
        for (const std::size_t place : {0U, 7U, 1000U}) {
          CAPTURE(batch_size);
          CAPTURE(outputs);
          CAPTURE(wrong);
          CAPTURE(place);
          const double spoilt = regression_error(batch_size, outputs, [&](std::size_t first, Samples& samples) {
            if (place >= first && place < first + samples.count) samples.target[(place - first) * outputs] = wrong;
          });
          CHECK(spoilt < clean + 0.1);  // of a variance of about 5
        }
      }
    }
  }
}

TEST_CASE("robustness: one wrong number in the last batch is hardly seen, however small the batches are") {
  for (const std::size_t batch_size : {10U, 20U, 100U}) {
    const double clean = regression_error(batch_size, 1, nothing);
    for (const float wrong : {1e6F, -1e30F}) {
      CAPTURE(batch_size);
      CAPTURE(wrong);
      const auto last = [&](auto&& change) {
        return regression_error(batch_size, 1, [&](std::size_t first, Samples& samples) {
          if (first + batch_size >= 2000) change(samples);
        });
      };
      CHECK(last([&](Samples& samples) { samples.target.back() = wrong; }) < 1.5 * clean + 0.005);
      CHECK(last([&](Samples& samples) { samples.x.back() = wrong; }) < 1.5 * clean + 0.005);
    }
    CHECK(regression_error(batch_size, 1, [&](std::size_t first, Samples& samples) {
            for (std::size_t i = 0; i < samples.count; ++i) {
              if ((first + i) % 25 == 7) samples.x[i * features] = -999999.0F;
            }
          }) < clean + 0.15);  // of a variance of about 5
  }
}

TEST_CASE("robustness: wrong readings cost a classification next to nothing, single ones and sentinels") {
  for (const std::size_t batch_size : {1U, 20U, 200U}) {
    const double clean = accuracy(batch_size, nothing);
    for (const float wrong : {-999999.0F, 9999.0F, 1e9F, 1e13F, 3e38F}) {
      CAPTURE(batch_size);
      CAPTURE(wrong);
      for (const std::size_t place : {0U, 7U, 1000U}) {
        CAPTURE(place);
        CHECK(accuracy(batch_size, [&](std::size_t first, Samples& samples) {
                if (place >= first && place < first + samples.count) samples.x[(place - first) * features + 1] = wrong;
              }) > clean - 0.02);
      }
      CHECK(accuracy(batch_size, [&](std::size_t first, Samples& samples) {
              for (std::size_t i = 0; i < samples.count; ++i) {
                if ((first + i) % 50 == 0) samples.x[i * features + 1] = wrong;
              }
            }) > clean - 0.02);
    }
  }
}

TEST_CASE("robustness: sentinels in every fifth row, and beside missing values, leave what the other rows say") {
  const Spoil sentinels = [](std::size_t first, Samples& samples) {
    for (std::size_t i = 0; i < samples.count; ++i) {
      if ((first + i) % 5 == 0) samples.x[i * features + 1] = -999999.0F;
    }
  };
  const double clean = accuracy(200, nothing);
  CHECK(accuracy(200, sentinels) > clean - 0.03);
  std::vector<Column> columns;
  for (const char* name : {"a", "b", "c", "d"}) {
    columns.push_back({name, ColumnType::numeric, ColumnEncoding::onehot, 64, Missing::mean});
  }
  CHECK(accuracy(
            200,
            [&](std::size_t first, Samples& samples) {
              sentinels(first, samples);
              for (std::size_t i = 0; i < samples.count; ++i) {
                if ((first + i) % 7 == 0) samples.x[i * features + 2] = missing_cell;
              }
            },
            columns) > clean - 0.03);
}

TEST_CASE("robustness: a feature and a target that go on in a thousandth are learned as well as before") {
  for (const std::size_t batch_size : {1U, 10U, 200U}) {
    CAPTURE(batch_size);
    Learner learner(options_of(Task::regression, 1));
    Random random(3);
    double error = 0.0;
    double variance = 0.0;
    for (std::size_t n = 0; n < 6000; n += batch_size) {
      Batch batch = linear_map(batch_size, features, 1, random);
      if (n >= 2000) {
        for (std::size_t i = 0; i < batch_size; ++i) batch.samples.x[i * features] *= 0.001F;
        for (float& target : batch.samples.target) target *= 0.001F;
      }
      const double loss = learner.step(batch).loss;
      if (n < 5000) continue;
      error += loss * static_cast<double>(batch_size);
      for (const float target : batch.samples.target) variance += static_cast<double>(target * target);
    }
    CHECK(error < 0.05 * variance);
  }
}

TEST_CASE("robustness: without running statistics an impossible value is left out, and its batch is learned") {
  LearnerOptions options = options_of(Task::classification, 3);
  options.normaliser.kind = NormaliserKind::none;
  Learner learner(options);
  Random random(3);
  for (int i = 0; i < 20; ++i) {
    Batch batch = blobs(50, features, 3, random);
    batch.samples.x[5] = 1e13F;
    CHECK(!learner.step(batch).skipped);
  }
  CHECK(learner.state().samples == 1000);

  options = options_of(Task::regression, 2);
  options.normaliser.targets = TargetScaling::none;
  Learner raw(options);
  for (int i = 0; i < 20; ++i) {
    Batch batch = linear_map(50, features, 2, random);
    batch.samples.target[7] = -1e13F;
    CHECK(!raw.step(batch).skipped);
  }
  CHECK(raw.state().samples == 1000);
}

TEST_CASE("robustness: the first batch of a regression is not in its score, what comes after it is, also resumed") {
  for (const std::size_t batch_size : {1U, 20U}) {
    CAPTURE(batch_size);
    const auto next = [&, n = std::make_shared<Random>(4)] {
      Batch batch = linear_map(batch_size, features, 1, *n);
      for (float& target : batch.samples.target) target += 1e6F;
      return batch;
    };
    const LearnerOptions options = options_of(Task::regression, 1);
    Learner learner(options);
    const StepReport first = learner.step(next());
    CHECK(first.loss < 1000.0);  // measured on the batch's own scale
    CHECK(snapshot_of(learner)->prequential_whole.samples == 0);
    learner.step(next());
    CHECK(snapshot_of(learner)->prequential_whole.samples == batch_size);
    Learner resumed(options, learner.state());
    for (int i = 0; i < 50; ++i) resumed.step(next());
    CHECK(snapshot_of(resumed)->prequential_whole.samples == 51 * batch_size);
    CHECK(snapshot_of(resumed)->prequential_whole.loss < 20.0);
    CHECK(snapshot_of(resumed)->prequential_window.loss < 20.0);
  }
}

TEST_CASE("robustness: a wild target is in the score as it is, and no alarm follows from it") {
  Learner learner(options_of(Task::regression, 1));
  Random random(3);
  for (int i = 0; i < 60; ++i) {
    Batch batch = linear_map(50, features, 1, random);
    if (i == 40) batch.samples.target[3] = 1e6F;
    const StepReport report = learner.step(batch);
    CHECK(report.alarms.empty());
    CHECK(report.consolidation.action == ConsolidationAction::none);
    if (i == 40) CHECK(report.loss == doctest::Approx(1e12 / 50).epsilon(0.01));
  }
  CHECK(snapshot_of(learner)->prequential_whole.loss > 1e8);
}

TEST_CASE("robustness: targets far from 0 are learned, scored and answered with all their digits") {
  Learner learner(options_of(Task::regression, 1));
  Random random(6);
  const auto next = [&random] {
    Batch batch = linear_map(50, features, 1, random);
    Samples& samples = batch.samples;
    for (std::size_t i = 0; i < samples.count; ++i) {
      const double target = 1e9 + static_cast<double>(samples.target[i]);
      samples.target[i] = static_cast<float>(target);
      samples.target_residual.add(i, static_cast<float>(target - static_cast<double>(samples.target[i])));
    }
    return batch;
  };
  for (int i = 0; i < 100; ++i) learner.step(next());
  CHECK(snapshot_of(learner)->prequential_window.loss < 1.0);
  const Batch clean = next();
  const Predictions predictions = snapshot_of(learner)->predict(clean.samples.features());
  double error = 0.0;
  for (std::size_t i = 0; i < 50; ++i) error += std::pow(predictions.exact[i] - clean.samples.targets()[i], 2) / 50;
  CHECK(error < 0.5);
}
