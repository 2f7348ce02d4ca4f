#pragma once
// Holdout samples of each concept, kept only for scoring: they measure what the model retains from before a drift.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/learner_options.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// The holdout samples of one concept. Part of the state; position, label and the rows of x are parallel.
struct HeldConcept {
  std::uint64_t number = 0;             ///< 1, 2, ... in order of start
  std::uint64_t begun = 0;              ///< samples learned before its first sample
  std::uint64_t ended = 0;              ///< samples learned up to its last sample; 0 while it lasts
  std::uint64_t offered = 0;            ///< samples that the holdout was drawn from
  std::vector<std::uint64_t> position;  ///< of each sample: samples learned before it
  std::vector<std::uint32_t> label;
  std::vector<float> x;         ///< raw features, position.size() rows of model.inputs
  std::vector<float> residual;  ///< float32 rounding residuals of x; empty: none
  bool scored = false;
  double accuracy = 0.0;         ///< by the most recent scoring
  double accuracy_at_end = 0.0;  ///< by the last scoring before the concept ended

  bool operator==(const HeldConcept&) const = default;
};

/// A past scoring of the current concept.
struct PastScore {
  std::uint64_t position = 0;  ///< samples learned before it
  double accuracy = 0.0;

  bool operator==(const PastScore&) const = default;
};

/// The holdout samples of all concepts. A value type; empty while options.holdout_per_concept is 0.
struct HoldoutReservoirs {
  static constexpr std::size_t most_scores = 16;

  std::uint64_t begun = 0;            ///< concepts so far
  std::vector<HeldConcept> concepts;  ///< oldest first; the last one is the current one
  std::vector<PastScore> scores;      ///< of the current concept, oldest first
  std::uint64_t scored_step = 0;      ///< step of the most recent scoring

  bool operator==(const HoldoutReservoirs&) const = default;
};

/// Predicts the label of each of n samples, given as n * inputs raw features.
using LabelSamples = std::function<std::vector<std::uint32_t>(Values)>;

/// Offers a batch to the current concept. Each sample since the concept began is kept with the same probability
/// (Vitter 1985, algorithm R), by draws that depend only on the concept's number and the sample count. `before`:
/// samples learned before the batch. Also shrinks reservoirs to the current configuration.
void offer(const EvaluationOptions& options, const Samples& samples, std::uint64_t before, HoldoutReservoirs& held);

/// Ends the current concept and begins the next at sample number `now`. Removes the last `since` samples from the
/// reservoir, since they may already belong to the next concept, whose start was detected late. accuracy_at_end is that
/// of the last scoring before them or, without one, the accuracy now. Evicts the oldest concept beyond
/// options.holdout_concepts.
void begin_concept(const EvaluationOptions& options, std::uint64_t now, std::uint64_t since,
                   const LabelSamples& label_samples, HoldoutReservoirs& held);

/// Scores the current model on all concepts. `now`: samples learned.
void score(const LabelSamples& label_samples, std::uint64_t now, std::uint64_t step, HoldoutReservoirs& held);

/// Accuracy and backward transfer (Lopez-Paz and Ranzato 2017) over the kept concepts. R_T,i: current accuracy on
/// concept i.
struct HoldoutView {
  struct Concept {
    std::size_t age = 0;  ///< number of newer kept concepts; 0: the current one
    std::uint64_t number = 0, begun = 0, ended = 0;
    std::size_t held = 0;
    double accuracy = 0.0, accuracy_at_end = 0.0;
  };
  bool enabled = false;
  std::uint64_t scored_step = 0;
  double accuracy = 0.0;           ///< ACC = mean_i R_T,i; 0 before the first scoring
  double backward_transfer = 0.0;  ///< BWT = mean over ended concepts of R_T,i - R_i,i; 0 while none has ended
  std::vector<Concept> concepts;   ///< concepts that have been scored, oldest first
};

HoldoutView view(const EvaluationOptions& options, const HoldoutReservoirs& held);

}  // namespace altmind
