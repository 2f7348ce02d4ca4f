#pragma once
// What a sample of one model looks like, and blocks of samples on their way to the learner.
// No Eigen here: adapters and the journal move samples without ever computing with them.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/samples/column.hpp"
#include "core/samples/values.hpp"
#include "core/samples/words.hpp"

namespace altmind {

enum class Task { classification, regression };

/// How a classification label is written: a class index, or a name whose index is assigned on arrival.
enum class LabelKind { index, named };

/// The shape every sample of a model has. Constant for the life of a data directory.
struct SampleSpec {
  Task task = Task::classification;
  LabelKind labels = LabelKind::index;
  std::size_t inputs = 0;            ///< features of a sample, d
  std::size_t outputs = 0;           ///< max_classes (classification) or targets of a sample (regression)
  std::vector<Column> columns = {};  ///< the schema, one for each input; empty: `inputs` numbers
  /// What the numbers are to the network, say channels, height and width, or steps and numbers of a step; their product
  /// is `inputs`. Empty: a row.
  std::vector<std::size_t> dimensions = {};

  bool operator==(const SampleSpec&) const = default;
};

/// All but schema and dimensions: what samples look like in the journal.
inline bool same_shape(const SampleSpec& a, const SampleSpec& b) {
  return a.task == b.task && a.labels == b.labels && a.inputs == b.inputs && a.outputs == b.outputs;
}

/// Inputs of the network, n_0: those of the columns, or without a schema the features.
inline std::size_t network_inputs(const SampleSpec& spec) {
  if (spec.columns.empty()) return spec.inputs;
  std::size_t inputs = 0;
  for (const Column& column : spec.columns) inputs += column.inputs();
  return inputs;
}

/// n samples, stored by part so that a block is journalled and learned without a copy per sample.
///
/// x: n * inputs raw (not normalised) float32, one sample after the other: column-major (inputs, n).
/// label: n class indices (classification). name: n class names, only while labels = named and not yet
/// admitted; admission turns names into indices and empties it. target: n * outputs (regression).
/// words: names of one-hot categories, likewise only until admission.
///
/// A cell of x, with a schema: the number; missing_cell or odd_text_cell where the column permits it; of a hashed
/// category its bucket; of a one-hot one its index in the column's vocabulary, `size` for all names that found it full,
/// before admission word_cell(number of its name in `words`). Past the edge every value is finite (a number, or missing
/// where its column permits that) and every index < outputs.
struct Samples {
  std::vector<float> x;
  std::vector<std::uint32_t> label;
  std::vector<float> target;
  std::vector<std::string> name;
  std::size_t count = 0;
  Words words = {};
  Residuals x_residual = {};       ///< what float32 left of the numbers of x
  Residuals target_residual = {};  ///< and of target

  Values features() const { return {x, x_residual}; }
  Values targets() const { return {target, target_residual}; }
  bool operator==(const Samples&) const = default;
};

inline constexpr float missing_cell = std::numeric_limits<float>::quiet_NaN();
inline bool is_missing(float cell) {
  return std::isnan(cell);
}
/// Missing too, because text stood there that is no number: another quiet NaN, which nothing computes with either.
inline constexpr float odd_text_cell = std::bit_cast<float>(std::bit_cast<std::uint32_t>(missing_cell) + 1U);
inline bool is_odd_text(float cell) {
  return std::bit_cast<std::uint32_t>(cell) == std::bit_cast<std::uint32_t>(odd_text_cell);
}

/// A word's number as the bits of a cell: exact whatever the number.
inline float word_cell(std::uint32_t word) {
  return std::bit_cast<float>(word);
}
inline std::uint32_t word_of(float cell) {
  return std::bit_cast<std::uint32_t>(cell);
}

/// A class name that entered the label table with sample `at` (index within its block).
struct Introduced {
  std::size_t at = 0;
  std::string name;

  bool operator==(const Introduced&) const = default;
};

/// A name that entered the vocabulary of a column.
struct Category {
  std::uint32_t column = 0;
  std::string name;

  bool operator==(const Category&) const = default;
};

/// One that entered it with sample `at` (index within its block).
struct IntroducedCategory {
  std::size_t at = 0;
  Category category;

  bool operator==(const IntroducedCategory&) const = default;
};

/// The samples between two cuts of the journal: one AM step.
struct Batch {
  std::uint64_t last_sequence = 0;            ///< journal number of the last sample
  Samples samples;                            ///< labels are indices
  std::vector<std::string> new_names;         ///< classes first seen in this batch, in order of arrival
  std::vector<Category> new_categories = {};  ///< likewise, of all columns with a vocabulary
};

}  // namespace altmind
