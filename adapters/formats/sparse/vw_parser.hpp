#pragma once
// One line of the dense part of Vowpal Wabbit's text format to one sample.

#include <optional>
#include <string_view>

#include "adapters/ingest/record_parser.hpp"
#include "adapters/ingest/row.hpp"

namespace altmind::formats {

/// `label [1] ['tag]|namespace name:value name ... |namespace ...`
///
/// Which column of the schema a feature belongs to, by the first of these that is one:
///
///   1. `namespace^name`, then `name`: the value, 1 where none is written; of a categorical column the value's text
///   2. `namespace^key`, then `key`, where the name is `key=category` and the column is categorical
///   3. `namespace`, a categorical column: the name is the category
///
/// Other names are unknown_key. A number that does not stand there is 0, as in VW, unless its column says what a
/// missing value is; a category is missing. The tag is ignored. As in VW a word that touches the first bar is a tag,
/// so a label needs a blank behind it.
///
/// Refused, as altmind learns nothing by them: importance other than 1, an initial prediction, a weight of a namespace
/// other than 1, cost-sensitive, multi-label and bandit labels (they have a colon or a comma). VW's --oaa labels 1 .. k
/// are names with labels = "named"; with "index" k classes need max_classes = k + 1, as index 0 is never seen.
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
