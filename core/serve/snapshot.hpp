#pragma once
// The published model, from which predictions are made while learning continues.

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

/// Predictions for n samples. values: column-major (outputs, n): class probabilities, summing to 1 (0 for
/// classes not yet seen), or regression outputs in the user's units. label: the most probable class of each sample.
struct Predictions {
  std::size_t count = 0;
  std::size_t outputs = 0;
  std::vector<float> values;
  std::vector<std::uint32_t> label;
  std::vector<double> exact;  ///< regression: the values in double, where that adds precision
};

class Predictor;  // normaliser and networks; core/serve/predictor.hpp

/// Status of the consolidated memory.
struct ConsolidationView {
  bool enabled = false;
  bool protecting = false;           ///< something is consolidated
  bool classes = false;              ///< class regime: new classes have arrived
  std::uint64_t consolidations = 0;  ///< since the fresh state
  std::uint64_t releases = 0;
  double novelty_score = 0.0;  ///< of recent inputs relative to the current task; about 1 while it continues
};

/// Number of consecutive batches that could not be learned after which the model is no longer ready.
inline constexpr std::uint64_t not_learning_batches = 20;

/// Immutable after construction; any thread may read it.
struct Snapshot {
  std::string name;
  SampleSpec spec;
  std::uint64_t step = 0;
  std::uint64_t samples = 0;    ///< samples learned
  std::uint64_t sequence = 0;   ///< journal number of the last sample processed
  std::uint64_t skipped = 0;    ///< batches skipped because a value was not finite
  std::uint64_t undone = 0;     ///< batches whose step was undone because its result was not finite
  std::uint64_t unlearned = 0;  ///< consecutive batches, up to the last one, that were skipped or undone
  std::uint64_t renewals = 0;   ///< times that parts of the state were reinitialised because of that
  LabelTable labels;            ///< named labels; empty for index labels
  std::shared_ptr<const Vocabularies> categories;  ///< of the schema's columns; empty without a schema
  std::vector<std::size_t> hidden;                 ///< outputs per sample of each hidden layer of an arm
  std::size_t multiplications = 0;                 ///< per predicted sample
  std::size_t widest = 1;                          ///< numbers per sample in the largest matrix of a forward pass
  LayerReports layers;                             ///< of the first arm
  ConsolidationView consolidation;
  std::vector<ArmReport> arms;  ///< empty if steps are not self-tuned: one network, whose live weights are served
  PrequentialView prequential_whole;
  PrequentialView prequential_window;
  std::vector<std::uint64_t> class_samples;
  std::vector<std::uint64_t> class_correct;
  DriftView drift;
  HoldoutView holdout;
  std::shared_ptr<const Predictor> predictor;

  /// Predicts all samples in one forward pass. x: n * spec.inputs cells as in `Samples` after admission, one
  /// sample after the other. A sample's result may depend on n in the last bits.
  Predictions predict(Values x) const;

  /// Predicts samples from a parser: first replaces category names in `block` by their indices.
  Predictions predict(Samples& block) const;

  /// Returns the recommended number of samples per forward pass, 1 to 512: it keeps the largest matrix at about 2^20
  /// numbers and in the processor's cache. Larger requests should be predicted in blocks.
  std::size_t block_samples() const;

  /// Returns the class as shown to clients: its name, or its index in decimal.
  std::string class_name(std::uint32_t label) const;
};

/// Thread-safe holder of the newest snapshot. Uses a mutex, since ThreadSanitizer reports a race in the
/// std::atomic<std::shared_ptr> of g++ 12.
class SnapshotCell {
 public:
  explicit SnapshotCell(std::shared_ptr<const Snapshot> first) : current_(std::move(first)) {}
  void publish(std::shared_ptr<const Snapshot> next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);  // the old one is released after the lock
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
