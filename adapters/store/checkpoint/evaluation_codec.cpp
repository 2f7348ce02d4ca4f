#include "adapters/store/checkpoint/evaluation_codec.hpp"

#include <algorithm>

#include "core/step/state_parts.hpp"

namespace altmind::store {

namespace {

// Limits on the memory allocated for a file; the configuration does not allow more.
constexpr std::size_t most_concepts = 1000;
constexpr std::size_t most_held = 100'000;
constexpr std::size_t most_rows = 64;

void require(bool holds, const char* what) {
  if (!holds) throw CheckpointError(std::string(what) + " is inconsistent");
}

/// Requires that `values` consists of whole records of `width` numbers.
template <typename T>
void require_width(const std::vector<T>& values, std::size_t width, const char* what) {
  require(values.size() % width == 0, what);
}

bool all_below(const std::vector<std::uint32_t>& values, std::size_t limit) {
  return std::all_of(values.begin(), values.end(), [limit](std::uint32_t value) { return value < limit; });
}

void put(const Prequential::State& p, Tensors& tensors) {
  tensors["prequential.class_samples"] = list(p.class_samples);
  tensors["prequential.class_correct"] = list(p.class_correct);
  tensors["prequential.class_predicted"] = list(p.class_predicted);
  tensors["prequential.window_loss"] = list(p.window_loss);
  tensors["prequential.window_right"] = list(p.window_right);
  tensors["prequential.window_label"] = list(p.window_label);
  tensors["prequential.window_predicted"] = list(p.window_predicted);
}

Prequential::State take_prequential(const ImageReader& reader, std::size_t classes) {
  Prequential::State p;
  reader.into("prequential.class_samples", p.class_samples, classes);
  reader.into("prequential.class_correct", p.class_correct, classes);
  reader.into("prequential.class_predicted", p.class_predicted, classes);
  reader.into("prequential.window_loss", p.window_loss, Prequential::window_size);
  reader.into("prequential.window_right", p.window_right, Prequential::window_size);
  reader.into("prequential.window_label", p.window_label, Prequential::window_size);
  reader.into("prequential.window_predicted", p.window_predicted, Prequential::window_size);
  const std::size_t labelled = classes > 0 ? p.window_loss.size() : 0;
  require(p.class_samples.size() == classes && p.class_correct.size() == classes &&
              p.class_predicted.size() == classes && p.window_right.size() == p.window_loss.size() &&
              p.window_label.size() == labelled && p.window_predicted.size() == labelled &&
              all_below(p.window_label, classes) && all_below(p.window_predicted, classes),
          "the prequential window");
  return p;
}

void put(const Drift& drift, Tensors& tensors) {
  const PageHinkley& test = drift.page_hinkley;
  tensors["drift.page_hinkley"] = list(std::vector<double>{test.sum, test.excess, test.lowest, test.low_sum});
  std::vector<std::uint64_t> rows;
  std::vector<double> buckets;
  for (const AdwinRow& row : drift.adwin.rows) {
    rows.push_back(row.count);
    for (std::size_t k = 0; k < row.count; ++k) {
      buckets.insert(buckets.end(), {row.buckets[k].sum, row.buckets[k].squares});
    }
  }
  tensors["drift.adwin"] = list(std::vector<double>{drift.adwin.sum, drift.adwin.squares});
  tensors["drift.adwin.rows"] = list(rows);
  tensors["drift.adwin.buckets"] = list(buckets);
  tensors["drift.spread.mean"] = list(drift.spread.mean);
  tensors["drift.spread.squares"] = list(std::vector<double>{drift.spread.squares});
  std::vector<std::uint64_t> counts;
  for (const DetectorCounts& one : drift.counts) counts.insert(counts.end(), {one.alarms, one.held_back, one.last});
  tensors["drift.counts"] = list(counts);
  std::vector<std::uint64_t> alarms;
  std::vector<double> evidence;
  for (const DriftAlarm& alarm : drift.alarms) {
    const Change& change = alarm.change;
    alarms.insert(alarms.end(), {static_cast<std::uint64_t>(alarm.detector), alarm.step, alarm.sample, change.since});
    evidence.insert(evidence.end(), {change.before, change.after, change.statistic, change.threshold});
  }
  tensors["drift.alarms"] = list(alarms);
  tensors["drift.evidence"] = list(evidence);
}

Adwin take_adwin(const ImageReader& reader) {
  Adwin window;
  std::vector<double> sums, buckets;
  std::vector<std::uint64_t> rows;
  reader.into("drift.adwin", sums, 2);
  reader.into("drift.adwin.rows", rows, most_rows);
  reader.into("drift.adwin.buckets", buckets, 2 * AdwinRow::most * most_rows);
  require(sums.size() == 2, "drift.adwin");
  window.sum = sums[0];
  window.squares = sums[1];
  std::size_t at = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    require(rows[i] <= AdwinRow::most && at + 2 * rows[i] <= buckets.size(), "drift.adwin.rows");
    AdwinRow& row = window.rows.emplace_back();
    row.count = rows[i];
    for (std::size_t k = 0; k < row.count; ++k, at += 2) row.buckets[k] = {buckets[at], buckets[at + 1]};
    window.count += row.count << i;
  }
  require(at == buckets.size() && (rows.empty() || rows.back() > 0), "drift.adwin.buckets");
  return window;
}

Drift take_drift(const ImageReader& reader, const LearnerOptions& options) {
  Drift drift;
  std::vector<double> test, squares, evidence;
  std::vector<std::uint64_t> counts, alarms;
  reader.into("drift.page_hinkley", test, 4);
  reader.into("drift.spread.mean", drift.spread.mean, options.model.spec.outputs);
  reader.into("drift.spread.squares", squares, 1);
  reader.into("drift.counts", counts, 3 * detector_count);
  reader.into("drift.alarms", alarms, 4 * Drift::most_alarms);
  reader.into("drift.evidence", evidence, 4 * Drift::most_alarms);
  require(test.size() == 4, "drift.page_hinkley");
  require(squares.size() == 1, "drift.spread.squares");
  require(counts.size() == 3 * detector_count, "drift.counts");
  require(alarms.size() == evidence.size(), "drift.alarms");
  require_width(alarms, 4, "drift.alarms");
  drift.page_hinkley.sum = test[0];
  drift.page_hinkley.excess = test[1];
  drift.page_hinkley.lowest = test[2];
  drift.page_hinkley.low_sum = test[3];
  drift.adwin = take_adwin(reader);
  drift.spread.squares = squares[0];
  for (std::size_t i = 0; i < detector_count; ++i) {
    drift.counts[i] = {counts[3 * i], counts[3 * i + 1], counts[3 * i + 2]};
  }
  for (std::size_t i = 0; i < alarms.size(); i += 4) {
    require(alarms[i] < detector_count, "drift.alarms");
    const Change change{evidence[i], evidence[i + 1], evidence[i + 2], evidence[i + 3], alarms[i + 3]};
    drift.alarms.push_back({static_cast<Detector>(alarms[i]), alarms[i + 1], alarms[i + 2], change});
  }
  return drift;
}

void put(const HoldoutReservoirs& held, Tensors& tensors) {
  std::vector<std::uint64_t> numbers, positions;
  std::vector<double> accuracies, scores;
  for (std::size_t k = 0; k < held.concepts.size(); ++k) {
    const HeldConcept& one = held.concepts[k];
    numbers.insert(numbers.end(), {one.number, one.begun, one.ended, one.offered, one.scored ? 1U : 0U});
    accuracies.insert(accuracies.end(), {one.accuracy, one.accuracy_at_end});
    tensors[numbered("holdout.", k, ".position")] = list(one.position);
    tensors[numbered("holdout.", k, ".label")] = list(one.label);
    tensors[numbered("holdout.", k, ".x")] = list(one.x);
    if (!one.residual.empty()) tensors[numbered("holdout.", k, ".residual")] = list(one.residual);
  }
  for (const PastScore& past : held.scores) {
    positions.push_back(past.position);
    scores.push_back(past.accuracy);
  }
  tensors["holdout.concepts"] = list(numbers);
  tensors["holdout.accuracies"] = list(accuracies);
  tensors["holdout.scores"] = list(scores);
  tensors["holdout.scores_at"] = list(positions);
}

HoldoutReservoirs take_holdout(const ImageReader& reader, const LearnerOptions& options) {
  HoldoutReservoirs held;
  std::vector<std::uint64_t> numbers, positions;
  std::vector<double> accuracies, scores;
  reader.into("holdout.concepts", numbers, 5 * most_concepts);
  reader.into("holdout.accuracies", accuracies, 2 * most_concepts);
  reader.into("holdout.scores", scores, HoldoutReservoirs::most_scores);
  reader.into("holdout.scores_at", positions, HoldoutReservoirs::most_scores);
  require_width(numbers, 5, "holdout.concepts");
  require(accuracies.size() * 5 == numbers.size() * 2, "holdout.accuracies");
  require(scores.size() == positions.size(), "holdout.scores");
  const std::size_t inputs = options.model.spec.inputs;
  for (std::size_t k = 0; k < numbers.size() / 5; ++k) {
    HeldConcept& one = held.concepts.emplace_back();
    const std::uint64_t* const n = numbers.data() + 5 * k;
    one.number = n[0];
    one.begun = n[1];
    one.ended = n[2];
    one.offered = n[3];
    one.scored = n[4] != 0;
    one.accuracy = accuracies[2 * k];
    one.accuracy_at_end = accuracies[2 * k + 1];
    reader.into(numbered("holdout.", k, ".position"), one.position, most_held);
    reader.into(numbered("holdout.", k, ".label"), one.label, most_held);
    reader.into(numbered("holdout.", k, ".x"), one.x, most_held * inputs);
    if (const std::string name = numbered("holdout.", k, ".residual"); reader.has(name)) {
      reader.into(name, one.residual, most_held * inputs);
    }
    require(one.label.size() == one.position.size() && one.x.size() == one.position.size() * inputs &&
                (one.residual.empty() || one.residual.size() == one.x.size()),
            "a holdout reservoir");
  }
  for (std::size_t i = 0; i < scores.size(); ++i) held.scores.push_back({positions[i], scores[i]});
  return held;
}

}  // namespace

