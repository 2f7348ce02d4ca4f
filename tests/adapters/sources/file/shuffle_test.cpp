#include "adapters/sources/file/shuffle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>
#include <stdexcept>

#include "adapters/random.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::file;

TEST_CASE("the random numbers are those of splitmix64") {
  // Reference: the published algorithm, state advanced by the golden ratio, written out again.
  const std::uint64_t key = mix64(mix64(7) + 3);
  std::uint64_t state = key;
  Random random(7, 3);
  for (int i = 0; i < 100; ++i) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    CHECK(random.next() == (z ^ (z >> 31)));
  }
  // First outputs for state 0 of other implementations.
  CHECK(mix64(0x9e3779b97f4a7c15) == 0xe220a8397b1dcdaf);
  CHECK(mix64(0x9e3779b97f4a7c15 * 2) == 0x6e789e6aa1b965f4);
}

TEST_CASE("bounded draws stay within the bound and are uniform") {
  Random random(1, 0);
  std::vector<int> counts(7);
  constexpr int draws = 70'000;
  for (int i = 0; i < draws; ++i) ++counts.at(random.below(7));
  double chi_square = 0.0;
  for (const int count : counts) chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  CHECK(chi_square < 22.46);  // 6 degrees of freedom, p = 0.001
  CHECK(Random(1, 0).below(1) == 0);
  const std::uint64_t wide = 3ull << 62;  // a third of the draws would be biased by a plain modulo
  int low = 0;
  for (int i = 0; i < 30'000; ++i) low += random.below(wide) < (1ull << 62) ? 1 : 0;
  CHECK(std::abs(low - 10'000) < 400);
}

TEST_CASE("a shuffled order is a permutation, the same for a seed, another for each epoch and seed") {
  for (const std::uint32_t count : {0u, 1u, 2u, 3u, 1000u}) {
    std::vector<std::uint32_t> order = shuffled_order(count, 5, 0);
    CHECK(order == shuffled_order(count, 5, 0));
    if (count == 1000) {
      CHECK(order != shuffled_order(count, 5, 1));
      CHECK(order != shuffled_order(count, 6, 0));
    }
    std::sort(order.begin(), order.end());
    std::vector<std::uint32_t> all(count);
    std::iota(all.begin(), all.end(), 0u);
    CHECK(order == all);
  }
}

TEST_CASE("the order of a seed is pinned") {
  // Must never change: a stored position in a shuffled input is only valid in the same order.
  CHECK(shuffled_order(8, 1, 0) == std::vector<std::uint32_t>{2, 6, 3, 5, 1, 4, 0, 7});
  CHECK(shuffled_order(8, 1, 1) == std::vector<std::uint32_t>{2, 6, 7, 3, 5, 4, 0, 1});
}

TEST_CASE("all orders of four records are equally likely") {
  std::map<std::vector<std::uint32_t>, int> seen;
  constexpr int passes = 24'000;
  for (std::uint64_t epoch = 0; epoch < passes; ++epoch) ++seen[shuffled_order(4, 11, epoch)];
  REQUIRE(seen.size() == 24);
  double chi_square = 0.0;
  for (const auto& [order, count] : seen) chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  CHECK(chi_square < 49.73);  // 23 degrees of freedom, p = 0.001
}

TEST_CASE("the store gives back what was put in, as bytes or floats") {
  Samples in;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    in.x.insert(in.x.end(), {static_cast<float>(i % 256), 255.0f});
    in.label.push_back(i);
    ++in.count;
  }
  for (const bool as_bytes : {false, true}) {
    SampleStore store({Task::classification, LabelKind::index, 2, 3000}, as_bytes);
    store.add(in);
    CHECK(store.count() == 3000);
    Samples out;
    store.gather(std::vector<std::uint32_t>{2999, 0, 1024, 1023}, out);
    CHECK(out.label == std::vector<std::uint32_t>{2999, 0, 1024, 1023});
    CHECK(out.x == std::vector<float>{2999 % 256, 255, 0, 255, 0, 255, 255, 255});
    CHECK(out.count == 4);
  }
  Samples targets{{1.5f, 2.5f}, {}, {0.5f, 0.25f}, {}, 2};
  SampleStore regression({Task::regression, LabelKind::index, 1, 1}, false);
  regression.add(targets);
  Samples out;
  regression.gather(std::vector<std::uint32_t>{1}, out);
  CHECK(out == Samples{{2.5f}, {}, {0.25f}, {}, 1});
}

TEST_CASE("the store gives categories back by name, whatever block they came in") {
  SampleSpec spec{Task::classification, LabelKind::index, 2, 3000};
  spec.columns = {{"n"}, {"c", ColumnType::categorical, ColumnEncoding::onehot, 8, Missing::flag}};
  SampleStore store(spec, false);
  const auto name_of = [](std::uint32_t i) { return "name " + std::to_string(i % 7); };
  std::uint32_t next = 0;
  for (const std::uint32_t count : {5U, 2000U, 995U}) {
    Samples in;
    for (; in.count < count; ++in.count, ++next) {
      in.x.push_back(static_cast<float>(next));
      in.x.push_back(next % 5 == 0 ? missing_cell : word_cell(in.words.add(name_of(next))));
      in.label.push_back(next);
    }
    store.add(in);
  }
  const std::vector<std::uint32_t> order = shuffled_order(3000, 1, 0);
  Samples out;
  store.gather(std::span(order).first(1000), out);
  store.gather(std::span(order).subspan(1000), out);
  CHECK(out.words.size() == 7);
  for (std::size_t k = 0; k < 3000; ++k) {
    REQUIRE(out.x[2 * k] == static_cast<float>(order[k]));
    const float cell = out.x[2 * k + 1];
    REQUIRE(is_missing(cell) == (order[k] % 5 == 0));
    if (!is_missing(cell)) REQUIRE(out.words[word_of(cell)] == name_of(order[k]));
  }
}

TEST_CASE("the store refuses to grow beyond its bound and says how far it came") {
  SampleStore store({Task::classification, LabelKind::index, 1000, 2}, false, 6 << 20);
  Samples in;
  in.x.resize(1000 * 1024);
  in.label.resize(1024);
  in.count = 1024;
  store.add(in);
  CHECK_THROWS_WITH_AS(store.add(in), doctest::Contains("after 1024 records the bound of 6 MiB is reached"),
                       std::runtime_error);
}
