#pragma once
// The shape of a model's samples, and blocks of samples on their way to the learner.
// No Eigen here: adapters and the journal move samples without computing with them.

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

/// Form of a classification label: a class index, or a name that is assigned an index on arrival.
enum class LabelKind { index, named };

/// The shape of every sample of a model. Constant for the lifetime of a data directory.
struct SampleSpec {
  Task task = Task::classification;
  LabelKind labels = LabelKind::index;
  std::size_t inputs = 0;            ///< features of a sample, d
  std::size_t outputs = 0;           ///< max_classes (classification) or targets per sample (regression)
  std::vector<Column> columns = {};  ///< the schema, one column per feature; empty: `inputs` numbers
  /// Dimensions of a sample for the network, such as channels, height and width, or time steps and numbers per step;
  /// their product is `inputs`. Empty: a flat row.
  std::vector<std::size_t> dimensions = {};

  bool operator==(const SampleSpec&) const = default;
};

/// True if both specs agree in all but schema and dimensions: the journal stores such samples alike.
inline bool same_shape(const SampleSpec& a, const SampleSpec& b) {
  return a.task == b.task && a.labels == b.labels && a.inputs == b.inputs && a.outputs == b.outputs;
}

/// Returns n_0, the inputs of the network: those of all columns, or the features if there is no schema.
inline std::size_t network_inputs(const SampleSpec& spec) {
  if (spec.columns.empty()) return spec.inputs;
  std::size_t inputs = 0;
  for (const Column& column : spec.columns) inputs += column.inputs();
  return inputs;
}

/// n samples, stored as one array per part, so that a block is journalled and learned without a copy per sample.
///
/// x: n * inputs raw (not normalised) float32, one sample after the other: column-major (inputs, n).
/// label: n class indices (classification). name: n class names, only if labels = named and only before
/// admission, which replaces names by indices and clears it. target: n * outputs (regression).
/// words: names of one-hot categories, likewise only before admission.
///
/// With a schema, a cell of x holds the number; missing_cell or odd_text_cell where the column permits it; the bucket
/// of a hashed category; for a one-hot category its index in the column's vocabulary, or `size` for all names that
/// arrived when it was full, and before admission word_cell(index of its name in `words`). Adapters guarantee that
/// every value is finite (or missing where its column permits that) and every index < outputs.
struct Samples {
  std::vector<float> x;
  std::vector<std::uint32_t> label;
  std::vector<float> target;
  std::vector<std::string> name;
  std::size_t count = 0;
  Words words = {};
  Residuals x_residual = {};       ///< float32 rounding residuals of x
  Residuals target_residual = {};  ///< and those of target

  Values features() const { return {x, x_residual}; }
  Values targets() const { return {target, target_residual}; }
  bool operator==(const Samples&) const = default;
};

inline constexpr float missing_cell = std::numeric_limits<float>::quiet_NaN();
inline bool is_missing(float cell) {
  return std::isnan(cell);
}
/// A missing value that was text but not a number. A different quiet NaN; like missing_cell, never computed with.
inline constexpr float odd_text_cell = std::bit_cast<float>(std::bit_cast<std::uint32_t>(missing_cell) + 1U);
inline bool is_odd_text(float cell) {
  return std::bit_cast<std::uint32_t>(cell) == std::bit_cast<std::uint32_t>(odd_text_cell);
}

/// Stores a word's index as the bits of a cell, which is exact for every index.
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

/// A name in the vocabulary of a column.
struct Category {
  std::uint32_t column = 0;
  std::string name;

  bool operator==(const Category&) const = default;
};

/// A category that entered its vocabulary with sample `at` (index within its block).
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
  std::vector<Category> new_categories = {};  ///< likewise, for all columns with a vocabulary
};

}  // namespace altmind
