#include "core/features/feature_map.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/linalg/random.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

constexpr auto numeric = ColumnType::numeric;
constexpr auto categorical = ColumnType::categorical;
constexpr auto onehot = ColumnEncoding::onehot;
constexpr auto hashed = ColumnEncoding::hashed;

NormaliserOptions standardise() {
  NormaliserOptions options;
  options.kind = NormaliserKind::standardise;
  return options;
}

SampleSpec spec_of(std::vector<Column> columns) {
  SampleSpec spec{Task::classification, LabelKind::index, columns.size(), 2};
  spec.columns = std::move(columns);
  return spec;
}

const SampleSpec mixed = spec_of({{"plain", numeric, onehot, 64, Missing::refuse},
                                  {"mean", numeric, onehot, 64, Missing::mean},
                                  {"flagged", numeric, onehot, 64, Missing::flag},
                                  {"colour", categorical, onehot, 3, Missing::flag},
                                  {"street", categorical, hashed, 5, Missing::refuse}});

Matrix inputs_of(const SampleSpec& spec, const Affine& map, const std::vector<float>& x) {
  const auto m = static_cast<Index>(x.size() / spec.inputs);
  Matrix out = Matrix::Constant(static_cast<Index>(network_inputs(spec)) + 1, m, -7.0F);
  apply(spec, map, x, out);
  return out;
}

}  // namespace

TEST_CASE("feature map: every column takes its inputs, in the order of the columns") {
  CHECK(network_inputs(mixed) == 1 + 1 + 2 + (3 + 1 + 1) + 5);
  const Affine map = affine(standardise(), 5, fresh_statistics(standardise(), mixed));  // the identity
  const Matrix out = inputs_of(mixed, map, {1, 2, 3, 1, 4, /**/ 5, missing_cell, missing_cell, missing_cell, 0});
  const std::vector<float> first = {1, 2, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
  const std::vector<float> second = {5, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0};
  for (std::size_t k = 0; k < first.size(); ++k) {
    CAPTURE(k);
    CHECK(out(static_cast<Index>(k), 0) == first[k]);
    CHECK(out(static_cast<Index>(k), 1) == second[k]);
  }
  CHECK(out(14, 0) == -7.0F);  // the row of ones is not touched
}

TEST_CASE("feature map: names that found no room share an input, unknown ones and nonsense have none") {
  const SampleSpec spec = spec_of({{"colour", categorical, onehot, 2, Missing::refuse}});
  const Affine map = affine(standardise(), 1, fresh_statistics(standardise(), spec));
  const Matrix out = inputs_of(spec, map, {0, 1, 2, -1, 3, 1e30F});
  for (Index i = 0; i < 6; ++i) {
    for (Index k = 0; k < 3; ++k) CHECK(out(k, i) == (i == k ? 1.0F : 0.0F));
  }
}

TEST_CASE("feature map: statistics are those of the values that are there, and a missing one becomes their mean") {
  Random random(3);
  Statistics statistics = fresh_statistics(standardise(), mixed);
  std::vector<std::vector<double>> there(3);
  for (int batch = 0; batch < 4; ++batch) {
    std::vector<float> x;
    for (int i = 0; i < 25; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        const bool missing = j > 0 && random.below(3) == 0;
        const auto value = static_cast<float>(5.0 * random.normal() + 100.0);
        x.push_back(missing ? missing_cell : value);
        if (!missing) there[j].push_back(value);
      }
      x.push_back(static_cast<float>(random.below(4)));
      x.push_back(static_cast<float>(random.below(5)));
    }
    add(mixed, x, statistics);
  }
  CHECK(statistics.samples == 100);
  const Affine map = affine(standardise(), 5, statistics);
  for (std::size_t j = 0; j < 3; ++j) {
    CAPTURE(j);
    double mean = 0.0;
    for (const double value : there[j]) mean += value / static_cast<double>(there[j].size());
    double square = 0.0;
    for (const double value : there[j])
      square += (value - mean) * (value - mean) / static_cast<double>(there[j].size());
    CHECK(statistics.counted[j] + statistics.common_count[j] == there[j].size());
    CHECK(map.centre[j] == doctest::Approx(mean).epsilon(1e-12));
    CHECK(map.factor[j] == doctest::Approx(1.0 / std::sqrt(square)).epsilon(1e-6));
  }
  CHECK(inputs_of(mixed, map, {100, missing_cell, 100, 0, 0})(1, 0) == 0.0F);
}

