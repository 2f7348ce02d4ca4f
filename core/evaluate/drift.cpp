#include "core/evaluate/drift.hpp"

namespace altmind {

namespace {

bool enabled(const DriftOptions& options, Detector detector) {
  return detector == Detector::page_hinkley ? options.page_hinkley : options.adwin;
}

std::optional<Change> take(const DriftOptions& options, Detector detector, double loss, Drift& drift) {
  if (detector == Detector::page_hinkley) {
    return update(PageHinkleyOptions{options.page_hinkley_delta, options.page_hinkley_lambda}, loss,
                  drift.page_hinkley);
  }
  return update(AdwinOptions{options.adwin_delta}, loss, drift.adwin);
}

}  // namespace

std::vector<DriftAlarm> detect(const DriftOptions& options, std::span<const double> losses, std::uint64_t step,
                               std::uint64_t before, Drift& drift) {
  if (!options.page_hinkley) drift.page_hinkley = {};
  if (!options.adwin) drift.adwin = {};
  std::vector<DriftAlarm> raised;
  std::uint64_t sample = before;
  for (const double loss : losses) {
    ++sample;
    for (std::size_t i = 0; i < detector_count; ++i) {
      const auto detector = static_cast<Detector>(i);
      if (!enabled(options, detector)) continue;
      const std::optional<Change> change = take(options, detector, loss, drift);
      if (!change) continue;
      DetectorCounts& counts = drift.counts[i];
      if (counts.alarms > 0 && sample - counts.last < options.cooldown) {
        ++counts.held_back;
        continue;
      }
      ++counts.alarms;
      counts.last = sample;
      raised.push_back({detector, step, sample, *change});
      if (drift.alarms.size() == Drift::most_alarms) drift.alarms.erase(drift.alarms.begin());
      drift.alarms.push_back(raised.back());
    }
  }
  return raised;
}

bool begins_concept(const DriftOptions& options, const DriftAlarm& alarm, Drift& drift) {
  if (drift.concept_at > 0 && alarm.sample - drift.concept_at < options.cooldown) return false;
  drift.concept_at = alarm.sample;
  return true;
}

DriftView view(const DriftOptions& options, const Drift& drift) {
  DriftView result;
  result.options = options;
  result.alarms = drift.alarms;
  for (std::size_t i = 0; i < detector_count; ++i) {
    DetectorView& one = result.detectors[i];
    const auto detector = static_cast<Detector>(i);
    one.enabled = enabled(options, detector);
    one.counts = drift.counts[i];
    const bool page_hinkley = detector == Detector::page_hinkley;
    one.statistic = page_hinkley ? statistic(drift.page_hinkley) : mean(drift.adwin);
    one.samples = page_hinkley ? drift.page_hinkley.count : drift.adwin.count;
  }
  return result;
}

}  // namespace altmind
