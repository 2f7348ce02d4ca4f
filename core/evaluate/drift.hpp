#pragma once
// Drift detectors on the prequential loss, their cool-down periods and their alarms.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/evaluate/adwin.hpp"
#include "core/evaluate/bounded_loss.hpp"
#include "core/evaluate/page_hinkley.hpp"
#include "core/learner_options.hpp"

namespace altmind {

enum class Detector { page_hinkley, adwin };
inline constexpr std::array<std::string_view, 2> detector_names = {"page_hinkley", "adwin"};
inline constexpr std::size_t detector_count = detector_names.size();

/// A detector's alarm that the loss has risen.
struct DriftAlarm {
  Detector detector = Detector::page_hinkley;
  std::uint64_t step = 0;    ///< step of the batch in which the rise was detected
  std::uint64_t sample = 0;  ///< samples learned, up to and including the one that triggered it
  Change change;             ///< the evidence, in bounded losses

  bool operator==(const DriftAlarm&) const = default;
};

/// Alarm counts of one detector.
struct DetectorCounts {
  std::uint64_t alarms = 0;
  std::uint64_t held_back = 0;  ///< changes found during the cool-down: counted, not raised
  std::uint64_t last = 0;       ///< DriftAlarm::sample of its last alarm

  bool operator==(const DetectorCounts&) const = default;
};

/// State of all detectors that must survive a restart. A value type.
struct Drift {
  static constexpr std::size_t most_alarms = 16;

  PageHinkley page_hinkley;
  Adwin adwin;
  TargetSpread spread;
  std::array<DetectorCounts, detector_count> counts;
  std::uint64_t concept_at = 0;    ///< DriftAlarm::sample of the last alarm that began a concept; 0: none
  std::vector<DriftAlarm> alarms;  ///< the last ones, oldest first

  bool operator==(const Drift&) const = default;
};

/// Feeds the bounded losses of one batch, in order, to the enabled detectors and resets the others. Returns the alarms
/// raised. `before`: samples learned before the batch. A detector raises no second alarm within options.cooldown
/// samples.
std::vector<DriftAlarm> detect(const DriftOptions& options, std::span<const double> losses, std::uint64_t step,
                               std::uint64_t before, Drift& drift);

/// True if an alarm begins a new concept, to which the learner reacts: at most once per options.cooldown samples across
/// all detectors, so that a second detector noticing the same drift does not undo what was learned since the first.
bool begins_concept(const DriftOptions& options, const DriftAlarm& alarm, Drift& drift);

/// One detector, for display.
struct DetectorView {
  bool enabled = false;
  DetectorCounts counts;
  double statistic = 0.0;     ///< Page-Hinkley: m_T - M_T, alarm above lambda; ADWIN: mean loss of the window
  std::uint64_t samples = 0;  ///< Page-Hinkley: since its last change; ADWIN: in the window
};

struct DriftView {
  DriftOptions options;
  std::array<DetectorView, detector_count> detectors;  ///< in the order of Detector
  std::vector<DriftAlarm> alarms;                      ///< oldest first
};

DriftView view(const DriftOptions& options, const Drift& drift);

}  // namespace altmind
