#pragma once
// Parses a JSON object into a sample.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/ingest/record_parser.hpp"

namespace altmind::formats {

/// `{"features": [numbers], "label": ..., "id": ...}`, keys in any order, each at most once; other keys are
/// unknown_key. label: see adapters/formats/json/label.hpp. id: a string or a number, ignored when learning.
///
/// The whole record is checked: UTF-8, structure, nothing after the object. A record that is not JSON is not_utf8 or
/// not_json, whatever else is wrong with it. One nested deeper than a list of numbers inside the object, or deeper than
/// features may be (feature_shape.hpp), is too_deep, and the text after that place is not checked. Otherwise the first
/// fault in text order is reported, and missing members last. null is label_missing under label and not_a_number under
/// features.
///
/// With a schema, features are an object: `{"amount": 12.5, "country": "DE", "age": null}`. An absent key, like null,
/// is a missing value. A number or boolean in a categorical column is the category of that text. Keys that are not
/// columns are unknown_key.
///
/// Plain samples without a schema take the fast path of plain_sample.hpp, all others simdjson.
class SampleParser final : public ingest::RecordParser {
 public:
  explicit SampleParser(SampleSpec spec);
  ~SampleParser() override;

  std::optional<ingest::Rejection> parse(std::string_view record, Samples& into) override;

  /// Parses an object to predict from: appends its features to x (and words) of `into`, or returns the rejection and
  /// leaves `into` unchanged. A label is optional and ignored. id: set to the JSON text of the id, including quotes,
  /// ready for a response; empty if there is none; may be null.
  std::optional<ingest::Rejection> parse_features(std::string_view record, Samples& into, std::string* id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::formats
