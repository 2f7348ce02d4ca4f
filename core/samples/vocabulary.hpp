#pragma once
// Maps names of one-hot categories to indices: admission extends the vocabularies, prediction only looks names up.

#include <cstdint>
#include <span>
#include <vector>

#include "core/samples/label_table.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// One table per column of the schema; empty for a column without a vocabulary.
using Vocabularies = std::vector<LabelTable>;

/// Replaces the words of admitted samples by indices, in the order of the cells, and clears `samples.words`. A new
/// name gets the next index, or the shared index `size` if the vocabulary already has `size` names. Appends new
/// names to `introduced`.
void admit_words(const SampleSpec& spec, Samples& samples, Vocabularies& vocabularies,
                 std::vector<IntroducedCategory>& introduced);

/// Does the same for samples to predict, without extending the vocabularies: an unknown name gets the shared index
/// if the vocabulary is full, otherwise unknown_cell, which sets no input.
void look_up_words(const SampleSpec& spec, const Vocabularies& vocabularies, Samples& samples);

inline constexpr float unknown_cell = -1.0F;

}  // namespace altmind
