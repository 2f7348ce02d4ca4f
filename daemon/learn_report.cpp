#include "daemon/learn_report.hpp"

#include <algorithm>
#include <iomanip>
#include <iostream>

#include "adapters/telemetry/printable.hpp"
#include "daemon/status.hpp"

namespace altmind::daemon {

namespace {

using nlohmann::json;

/// Says why batches teach nothing, and which settings keep their numbers small.
std::string too_large(const LearnerOptions& learner) {
  const NormaliserOptions& features = learner.normaliser;
  const bool raw = features.kind != NormaliserKind::standardise;
  const bool raw_targets =
      learner.model.spec.task == Task::regression && features.targets != TargetScaling::standardise;
  std::string remedy = raw || raw_targets ? "[features]" : "[learning] as it is by default";
  if (raw) remedy += " normaliser = \"standardise\"";
  if (raw && raw_targets) remedy += " and";
  if (raw_targets) remedy += " targets = \"standardise\"";
  return ", because what is computed from their numbers is too large or not finite; " + remedy + " keeps it small";
}

void print_members(const json& report, const std::string& prefix) {
  for (const auto& [key, value] : report.items()) {
    if (value.is_object()) {
      print_members(value, prefix + key + ".");
    } else {
      std::cout << std::left << std::setw(28) << prefix + key
                << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
    }
  }
}

}  // namespace

Batches batches_of(const Snapshot& snapshot) {
  return {snapshot.step, snapshot.skipped, snapshot.undone};
}

json report_of(const Snapshot& snapshot, std::uint64_t learned, const IngestCounter::Counts& total, bool as_json) {
  const bool classes = snapshot.spec.task == Task::classification;
  json report;
  report["model"] = snapshot.name;
  report["samples"] = learned;
  report["rejected"] = total.rejected;
  if (total.missing.values > 0) {
    report["missing"] = as_json ? missing_of(total.missing) : json(telemetry::printable(sentence(total.missing)));
  }
  // The first batch of a regression is not scored: there was no model to predict it with.
  const bool scored = snapshot.prequential_whole.samples > 0;
  report["prequential"] = {{"loss", scored ? json(snapshot.prequential_whole.loss) : json()}};
  if (classes) {
    const PrequentialView& whole = snapshot.prequential_whole;
    report["prequential"]["accuracy"] = whole.accuracy;
    report["prequential"]["kappa"] = whole.kappa;
    report["prequential"]["kappa_temporal"] = whole.kappa_temporal;
    report["baselines"] = {{"majority", whole.majority}, {"no_change", whole.no_change}};
  }
  for (std::size_t i = 0; i < detector_count; ++i) {
    const DetectorView& detector = snapshot.drift.detectors[i];
    if (detector.enabled) report["drift_alarms"][std::string(detector_names[i])] = detector.counts.alarms;
  }
  if (const HoldoutView& holdout = snapshot.holdout; holdout.enabled) {
    report["holdout"] = {{"concepts", holdout.concepts.size()},
                         {"accuracy", holdout.accuracy},
                         {"backward_transfer", holdout.backward_transfer}};
  }
  if (snapshot.skipped > 0) report["batches_skipped"] = snapshot.skipped;
  if (snapshot.undone > 0) report["steps_undone"] = snapshot.undone;
  if (snapshot.renewals > 0) report["renewals"] = snapshot.renewals;
  return report;
}

json report_of(const Evaluation& tested, Task task) {
  json report = {{"samples", tested.samples}};
  if (task == Task::classification) {
    report["accuracy"] = tested.accuracy;
  } else {
    report["loss"] = tested.loss;
  }
  if (tested.rejected > 0) report["rejected"] = tested.rejected;
  return report;
}

std::string rejected_most(const std::string& what, std::uint64_t taken, std::uint64_t rejected,
                          const IngestCounter::ByReason& reasons) {
  const auto most =
      std::max_element(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) { return a.count < b.count; });
  std::string sentence = what + ": " + (taken == 0 ? "none" : "only " + std::to_string(taken)) + " of " +
                         std::to_string(taken + rejected) + " records could be used";
  if (most->count == 0) return sentence;
  const auto reason = static_cast<ingest::Reason>(most - reasons.begin());
  return sentence + "; " + std::to_string(most->count) + " are " + std::string(ingest::name(reason)) +
         ", such as: " + most->example;
}

std::optional<std::string> shortcoming(std::uint64_t learned, const Batches& before, const Batches& now,
                                       const IngestCounter& counter, const LearnerOptions& learner, bool resumed) {
  const IngestCounter::Counts total = counter.total();
  const std::uint64_t lost = total.accepted + total.rejected - std::min(learned, total.accepted + total.rejected);
  if (learned == 0 && lost == 0) {
    if (resumed) return std::nullopt;  // there was nothing more to read
    return "the input has no records";
  }
  if (learned < lost) {
    const std::string sentence = rejected_most("the input", learned, lost, counter.by_reason());
    const std::uint64_t skipped = now.skipped - before.skipped;
    if (skipped == 0) return sentence;
    return sentence + "; " + std::to_string(lost - std::min(lost, total.rejected)) + " are in " +
           std::to_string(skipped) + " batches that were left out" + too_large(learner);
  }
  const std::uint64_t undone = now.undone - before.undone;
  const std::uint64_t all = now.all - before.all;
  if (2 * undone <= all) return std::nullopt;
  return "the input: the steps of " + std::to_string(undone) + " of " + std::to_string(all) +
         " batches were undone, and nothing was learned from them" + too_large(learner);
}

void print_text(const json& report) {
  print_members(report, "");
}

}  // namespace altmind::daemon
