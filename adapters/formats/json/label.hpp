#pragma once
// What may stand under "label", and how it becomes part of a sample.

#include <optional>
#include <string_view>
#include <vector>

#include "adapters/ingest/record_parser.hpp"
#include "core/samples/sample.hpp"

namespace altmind::formats {

/// A label as it is written, before anybody asks what it means.
struct WrittenLabel {
  enum class Kind { missing, null, number, string, list, boolean, object };
  Kind kind = Kind::missing;
  std::string_view text;      ///< number: its JSON text; string: its content, unescaped; else its JSON text
  double number = 0.0;        ///< value of a number
  std::vector<float> values;  ///< list of numbers
  Residuals residuals;        ///< what float32 left of them
};

/// Appends the label to label, name or target of `into`, or says why not and leaves `into` alone.
///
/// index: an integer from 0 to outputs - 1 written with digits alone (3.0 and 3e0 are refused: who writes
/// them has a measurement, not a class). named: a number, by its JSON text, or a string of 1 to
/// max_name_bytes bytes, so 3 and "3" name one class, 3.0 another. Regression: a list of `outputs`
/// numbers, or a number when outputs is 1.
std::optional<ingest::Rejection> take_label(const SampleSpec& spec, const WrittenLabel& label, Samples& into);

}  // namespace altmind::formats
