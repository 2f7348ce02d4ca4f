#pragma once
// The published model: what predictions are made from while learning goes on.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/evaluate/drift.hpp"
#include "core/evaluate/holdout.hpp"
#include "core/evaluate/prequential.hpp"
#include "core/samples/label_table.hpp"
#include "core/samples/sample.hpp"
#include "core/samples/vocabulary.hpp"
#include "core/step/step_report.hpp"

namespace altmind {

/// Predictions for n samples. values: column-major (outputs, n): probabilities of the classes, summing
/// to 1 (classes not yet seen have 0), or the regression outputs in the user's units. label: the most probable class of
/// each.
struct Predictions {
  std::size_t count = 0;
  std::size_t outputs = 0;
  std::vector<float> values;
  std::vector<std::uint32_t> label;
  std::vector<double> exact;  ///< of a regression: the same in double, as far as it tells more
};

class Predictor;  // normaliser and network; core/serve/predictor.hpp

/// Where the consolidated memory stands.
struct ConsolidationView {
  bool enabled = false;
  bool protecting = false;           ///< something is consolidated and not released
  bool classes = false;              ///< the class regime: new classes have come
  std::uint64_t consolidations = 0;  ///< since the state was fresh
  std::uint64_t releases = 0;
  double novelty_score = 0.0;  ///< of recent inputs to those of the present task; about 1 where it goes on
};

/// So many batches in a row that could not be learned, and the model is not ready any more.
inline constexpr std::uint64_t not_learning_batches = 20;

/// Immutable after construction; any thread may read it.
struct Snapshot {
  std::string name;
  SampleSpec spec;
  std::uint64_t step = 0;
  std::uint64_t samples = 0;                       ///< samples learned
  std::uint64_t sequence = 0;                      ///< journal number of the last sample taken
  std::uint64_t skipped = 0;                       ///< batches skipped because something was not finite
  std::uint64_t undone = 0;                        ///< batches whose step was undone because its result was not
  std::uint64_t unlearned = 0;                     ///< batches in a row, up to the last one, that were either
  std::uint64_t renewals = 0;                      ///< times that something was made anew because of that
  LabelTable labels;                               ///< named labels; empty for index labels
  std::shared_ptr<const Vocabularies> categories;  ///< of the schema's columns; empty without one
  std::vector<std::size_t> hidden;                 ///< what each hidden layer gives, in numbers a sample
  std::size_t multiplications = 0;                 ///< of a prediction
  std::size_t widest = 1;                          ///< numbers a sample of the largest matrix of a forward pass
  std::vector<LayerReport> layers;
  ConsolidationView consolidation;
  std::uint64_t served = 0;             ///< weights that it predicts from: 0 live, 1 fast, 2 slow average
  std::array<double, 3> recent_loss{};  ///< of the three, by which they were chosen
  double step_fraction = 0.0;           ///< kappa; 0 where the rule does not tune itself: then live weights serve
  PrequentialView prequential_whole;
  PrequentialView prequential_window;
  std::vector<std::uint64_t> class_samples;
  std::vector<std::uint64_t> class_correct;
  DriftView drift;
  HoldoutView holdout;
  std::shared_ptr<const Predictor> predictor;

  /// One forward pass for all samples together. x: n * spec.inputs cells as Samples has them after admission, one
  /// sample after the other. A sample's result may differ in the last bits with n.
  Predictions predict(Values x) const;

  /// The same for samples as parsers make them: names of categories are looked up first, and `block` has their
  /// indices then.
  Predictions predict(Samples& block) const;

  /// Samples that had better go through the network together: as many as keep the largest matrix at about 2^20 numbers
  /// and in the processor's cache, 1 to 512. Who has more predicts them in blocks.
  std::size_t block_samples() const;

  /// What a class is called in answers: its name, or its index in decimal.
  std::string class_name(std::uint32_t label) const;
};

/// Thread-safe holder of the newest snapshot. A mutex and a pointer: std::atomic<std::shared_ptr> of
/// g++ 12 is reported as a race by ThreadSanitizer.
class SnapshotCell {
 public:
  explicit SnapshotCell(std::shared_ptr<const Snapshot> first) : current_(std::move(first)) {}
  void publish(std::shared_ptr<const Snapshot> next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);  // the old one dies outside the readers' sight, after the lock
  }
  std::shared_ptr<const Snapshot> load() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_;
};

}  // namespace altmind
