#include "adapters/ingest/missing_values.hpp"

#include <doctest/doctest.h>

using namespace altmind;
using namespace altmind::ingest;

namespace {

std::vector<Column> named_columns(std::size_t n, Missing missing) {
  std::vector<Column> columns(n);
  for (std::size_t j = 0; j < n; ++j) {
    columns[j].name = "c" + std::to_string(j);
    columns[j].missing = missing;
  }
  return columns;
}

Samples samples_of(std::vector<float> x, std::size_t columns) {
  Samples samples;
  samples.count = x.size() / columns;
  samples.x = std::move(x);
  return samples;
}

}  // namespace

TEST_CASE("missing cells are counted by column, odd texts among them") {
  CHECK(is_missing(odd_text_cell));
  CHECK(is_odd_text(odd_text_cell));
  CHECK_FALSE(is_odd_text(missing_cell));
  const MissingCounter counter(named_columns(3, Missing::flag));
  const MissingValues none = counter.count(samples_of({1, 2, 3, 4, 5, 6}, 3));
  CHECK(none == MissingValues{});
  const MissingValues some =
      counter.count(samples_of({1, missing_cell, 3, odd_text_cell, missing_cell, 6, 7, odd_text_cell, 9}, 3));
  CHECK(some == MissingValues{4, 2, {{"c0", 1}, {"c1", 3}}});
  MissingValues sum = some;
  sum += counter.count(samples_of({missing_cell, 1, missing_cell}, 3));
  CHECK(sum == MissingValues{6, 2, {{"c0", 2}, {"c1", 3}, {"c2", 1}}});
}

TEST_CASE("columns are told apart up to a hundred, and nothing is counted where none may be missing") {
  const auto count = [](std::size_t columns, Missing missing) {
    return MissingCounter(named_columns(columns, missing))
        .count(samples_of(std::vector<float>(columns, missing_cell), columns));
  };
  CHECK(count(100, Missing::flag).columns.size() == 100);
  CHECK(count(101, Missing::flag) == MissingValues{101, 0, {}});
  CHECK(count(3, Missing::refuse) == MissingValues{});
  CHECK(MissingCounter({}).count(samples_of({missing_cell}, 1)) == MissingValues{});
}

TEST_CASE("one line says how many are missing, most first") {
  CHECK(sentence({1204, 0, {{"age", 1000}, {"income", 200}, {"zip", 4}}}) ==
        "1,204 missing values in 3 columns (age 1,000, income 200, zip 4)");
  CHECK(sentence({1, 1, {{"age", 1}}}) == "1 missing value in 1 column (age 1), 1 of them text among numbers");
  CHECK(sentence({1234567, 1000, {}}) == "1,234,567 missing values, 1,000 of them text among numbers");
  CHECK(sentence({28, 0, {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}, {"f", 6}, {"g", 7}}}) ==
        "28 missing values in 7 columns (g 7, f 6, e 5, d 4, c 3 and 2 more)");
}