void put_evaluation(const LearnerState& state, Tensors& tensors) {
  put(state.prequential.state(), tensors);
  put(state.drift, tensors);
  put(state.holdout, tensors);
}

void put_evaluation(const LearnerState& state, Scalars& scalars) {
  const Prequential::State& p = state.prequential.state();
  const Scalars own = {
      {"prequential.samples", p.samples},
      {"prequential.correct", p.correct},
      {"prequential.majority_correct", p.majority_correct},
      {"prequential.no_change_correct", p.no_change_correct},
      {"prequential.loss_bits", std::bit_cast<std::uint64_t>(p.loss)},
      {"prequential.head", p.head},
      {"drift.page_hinkley.count", state.drift.page_hinkley.count},
      {"drift.page_hinkley.low_at", state.drift.page_hinkley.low_at},
      {"drift.adwin.taken", state.drift.adwin.taken},
      {"drift.spread.samples", state.drift.spread.samples},
      {"drift.concept_at", state.drift.concept_at},
      {"holdout.begun", state.holdout.begun},
      {"holdout.scored_step", state.holdout.scored_step},
  };
  scalars.insert(scalars.end(), own.begin(), own.end());
}

void take_evaluation(const ImageReader& reader, const std::function<std::uint64_t(const std::string&)>& scalar,
                     const LearnerOptions& options, LearnerState& state) {
  const bool classes = options.model.spec.task == Task::classification;
  Prequential::State p = take_prequential(reader, classes ? options.model.spec.outputs : 0);
  p.samples = scalar("prequential.samples");
  p.correct = scalar("prequential.correct");
  p.majority_correct = scalar("prequential.majority_correct");
  p.no_change_correct = scalar("prequential.no_change_correct");
  p.loss = std::bit_cast<double>(scalar("prequential.loss_bits"));
  p.head = scalar("prequential.head");
  require(p.head < Prequential::window_size, "the prequential window");
  state.prequential = Prequential(std::move(p));
  state.drift = take_drift(reader, options);
  state.drift.page_hinkley.count = scalar("drift.page_hinkley.count");
  state.drift.page_hinkley.low_at = scalar("drift.page_hinkley.low_at");
  state.drift.adwin.taken = scalar("drift.adwin.taken");
  state.drift.spread.samples = scalar("drift.spread.samples");
  state.drift.concept_at = scalar("drift.concept_at");
  state.holdout = take_holdout(reader, options);
  state.holdout.begun = scalar("holdout.begun");
  state.holdout.scored_step = scalar("holdout.scored_step");
}

}  // namespace altmind::store
