#pragma once
// The values allowed under "label", and how they become part of a sample.

#include <optional>
#include <string_view>
#include <vector>

#include "adapters/ingest/record_parser.hpp"
#include "core/samples/sample.hpp"

namespace altmind::formats {

/// A label as written, before it is interpreted.
struct WrittenLabel {
  enum class Kind { missing, null, number, string, list, boolean, object };
  Kind kind = Kind::missing;
  std::string_view text;      ///< number: its JSON text; string: its content, unescaped; else its JSON text
  double number = 0.0;        ///< value of a number
  std::vector<float> values;  ///< list of numbers
  Residuals residuals;        ///< rounding residuals of `values`
};

/// Appends the label to label, name or target of `into`, or returns the rejection and leaves `into` unchanged.
///
/// index: an integer from 0 to outputs - 1, digits only (3.0 and 3e0 are rejected: they suggest a measurement, not a
/// class). named: a number, by its JSON text, or a string of 1 to max_name_bytes bytes, so 3 and "3" name the same
/// class, 3.0 another. Regression: a list of `outputs` numbers, or a number if outputs is 1.
std::optional<ingest::Rejection> take_label(const SampleSpec& spec, const WrittenLabel& label, Samples& into);

}  // namespace altmind::formats
