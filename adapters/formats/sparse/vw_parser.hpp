#pragma once
// Parses a line of the dense part of Vowpal Wabbit's text format into a sample.

#include <optional>
#include <string_view>

#include "adapters/ingest/record_parser.hpp"
#include "adapters/ingest/row.hpp"

namespace altmind::formats {

/// `label [1] ['tag]|namespace name:value name ... |namespace ...`
///
/// A feature belongs to the first of these that is a column of the schema:
///
///   1. `namespace^name`, then `name`: the value, 1 if none is written; in a categorical column the text of the value
///   2. `namespace^key`, then `key`, if the name is `key=category` and the column is categorical
///   3. `namespace`, a categorical column: the name is the category
///
/// Other names are unknown_key. A number that is not listed is 0, as in VW, unless its column defines a missing value;
/// a category that is not listed is missing. The tag is ignored. As in VW, a word that touches the first bar is a tag,
/// so a label must be followed by a blank.
///
/// Rejected, because altmind does not support them: importance other than 1, an initial prediction, a namespace weight
/// other than 1, and cost-sensitive, multi-label and bandit labels (they have a colon or a comma). VW's --oaa labels 1
/// .. k are names with labels = "named"; with "index", k classes need max_classes = k + 1, as index 0 is never seen.
class VwParser final : public ingest::RecordParser {
 public:
  explicit VwParser(const SampleSpec& spec);

  std::optional<ingest::Rejection> parse(std::string_view record, Samples& into) override;

 private:
  std::optional<ingest::Rejection> read_head(std::string_view head, std::string_view& label) const;
  std::optional<ingest::Rejection> read_namespace(std::string_view text);
  std::optional<ingest::Rejection> read_feature(std::string_view space, std::string_view token);
  std::optional<std::size_t> find(std::string_view space, std::string_view name);

  SampleSpec spec_;
  ingest::Row row_;
  std::string scratch_;
};

}  // namespace altmind::formats
