#include "core/evaluate/drift.hpp"

#include <doctest/doctest.h>

#include "core/linalg/random.hpp"

using namespace altmind;

namespace {

std::vector<double> errors(double rate, std::size_t n, Random& random) {
  std::vector<double> losses;
  for (std::size_t i = 0; i < n; ++i) losses.push_back(random.uniform() < rate ? 1.0 : 0.0);
  return losses;
}

/// Feeds `losses` in batches of m; returns all alarms.
std::vector<DriftAlarm> feed(const DriftOptions& options, const std::vector<double>& losses, std::size_t m,
                             Drift& drift) {
  std::vector<DriftAlarm> all;
  std::uint64_t step = 0;
  for (std::size_t at = 0; at < losses.size(); at += m) {
    const std::span<const double> batch(losses.data() + at, std::min(m, losses.size() - at));
    for (const DriftAlarm& alarm : detect(options, batch, ++step, at, drift)) all.push_back(alarm);
  }
  return all;
}

/// 5 % errors; 40 % from sample 20,001 on.
std::vector<double> one_drift() {
  Random random(1);
  std::vector<double> losses = errors(0.05, 20'000, random);
  const std::vector<double> after = errors(0.4, 10'000, random);
  losses.insert(losses.end(), after.begin(), after.end());
  return losses;
}

}  // namespace

TEST_CASE("drift: each detector reports one drift once, with its sample and its evidence") {
  Drift drift;
  const auto alarms = feed({}, one_drift(), 200, drift);
  REQUIRE(alarms.size() == 2);
  CHECK(alarms[0].detector == Detector::adwin);
  CHECK(alarms[1].detector == Detector::page_hinkley);
  for (const DriftAlarm& alarm : alarms) {
    CHECK(alarm.sample > 20'000);
    CHECK(alarm.sample < 20'600);
    CHECK(alarm.step == (alarm.sample + 199) / 200);
    CHECK(alarm.change.before < 0.1);
    CHECK(alarm.change.after > 0.15);
    CHECK(alarm.change.statistic > alarm.change.threshold);
  }
  CHECK(drift.alarms == alarms);
  const DriftView shown = view({}, drift);
  CHECK(shown.detectors[0].counts.alarms == 1);
  CHECK(shown.detectors[1].counts.alarms == 1);
  CHECK(shown.detectors[1].statistic == doctest::Approx(0.4).epsilon(0.1));
  CHECK(shown.detectors[1].samples < 10'600);
  CHECK(shown.alarms == alarms);
}

TEST_CASE("drift: alarms do not depend on how the stream is cut into batches") {
  Drift by_one;
  Drift by_many;
  const auto one = feed({}, one_drift(), 1, by_one);
  const auto many = feed({}, one_drift(), 733, by_many);
  REQUIRE(one.size() == many.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].sample == many[i].sample);
    CHECK(one[i].change == many[i].change);
  }
  CHECK(by_one.adwin == by_many.adwin);
  CHECK(by_one.page_hinkley == by_many.page_hinkley);
}

TEST_CASE("drift: within its cool-down a detector counts what it finds and says nothing") {
  Random random(2);
  std::vector<double> losses;
  for (int i = 0; i < 60; ++i) {
    const auto part = errors(i % 2 == 0 ? 0.05 : 0.9, 500, random);
    losses.insert(losses.end(), part.begin(), part.end());
  }
  DriftOptions options;
  options.cooldown = 5000;
  Drift drift;
  const auto alarms = feed(options, losses, 100, drift);
  std::array<std::uint64_t, detector_count> last{};
  for (const DriftAlarm& alarm : alarms) {
    std::uint64_t& before = last[static_cast<std::size_t>(alarm.detector)];
    if (before > 0) CHECK(alarm.sample - before >= options.cooldown);
    before = alarm.sample;
  }
  CHECK(drift.counts[0].alarms + drift.counts[1].alarms == alarms.size());
  CHECK(drift.counts[1].held_back > 10);
  CHECK(drift.counts[1].alarms <= 7);

  Drift hasty;
  options.cooldown = 0;
  const auto all = feed(options, losses, 100, hasty);
  CHECK(hasty.counts[0].held_back == 0);
  CHECK(hasty.counts[1].held_back == 0);
  CHECK(all.size() > Drift::most_alarms);
  REQUIRE(hasty.alarms.size() == Drift::most_alarms);
  CHECK(hasty.alarms == std::vector<DriftAlarm>(all.end() - Drift::most_alarms, all.end()));
}

TEST_CASE("drift: the first detector to notice begins a concept, the second one of the same drift does not") {
  DriftOptions options;
  Drift drift;
  CHECK(begins_concept(options, {Detector::adwin, 3, 500, {}}, drift));
  CHECK_FALSE(begins_concept(options, {Detector::page_hinkley, 4, 800, {}}, drift));
  CHECK_FALSE(begins_concept(options, {Detector::adwin, 12, 2499, {}}, drift));
  CHECK(begins_concept(options, {Detector::adwin, 13, 2500, {}}, drift));
}

TEST_CASE("drift: a detector that is switched off is silent, and begins anew when it is switched on") {
  DriftOptions options;
  options.adwin = false;
  Drift drift;
  for (const DriftAlarm& alarm : feed(options, one_drift(), 200, drift)) {
    CHECK(alarm.detector == Detector::page_hinkley);
  }
  CHECK(drift.adwin == Adwin{});
  CHECK_FALSE(view(options, drift).detectors[1].enabled);
  options.adwin = true;
  options.page_hinkley = false;
  Random random(3);
  detect(options, errors(0.4, 200, random), 1, 0, drift);
  CHECK(drift.adwin.count == 200);
  CHECK(drift.page_hinkley == PageHinkley{});
}
