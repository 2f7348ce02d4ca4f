#pragma once
// Maps the cells of a sample to network inputs, by its schema.
//
// A numeric column takes one input, normalised like features without a schema. A hashed category takes `size`
// inputs, of which that of its bucket is 1; a one-hot category takes `size` + 1, the last one shared by all names
// beyond the vocabulary's capacity. missing = flag adds an input that is 1 if the value is missing, else 0. All other
// inputs of a missing value are 0, which for a standardised number is its running mean. Inputs are in column order.
// Without a schema the inputs are the features.

#include "core/features/normaliser.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

Statistics fresh_statistics(const NormaliserOptions& options, const SampleSpec& spec);

/// Adds samples to the statistics. With a schema, of numeric columns only; missing values are skipped.
void add(const SampleSpec& spec, Values x, Statistics& statistics);

/// Writes the first n_0 rows of `out` (n_0 + 1, m). map: indexed by feature, not by network input. A category index
/// beyond its column's inputs sets no input.
void apply(const SampleSpec& spec, const Affine& map, Values x, Matrix& out);

}  // namespace altmind
