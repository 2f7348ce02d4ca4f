#pragma once
// Parses the label at the start of a line of libsvm or VW text.

#include <optional>
#include <string_view>

#include "adapters/ingest/record_parser.hpp"

namespace altmind::formats {

/// Appends the label to label, name or target of `into`, or returns the rejection and leaves `into` unchanged.
///
/// index: a number of integral value from 0 to outputs - 1. named: the text without a leading plus sign; whole numbers
/// are one class however they are written (ingest::class_name). ?, NA, NaN and the like mean no label. Regression: a
/// number, for the only output.
std::optional<ingest::Rejection> take_text_label(const SampleSpec& spec, std::string_view text, Samples& into);

}  // namespace altmind::formats
