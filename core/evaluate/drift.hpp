#pragma once
// Drift detectors on the prequential loss: which there are, when they may speak, what they said.

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

/// A detector's word that the loss has risen.
struct DriftAlarm {
  Detector detector = Detector::page_hinkley;
  std::uint64_t step = 0;    ///< of the batch in which it was noticed
  std::uint64_t sample = 0;  ///< samples learned up to and with the one at which it was noticed
  Change change;             ///< the evidence, of bounded losses

  bool operator==(const DriftAlarm&) const = default;
};

/// Alarms of one detector.
struct DetectorCounts {
  std::uint64_t alarms = 0;
  std::uint64_t held_back = 0;  ///< changes found during its cool-down: counted, not raised
  std::uint64_t last = 0;       ///< DriftAlarm::sample of its last alarm

  bool operator==(const DetectorCounts&) const = default;
};

/// Everything that must survive a restart; a value.
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

/// Shows the bounded losses of one batch, in order, to the detectors that are switched on; the others begin anew.
/// `before`: samples learned before the batch. A detector raises no second alarm within options.cooldown samples.
std::vector<DriftAlarm> detect(const DriftOptions& options, std::span<const double> losses, std::uint64_t step,
                               std::uint64_t before, Drift& drift);

/// Whether an alarm begins a new concept, to which the learner reacts: of all detectors together once in
/// options.cooldown samples, so that the second one to notice a drift does not undo what was learned since the first.
bool begins_concept(const DriftOptions& options, const DriftAlarm& alarm, Drift& drift);

/// One detector as shown to people.
struct DetectorView {
  bool enabled = false;
  DetectorCounts counts;
  double statistic = 0.0;     ///< Page-Hinkley: m_T - M_T, an alarm above lambda; ADWIN: the window's mean loss
  std::uint64_t samples = 0;  ///< that it looks back on: since its last change; in the window
};

struct DriftView {
  DriftOptions options;
  std::array<DetectorView, detector_count> detectors;  ///< in the order of Detector
  std::vector<DriftAlarm> alarms;                      ///< oldest first
};

DriftView view(const DriftOptions& options, const Drift& drift);

}  // namespace altmind
