#pragma once
// What a sample of one model looks like, and blocks of samples on their way to the learner.
// No Eigen here: adapters and the journal move samples without ever computing with them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace altmind {

enum class Task { classification, regression };

/// How a classification label is written: a class index, or a name whose index is assigned on arrival.
enum class LabelKind { index, named };

/// The shape every sample of a model has. Constant for the life of a data directory.
struct SampleSpec {
  Task task = Task::classification;
  LabelKind labels = LabelKind::index;
  std::size_t inputs = 0;   ///< features of a sample, d
  std::size_t outputs = 0;  ///< max_classes (classification) or targets of a sample (regression)

  bool operator==(const SampleSpec&) const = default;
};

/// n samples, stored by part so that a block is journalled and learned without a copy per sample.
///
/// x: n * inputs raw (not normalised) float32, one sample after the other: column-major (inputs, n).
/// label: n class indices (classification). name: n class names, only while labels = named and not yet
/// admitted; admission turns names into indices and empties it. target: n * outputs (regression).
/// Past the edge every value is finite and every index < outputs.
struct Samples {
  std::vector<float> x;
  std::vector<std::uint32_t> label;
  std::vector<float> target;
  std::vector<std::string> name;
  std::size_t count = 0;

  bool operator==(const Samples&) const = default;
};

/// A class name that entered the label table with sample `at` (index within its block).
struct Introduced {
  std::size_t at = 0;
  std::string name;

  bool operator==(const Introduced&) const = default;
};

/// The samples between two cuts of the journal: one AM step.
struct Batch {
  std::uint64_t last_sequence = 0;     ///< journal number of the last sample
  Samples samples;                     ///< labels are indices
  std::vector<std::string> new_names;  ///< classes first seen in this batch, in order of arrival
};

}  // namespace altmind