TEST_CASE("feature map: without a schema the inputs are the features, bit for bit") {
  const SampleSpec plain{Task::classification, LabelKind::index, 3, 2};
  const std::vector<float> x = {1, 2, 3, 4, 5, 7};
  Statistics here = fresh_statistics(standardise(), plain);
  Statistics there = fresh_statistics(standardise(), 3);
  add(plain, x, here);
  add(x, there);
  CHECK(test::same_statistics(here, there));
  Matrix expected = Matrix::Constant(4, 2, -7.0F);
  apply(affine(standardise(), 3, there), x, expected);
  CHECK(test::same_matrix(inputs_of(plain, affine(standardise(), 3, here), x), expected));
}

TEST_CASE("feature map: numeric columns that refuse missing values learn the bits of plain features") {
  LearnerOptions plain;
  plain.model.spec = {Task::classification, LabelKind::index, 3, 2};
  plain.model.hidden = {8};
  plain.normaliser = standardise();
  LearnerOptions named = plain;
  named.model.spec.columns = {{"a", numeric}, {"b", numeric}, {"c", numeric}};
  Learner one(plain);
  Learner other(named);
  Random random(5);
  for (int i = 0; i < 6; ++i) {
    Batch batch;
    batch.samples.count = 20;
    for (int k = 0; k < 20; ++k) {
      for (int j = 0; j < 3; ++j) batch.samples.x.push_back(static_cast<float>(random.normal()));
      batch.samples.label.push_back(batch.samples.x.back() > 0 ? 1 : 0);
    }
    one.step(batch);
    other.step(batch);
  }
  for (std::size_t l = 0; l < 2; ++l) {
    CHECK(test::same_matrix(one.state().arms[0].network.weights[l], other.state().arms[0].network.weights[l]));
  }
}

TEST_CASE("feature map: a label that depends on a category alone is learned, and new categories take part at once") {
  LearnerOptions options;
  options.model.spec = spec_of({{"noise", numeric}, {"colour", categorical, onehot, 8, Missing::flag}});
  options.model.hidden = {16};
  options.learning.batch_size = 50;
  options.normaliser = standardise();
  Learner learner(options);
  Random random(9);
  double accuracy = 0.0;
  for (int i = 0; i < 60; ++i) {
    Batch batch;
    batch.samples.count = 50;
    if (i == 0) batch.new_categories = {{1, "red"}, {1, "green"}};
    if (i == 20) batch.new_categories = {{1, "blue"}, {1, "grey"}};
    for (int k = 0; k < 50; ++k) {
      const std::uint64_t colour = random.below(i < 20 ? 2 : 4);
      batch.samples.x.push_back(static_cast<float>(random.normal()));
      batch.samples.x.push_back(static_cast<float>(colour));
      batch.samples.label.push_back(static_cast<std::uint32_t>(colour % 2));
    }
    accuracy = learner.step(batch).accuracy;
  }
  CHECK(accuracy == 1.0);
  const auto snapshot = snapshot_of(learner);
  CHECK((*snapshot->categories)[1].names() == std::vector<std::string>{"red", "green", "blue", "grey"});
  Samples asked;
  asked.count = 2;
  asked.x = {0.0F, word_cell(asked.words.add("blue")), 0.0F, word_cell(asked.words.add("green"))};
  const Predictions predictions = snapshot->predict(asked);
  CHECK(predictions.label == std::vector<std::uint32_t>{0, 1});
  CHECK(asked.x[1] == 2.0F);
}
