#pragma once
// Learner states with learned content, and the error message of decoding an image.

#include <cstdint>
#include <string>

#include "adapters/store/checkpoint/state_codec.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fixed_rule.hpp"

namespace altmind::test {

inline LearnerOptions options_of(Rule rule, OutputRule output, bool named = false, bool standardise = false) {
  LearnerOptions options = fixed_rule();
  options.model.spec = {Task::classification, named ? LabelKind::named : LabelKind::index, 4, 3};
  options.model.hidden = {6, 5, 4};
  options.learning.rule = rule;
  options.learning.output_rule = output;
  if (standardise) options.normaliser.kind = NormaliserKind::standardise;
  return options;
}

/// Options for labels that change abruptly, so that detectors fire and concepts end.
inline LearnerOptions drifting() {
  LearnerOptions options = options_of(Rule::am_mem, OutputRule::adam);
  options.drift.page_hinkley_lambda = 5.0;
  options.drift.cooldown = 100;
  options.drift.reaction = Reaction::forget;
  options.evaluation.holdout_per_concept = 15;
  options.evaluation.holdout_batches = 3;
  return options;
}

/// Returns a state in which every part has changed.
inline LearnerState learned(const LearnerOptions& options, int steps = 7) {
  Learner learner(options);
  Random random(11);
  std::uint64_t sequence = 0;
  const std::vector<Column>& columns = options.model.spec.columns;
  for (int i = 0; i < steps; ++i) {
    const std::size_t inputs = options.model.spec.inputs;
    Batch batch =
        options.model.spec.task == Task::regression ? linear_map(20, inputs, 3, random) : blobs(20, inputs, 3, random);
    for (std::size_t k = 0; k < (columns.empty() ? 0 : batch.samples.x.size()); k += 4) {
      batch.samples.x[k + 1] = static_cast<float>(random.below(3));
      if (random.below(3) == 0) batch.samples.x[k + 2] = missing_cell;
    }
    if (i == 0 && !columns.empty()) batch.new_categories = {{1, "one"}, {1, "\"zw\xC3\xB6lf\"\n"}};
    batch.last_sequence = sequence += 20;
    if (options.evaluation.holdout_per_concept > 0 && i / 40 % 2 == 1) {
      for (std::uint32_t& label : batch.samples.label) label = (label + 1) % 3;
    }
    if (i == 0 && options.model.spec.labels == LabelKind::named) batch.new_names = {"red", "gr\xC3\xBCn", "\"blue\"\n"};
    learner.step(batch);
  }
  return learner.state();
}

inline std::string refusal(const store::CheckpointImage& image, const LearnerOptions& options) {
  try {
    decode_state(image, options);
  } catch (const store::CheckpointError& error) {
    return error.what();
  }
  return {};
}

}  // namespace altmind::test
