#pragma once
// Cells of a sample to network inputs, by its schema.
//
// A numeric column takes one input, normalised as features without a schema are. A hashed category takes `size`
// inputs of which its bucket's is 1, a one-hot one takes `size` + 1, the last shared by all names that found the
// vocabulary full. missing = flag adds an input that is 1 when the value is missing and 0 else; of a missing value
// all other inputs are 0, which for a standardised number is its running mean. Inputs stand in the order of the
// columns. Without a schema the inputs are the features.

#include "core/features/normaliser.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

Statistics fresh_statistics(const NormaliserOptions& options, const SampleSpec& spec);

/// Adds samples. With a schema every numeric column counts the values that are there.
void add(const SampleSpec& spec, Values x, Statistics& statistics);

/// Writes the first n_0 rows of `out` (n_0 + 1, m). map: of the features, not of the inputs. A category beyond its
/// column's inputs sets none.
void apply(const SampleSpec& spec, const Affine& map, Values x, Matrix& out);

}  // namespace altmind
