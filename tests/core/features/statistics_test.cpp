#include "core/features/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "core/linalg/random.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

/// Returns mean and population deviation in two passes.
Spread plain(const std::vector<double>& values) {
  double mean = 0.0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size()))};
}

using Source = std::function<double(std::size_t, Random&)>;

/// Returns the statistics of one column fed in batches of `batch`.
Statistics shown(const Source& source, std::size_t n, std::size_t batch, std::vector<double>* all = nullptr) {
  Random random(5);
  Statistics statistics = fresh_statistics(1);
  for (std::size_t i = 0; i < n;) {
    std::vector<float> x;
    for (std::size_t k = 0; k < batch && i < n; ++k, ++i) {
      x.push_back(static_cast<float>(source(i, random)));
      if (all != nullptr) all->push_back(static_cast<double>(x.back()));
    }
    add(x, statistics);
  }
  return statistics;
}

double ordinary(std::size_t, Random& random) {
  return 3.0 + 2.0 * random.normal();
}

}  // namespace

TEST_CASE("statistics: of ordinary columns, sparse and rising ones too, they are the plain mean and deviation") {
  const std::vector<Source> columns = {
      ordinary,
      [](std::size_t, Random& random) { return random.below(100) == 0 ? 1.0 : 0.0; },  // a rare flag
      [](std::size_t, Random& random) {
        return random.below(50) == 0 ? 1.0 + static_cast<double>(random.below(255)) : 0.0;
      },  // a pixel
      [](std::size_t i, Random& random) { return i == 0 || random.below(300) == 0 ? 1.0 + random.uniform() : 0.0; },
      [](std::size_t i, Random&) { return static_cast<double>(i); },  // a row number
      [](std::size_t i, Random& random) {
        return 1000.0 * static_cast<double>(i / 500 % 2) + random.normal();
      },  // day and night
      [](std::size_t, Random& random) { return -std::log(1.0 - random.uniform()); },
      [](std::size_t, Random& random) { return static_cast<double>(random.below(4)); },
      [](std::size_t, Random&) { return 0.1; }};
  for (const std::size_t batch : {1U, 20U, 200U}) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      CAPTURE(batch);
      CAPTURE(k);
      std::vector<double> all;
      const Statistics statistics = shown(columns[k], 4000, batch, &all);
      if (k == 5) continue;  // see below: a level 1000 deviations away is an outlier at first
      const Spread expected = plain(all);
      CHECK(spread(statistics, 0).mean == doctest::Approx(expected.mean).epsilon(1e-6));
      CHECK(spread(statistics, 0).deviation == doctest::Approx(expected.deviation).epsilon(1e-6));
    }
  }
}

TEST_CASE("statistics: wrong numbers move nothing, wherever they come and however large they are") {
  const Spread clean = plain([] {
    std::vector<double> all;
    shown(ordinary, 2000, 200, &all);
    return all;
  }());
  for (const std::size_t batch : {1U, 20U, 200U}) {
    for (const double wrong : {-999999.0, 9999.0, 1e9, 1e30, 3e38, -3e38}) {
      for (const std::size_t place : {0U, 1U, 7U, 31U, 150U, 1999U}) {
        CAPTURE(batch);
        CAPTURE(wrong);
        CAPTURE(place);
        const Statistics statistics =
            shown([&](std::size_t i, Random& random) { return i == place ? wrong : ordinary(i, random); }, 2000, batch);
        CHECK(spread(statistics, 0).mean == doctest::Approx(clean.mean).epsilon(0.1));
        CHECK(spread(statistics, 0).deviation == doctest::Approx(clean.deviation).epsilon(0.1));
      }
      for (const std::size_t every : {50U, 5U}) {
        CAPTURE(every);
        for (const std::size_t first : {0U, 2U}) {
          const Statistics statistics =
              shown([&](std::size_t i, Random& random) { return i % every == first ? wrong : ordinary(i, random); },
                    2000, batch);
          CHECK(spread(statistics, 0).mean == doctest::Approx(clean.mean).epsilon(0.1));
          CHECK(spread(statistics, 0).deviation == doctest::Approx(clean.deviation).epsilon(0.1));
        }
      }
    }
  }
}

TEST_CASE("statistics: a column that begins with the same wrong number many times recovers") {
  const Statistics statistics =
      shown([](std::size_t i, Random& random) { return i < 30 ? -999999.0 : ordinary(i, random); }, 300, 1);
  CHECK(spread(statistics, 0).mean == doctest::Approx(3.0).epsilon(0.2));
  CHECK(spread(statistics, 0).deviation == doctest::Approx(2.0).epsilon(0.2));
}

