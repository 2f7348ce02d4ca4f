#pragma once
// Names of one-hot categories to indices: admission extends the vocabularies, prediction looks names up.

#include <cstdint>
#include <span>
#include <vector>

#include "core/samples/label_table.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// One table per column of the schema; that of a column without a vocabulary stays empty.
using Vocabularies = std::vector<LabelTable>;

/// Turns the words of admitted samples into indices, in the order of the cells, and empties them. A name that is
/// new gets the next index, or, where the vocabulary has all `size` names, the shared index `size`. Appends what
/// was new to `introduced`.
void admit_words(const SampleSpec& spec, Samples& samples, Vocabularies& vocabularies,
                 std::vector<IntroducedCategory>& introduced);

/// The same for samples to predict from, which teach nothing: a name that is not known gets the shared index
/// where the vocabulary is full, and else unknown_cell, for which no input is set.
void look_up_words(const SampleSpec& spec, const Vocabularies& vocabularies, Samples& samples);

inline constexpr float unknown_cell = -1.0F;

}  // namespace altmind
