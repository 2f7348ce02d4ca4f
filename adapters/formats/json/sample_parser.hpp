#pragma once
// One JSON object to one sample.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/ingest/record_parser.hpp"

namespace altmind::formats {

/// `{"features": [numbers], "label": ..., "id": ...}`, keys in any order, each at most once; other keys
/// are unknown_key. What may stand under label: adapters/formats/json/label.hpp. id: a string or a number, ignored
/// when learning.
///
/// The whole record is checked: UTF-8, structure, nothing behind the object. A record that is not JSON is
/// not_utf8 or not_json whatever else is wrong with it. One that is nested deeper than a list of numbers
/// inside the object, or features may be (feature_shape.hpp), is too_deep, and the text behind that place is not looked
/// at. Otherwise the first fault in the order of the text is named, and missing members last. null is label_missing
/// under label and not_a_number under features.
///
/// With a schema, features are an object: `{"amount": 12.5, "country": "DE", "age": null}`. An absent key is the same
/// as null: missing. A number or boolean of a categorical column is the category it is written as. Keys that are no
/// column are unknown_key.
///
/// Plain samples without a schema take the fast way of plain_sample.hpp, all others simdjson's.
class SampleParser final : public ingest::RecordParser {
 public:
  explicit SampleParser(SampleSpec spec);
  ~SampleParser() override;

  std::optional<ingest::Rejection> parse(std::string_view record, Samples& into) override;

  /// Reads an object to predict from: appends its features to x (and words) of `into`, or returns why not and
  /// leaves it as it was. A label may be missing and is ignored. id: set to the JSON text of the id, quotes kept,
  /// as it can be written into an answer; empty if there is none; may be null.
  std::optional<ingest::Rejection> parse_features(std::string_view record, Samples& into, std::string* id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::formats