TEST_CASE("statistics: a lasting change of unit or level is followed within a hundred numbers, and back again") {
  for (const std::size_t batch : {1U, 20U, 200U}) {
    CAPTURE(batch);
    const auto changed = [](std::size_t i, double factor, double shift, Random& random) {
      const double value = ordinary(i, random);
      return i < 3000 || i >= 4000 ? value : value * factor + shift;
    };
    for (const auto& [factor, shift] : {std::pair{1000.0, 0.0}, {1.0, 1e6}, {1.0, -1e6}}) {
      CAPTURE(factor);
      CAPTURE(shift);
      const Source source = [&, f = factor, s = shift](std::size_t i, Random& random) {
        return changed(i, f, s, random);
      };
      const Spread after = spread(shown(source, 3000 + std::max<std::size_t>(100, batch), batch), 0);
      CHECK(after.mean == doctest::Approx(3.0 * factor + shift).epsilon(0.2));
      CHECK(after.deviation == doctest::Approx(2.0 * factor).epsilon(0.4));
      if (factor > 1.0) continue;
      const Spread back = spread(shown(source, 4200, batch), 0);
      CHECK(back.mean == doctest::Approx(3.0).epsilon(0.2));
      CHECK(back.deviation == doctest::Approx(2.0).epsilon(0.4));
    }
  }
}

