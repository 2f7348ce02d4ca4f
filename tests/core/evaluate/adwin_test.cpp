#include "core/evaluate/adwin.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <deque>
#include <tuple>
#include <vector>

#include "core/linalg/random.hpp"

using namespace altmind;

namespace {

double wrong(double rate, Random& random) {
  return random.uniform() < rate ? 1.0 : 0.0;
}

/// ADWIN as originally defined: the window is a list, and every split of it is tested, O(n) each.
struct Exact {
  std::deque<double> window;
  std::uint64_t taken = 0;

  bool divides(double delta) const {
    const auto n = static_cast<double>(window.size());
    double sum = 0.0;
    double squares = 0.0;
    for (const double x : window) {
      sum += x;
      squares += x * x;
    }
    const double variance = squares / n - sum * sum / n / n;
    const double log = std::log(2.0 * std::log(n) / delta);
    double older = 0.0;
    for (std::size_t n0 = 1; n0 + 5 <= window.size(); ++n0) {
      older += window[n0 - 1];
      if (n0 < 5) continue;
      const double a = static_cast<double>(n0);
      const double b = n - a;
      const double m = 1.0 / (1.0 / a + 1.0 / b);
      const double bound = std::sqrt(2.0 / m * variance * log) + 2.0 / (3.0 * m) * log;
      if (std::abs(older / a - (sum - older) / b) > bound) return true;
    }
    return false;
  }
  bool update(double delta, double x) {
    window.push_back(x);
    if (++taken % 32 != 0) return false;
    bool cut = false;
    while (window.size() >= 10 && divides(delta)) {
      window.pop_front();
      cut = true;
    }
    return cut;
  }
};

/// Returns how many numbers it takes to detect a change; `most` if none is detected.
std::uint64_t delay(double rate, std::uint64_t most, Random& random, Adwin& window, Change& found) {
  for (std::uint64_t i = 1; i <= most; ++i) {
    if (const auto change = update({}, wrong(rate, random), window)) {
      found = *change;
      return i;
    }
  }
  return most;
}

}  // namespace

TEST_CASE("adwin's window is the last numbers of the stream, in buckets of powers of two") {
  Random random(5);
  Adwin window;
  std::vector<double> stream;
  for (int i = 0; i < 40'000; ++i) {
    stream.push_back(wrong(i % 9000 < 4500 ? 0.1 : 0.6, random));
    update({}, stream.back(), window);
    if (i % 97 != 0) continue;
    std::uint64_t count = 0;
    std::size_t at = stream.size() - window.count;
    double total = 0.0;
    for (std::size_t row = window.rows.size(); row-- > 0;) {
      CHECK(window.rows[row].count <= AdwinRow::most);
      for (std::size_t k = 0; k < window.rows[row].count; ++k) {
        double sum = 0.0;
        for (std::size_t j = 0; j < std::size_t{1} << row; ++j) sum += stream[at++];
        CHECK(window.rows[row].buckets[k].sum == sum);
        CHECK(window.rows[row].buckets[k].squares == sum);  // of zeros and ones
        count += std::uint64_t{1} << row;
        total += sum;
      }
    }
    CHECK(count == window.count);
    CHECK(total == window.sum);
    CHECK(window.taken == stream.size());
  }
  CHECK(window.count < 9000);
}

TEST_CASE("adwin cuts where testing every division of a plain list does, a few numbers later") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Random random(seed);
    Adwin window;
    Exact exact;
    const double delta = AdwinOptions{}.delta;
    for (int i = 0; i < 2000; ++i) {
      const double x = wrong(0.1, random);
      update({}, x, window);
      exact.update(delta, x);
    }
    CHECK(window.count == exact.window.size());
    std::uint64_t by_buckets = 0;
    std::uint64_t by_list = 0;
    for (std::uint64_t i = 1; i <= 1000 && (by_buckets == 0 || by_list == 0); ++i) {
      const double x = wrong(0.35, random);
      if (update({}, x, window) && by_buckets == 0) by_buckets = i;
      if (exact.update(delta, x) && by_list == 0) by_list = i;
    }
    REQUIRE(by_list > 0);
    CHECK(by_list <= by_buckets);  // the list has every split that the buckets have
    CHECK(by_buckets <= by_list + 96);
  }
}

TEST_CASE("adwin finds an abrupt rise soon and its window becomes the new concept's") {
  for (const auto& [before, after, most] : {std::tuple(0.05, 0.15, 700), std::tuple(0.10, 0.90, 64),
                                            std::tuple(0.30, 0.60, 300), std::tuple(0.05, 0.30, 200)}) {
    CAPTURE(before);
    CAPTURE(after);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Random random(seed);
      Adwin window;
      for (int i = 0; i < 20'000; ++i) REQUIRE_FALSE(update({}, wrong(before, random), window));
      Change change;
      const std::uint64_t found = delay(after, 20'000, random, window, change);
      CHECK(found <= static_cast<std::uint64_t>(most));
      CHECK(change.after - change.before == doctest::Approx(change.statistic));
      CHECK(change.statistic > change.threshold);
      CHECK(change.before == doctest::Approx(before).epsilon(0.25));
      for (int i = 0; i < 4000; ++i) update({}, wrong(after, random), window);
      CHECK(window.count < 6000);
      CHECK(mean(window) == doctest::Approx(after).epsilon(0.15));
    }
  }
}

TEST_CASE("adwin's window shortens without an alarm when the mean falls") {
  Random random(7);
  Adwin window;
  for (int i = 0; i < 10'000; ++i) CHECK_FALSE(update({}, wrong(0.6, random), window));
  for (int i = 0; i < 3000; ++i) CHECK_FALSE(update({}, wrong(0.1, random), window));
  CHECK(window.count < 4000);
  CHECK(mean(window) == doctest::Approx(0.1).epsilon(0.3));
}

TEST_CASE("adwin: no false alarm in two million numbers of stationary streams, whose windows hold them all") {
  int alarms = 0;
  for (const double rate : {0.05, 0.2, 0.3, 0.5}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      Random random(seed);
      Adwin window;
      for (int i = 0; i < 50'000; ++i) alarms += update({}, wrong(rate, random), window) ? 1 : 0;
      CHECK(window.count == 50'000);
    }
  }
  CHECK(alarms == 0);
}

TEST_CASE("adwin at the published confidence: at most two false alarms in a million numbers") {
  int alarms = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    Adwin window;
    for (int i = 0; i < 50'000; ++i) alarms += update({0.002}, wrong(0.2, random), window) ? 1 : 0;
  }
  CHECK(alarms <= 2);
}

TEST_CASE("adwin takes any numbers in [0, 1] and begins anew from a copy with the same bits") {
  Random random(9);
  Adwin window;
  for (int i = 0; i < 5000; ++i) update({}, random.uniform() * 0.5, window);
  Adwin copy = window;
  for (int i = 0; i < 5000; ++i) {
    const double x = random.uniform();
    CHECK(update({}, x, window) == update({}, x, copy));
  }
  CHECK(window == copy);
  CHECK(window.count < 5200);
  CHECK(mean(window) == doctest::Approx(0.5).epsilon(0.05));
}
