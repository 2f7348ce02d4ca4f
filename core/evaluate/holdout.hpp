#pragma once
// Samples of each concept kept for scoring: what the model still knows of what it learned before a drift.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/learner_options.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// The samples of one concept that are kept. Part of the state; position, label and rows of x go together.
struct HeldConcept {
  std::uint64_t number = 0;             ///< 1, 2, ... in order of their beginning
  std::uint64_t begun = 0;              ///< samples learned before its first one
  std::uint64_t ended = 0;              ///< samples learned up to its last one; 0 while it lasts
  std::uint64_t offered = 0;            ///< samples it was drawn from
  std::vector<std::uint64_t> position;  ///< samples learned before each
  std::vector<std::uint32_t> label;
  std::vector<float> x;         ///< raw features, position.size() rows of model.inputs
  std::vector<float> residual;  ///< what float32 left of them; empty: nothing
  bool scored = false;
  double accuracy = 0.0;         ///< by the newest scoring
  double accuracy_at_end = 0.0;  ///< by the last scoring before it ended

  bool operator==(const HeldConcept&) const = default;
};

/// A scoring of the present concept.
struct PastScore {
  std::uint64_t position = 0;  ///< samples learned before it
  double accuracy = 0.0;

  bool operator==(const PastScore&) const = default;
};

/// A value. Empty while options.holdout_per_concept is 0.
struct HoldoutReservoirs {
  static constexpr std::size_t most_scores = 16;

  std::uint64_t begun = 0;            ///< concepts so far
  std::vector<HeldConcept> concepts;  ///< oldest first; the last one is the present
  std::vector<PastScore> scores;      ///< of the present concept, oldest first
  std::uint64_t scored_step = 0;      ///< of the newest scoring

  bool operator==(const HoldoutReservoirs&) const = default;
};

/// The label that the model would give to each of some samples, n * inputs raw features.
using LabelSamples = std::function<std::vector<std::uint32_t>(Values)>;

/// Offers a batch to the present concept. Each sample since the concept began is kept with the same probability
/// (Vitter 1985, algorithm R), by draws that the concept's number and the count of samples decide. `before`: samples
/// learned before the batch. Also brings reservoirs of a longer configuration down to this one.
void offer(const EvaluationOptions& options, const Samples& samples, std::uint64_t before, HoldoutReservoirs& held);

/// Ends the present concept and begins the next at sample number `now`. Its last `since` samples may be of the next
/// one already, whose beginning was noticed late: they leave the reservoir. What the concept reached is the last
/// scoring before them, or, without one, the accuracy now. Beyond options.holdout_concepts the oldest concept goes.
void begin_concept(const EvaluationOptions& options, std::uint64_t now, std::uint64_t since,
                   const LabelSamples& label_samples, HoldoutReservoirs& held);

/// Accuracy on all concepts by the model as it is. `now`: samples learned.
void score(const LabelSamples& label_samples, std::uint64_t now, std::uint64_t step, HoldoutReservoirs& held);

/// Lopez-Paz and Ranzato 2017, over the concepts that are kept. R_T,i: accuracy on concept i now.
struct HoldoutView {
  struct Concept {
    std::size_t age = 0;  ///< concepts kept that are newer; 0: the present one
    std::uint64_t number = 0, begun = 0, ended = 0;
    std::size_t held = 0;
    double accuracy = 0.0, accuracy_at_end = 0.0;
  };
  bool enabled = false;
  std::uint64_t scored_step = 0;
  double accuracy = 0.0;           ///< ACC = mean_i R_T,i; 0 before the first scoring
  double backward_transfer = 0.0;  ///< BWT = mean over ended concepts of R_T,i - R_i,i; 0 while none has ended
  std::vector<Concept> concepts;   ///< that have been scored, oldest first
};

HoldoutView view(const EvaluationOptions& options, const HoldoutReservoirs& held);

}  // namespace altmind