TEST_CASE("statistics: what is old fades, and a spread that shrinks a little in place is followed in the end") {
  for (const std::size_t batch : {7UL, 500UL}) {
    const auto source = [](std::size_t i, Random& random) { return (i < 10'000 ? 1.0 : 0.1) * random.normal(); };
    const double before = spread(shown(source, 10'000, batch), 0).deviation;
    const double after = spread(shown(source, 400'000, batch), 0).deviation;
    CHECK(before == doctest::Approx(1.0).epsilon(0.03));
    CHECK(after == doctest::Approx(0.1).epsilon(0.1));
    const Statistics sparse =
        shown([](std::size_t, Random& random) { return random.below(100) == 0 ? 1.0 : 0.0; }, 400'000, batch);
    CHECK(spread(sparse, 0).mean == doctest::Approx(0.01).epsilon(0.2));
    CHECK(sparse.counted[0] + sparse.common_count[0] < 50'000);
  }
}

TEST_CASE("statistics: a unit 25 times as large or larger is followed within 400 numbers, wherever it comes") {
  const auto skewed = [](std::size_t, Random& random) { return -std::log(1.0 - random.uniform()); };
  const auto slow = [](std::size_t i, Random& random) {
    return std::sin(static_cast<double>(i) / 30.0) + random.uniform();
  };
  const auto alarmed = [](std::size_t i, Random& random) { return i % 20 == 3 ? -999999.0 : ordinary(i, random); };
  for (const Source& column : {Source(ordinary), Source(skewed), Source(slow), Source(alarmed)}) {
    for (const std::size_t batch : {1U, 10U, 50U, 200U}) {
      for (const double factor : {0.04, 0.001, 1e-6}) {
        for (const std::size_t at : {200U, 3000U, 60'000U}) {
          if (at > 10'000 && batch < 50) continue;
          CAPTURE(batch);
          CAPTURE(factor);
          CAPTURE(at);
          const auto source = [&](std::size_t i, Random& random) {
            const double value = column(i, random);
            return i < at || value == -999999.0 ? value : value * factor;
          };
          const Spread before = spread(shown(column, at, batch), 0);
          const Spread after = spread(shown(source, at + std::max<std::size_t>(400, 2 * batch), batch), 0);
          CHECK(after.deviation == doctest::Approx(before.deviation * factor).epsilon(0.5));
          CHECK(std::abs(after.mean - before.mean * factor) < 0.4 * before.deviation * factor);
        }
      }
    }
  }
}

TEST_CASE("statistics: a value that comes often keeps its share when the unit changes") {
  const auto source = [](std::size_t i, Random& random) {
    return random.below(5) > 0 ? 0.0 : (1.0 + random.uniform()) * (i < 5000 ? 1.0 : 0.001);
  };
  for (const std::size_t batch : {1U, 200U}) {
    const Spread after = spread(shown(source, 7000, batch), 0);
    CHECK(after.mean == doctest::Approx(0.0003).epsilon(0.1));
    CHECK(after.deviation == doctest::Approx(0.00061).epsilon(0.1));
  }
}

TEST_CASE("statistics: what stands still, drifts or comes seldom for a while is no new unit") {
  const auto still = [](double noise, bool where_it_is) {
    return [noise, where_it_is, held = 0.0](std::size_t i, Random& random) mutable {
      const double value = 3.0 + random.normal();
      if (i / 1500 % 2 == 0) return held = value;
      return (where_it_is ? held : 0.0) + noise * random.normal();
    };
  };
  const std::vector<std::function<Source()>> columns = {
      [&] { return still(0.0, true); },
      [&] { return still(0.0, false); },
      [&] { return still(0.002, true); },
      [&] { return still(0.002, false); },
      [] { return [](std::size_t i, Random&) { return static_cast<double>(i) / 10'000.0 - 1.0; }; },  // sorted
      [] { return [](std::size_t i, Random&) { return std::sin(static_cast<double>(i) / 800.0); }; },
      [] { return [](std::size_t i, Random&) { return std::cos(static_cast<double>(i) / 800.0); }; },
      [] {
        return [at = 0.0](std::size_t, Random& random) mutable { return at += random.normal(); };  // prices
      },
      [] {
        return [](std::size_t i, Random& random) {  // counts of day and night
          const double rate = 1.0 + 40.0 * std::max(0.0, std::sin(static_cast<double>(i) / 500.0));
          return std::floor(-std::log(1.0 - random.uniform()) * rate);
        };
      },
      [] { return [](std::size_t, Random& random) { return random.below(300) == 0 ? 0.1 + random.uniform() : 0.0; }; }};
  for (const std::size_t batch : {1U, 10U, 200U}) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      CAPTURE(batch);
      CAPTURE(k);
      std::vector<double> all;
      const Statistics statistics = shown(columns[k](), 20'000, batch, &all);
      const Spread expected = plain(all);
      CHECK(spread(statistics, 0).mean == doctest::Approx(expected.mean).epsilon(1e-6));
      CHECK(spread(statistics, 0).deviation == doctest::Approx(expected.deviation).epsilon(1e-6));
    }
  }
}

TEST_CASE("statistics: noise between bursts is taken for a new unit a few times, then no more") {
  const auto bursts = [](std::size_t i, Random& random) { return random.normal() * (i / 3000 % 2 == 0 ? 1.0 : 0.001); };
  for (const std::size_t batch : {1U, 200U}) {
    const Spread late = spread(shown(bursts, 36'000, batch), 0);
    CHECK(late.deviation > 0.5);
  }
}

TEST_CASE("statistics: a step of the level by 25 deviations is followed, whatever the first number was") {
  for (const std::size_t batch : {1U, 20U, 200U}) {
    for (const double first : {0.0, 2.0, -3.0}) {
      for (const double step : {25.0, -30.0, 45.0}) {
        CAPTURE(batch);
        CAPTURE(first);
        CAPTURE(step);
        const Statistics statistics = shown(
            [&](std::size_t i, Random& random) {
              const double z = i == 0 ? first : random.normal();
              return 3.0 + 2.0 * (i < 3000 ? z : z + step);
            },
            3000 + std::max<std::size_t>(200, batch), batch);
        CHECK(spread(statistics, 0).mean == doctest::Approx(3.0 + 2.0 * step).epsilon(0.05));
        CHECK(spread(statistics, 0).deviation == doctest::Approx(2.0).epsilon(0.4));
      }
    }
  }
}

TEST_CASE("statistics: a constant that begins to vary far away is forgotten") {
  const Statistics statistics =
      shown([](std::size_t i, Random& random) { return i < 5000 ? 7.0 : 1e6 + random.normal(); }, 5200, 20);
  CHECK(spread(statistics, 0).mean == doctest::Approx(1e6).epsilon(1e-5));
  CHECK(spread(statistics, 0).deviation == doctest::Approx(1.0).epsilon(0.3));
}

TEST_CASE("statistics: the digits behind float32 count") {
  Random random(3);
  std::vector<float> rounded;
  Residuals residuals;
  std::vector<double> all;
  for (std::size_t i = 0; i < 500; ++i) {
    all.push_back(1.7e9 + 10.0 * random.normal());
    rounded.push_back(static_cast<float>(all.back()));
    residuals.add(i, static_cast<float>(all.back() - static_cast<double>(rounded.back())));
  }
  Statistics statistics = fresh_statistics(1);
  add(Values(rounded, residuals), statistics);
  const Spread expected = plain(all);
  CHECK(spread(statistics, 0).mean == doctest::Approx(expected.mean).epsilon(1e-12));
  CHECK(spread(statistics, 0).deviation == doctest::Approx(expected.deviation).epsilon(1e-5));
}

TEST_CASE("statistics: columns that are not used and values that are missing are passed over") {
  const float gone = std::numeric_limits<float>::quiet_NaN();
  Statistics statistics = fresh_statistics(2);
  add(std::vector<float>{1, 1, gone, 2, 3, 3, 5, 4}, {1, 0}, statistics);
  CHECK(statistics.samples == 4);
  CHECK(spread(statistics, 0).mean == doctest::Approx(3.0));
  CHECK(statistics.counted[1] + statistics.common_count[1] == 0);
  CHECK(statistics.candidates[1].empty());
}

TEST_CASE("statistics: a column is settled alike whatever the batches, but for rounding") {
  const Statistics one = shown(ordinary, 1000, 1);
  const Statistics many = shown(ordinary, 1000, 250);
  CHECK(spread(one, 0).mean == doctest::Approx(spread(many, 0).mean).epsilon(1e-12));
  CHECK(spread(one, 0).deviation == doctest::Approx(spread(many, 0).deviation).epsilon(1e-12));
  CHECK(test::same_statistics(many, shown(ordinary, 1000, 250)));
}
