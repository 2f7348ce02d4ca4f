#pragma once
// The label in front of a line of libsvm or VW text.

#include <optional>
#include <string_view>

#include "adapters/ingest/record_parser.hpp"

namespace altmind::formats {

/// Appends the label to label, name or target of `into`, or says why not and leaves `into` alone.
///
/// index: a number of integral value from 0 to outputs - 1. named: the text, less a plus sign in front; whole numbers
/// are one class however they are written (ingest::class_name). ?, NA, NaN and their like are no label.
/// Regression: a number, of the only output.
std::optional<ingest::Rejection> take_text_label(const SampleSpec& spec, std::string_view text, Samples& into);

}  // namespace altmind::formats
