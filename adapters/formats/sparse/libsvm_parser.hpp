#pragma once
// Parses a line of libsvm text into a sample.

#include <optional>
#include <string_view>

#include "adapters/ingest/record_parser.hpp"
#include "adapters/ingest/row.hpp"

namespace altmind::formats {

/// `label index:value ... # comment`, indices from 1 in any order, each at most once. Without a schema also from 0:
/// index 0 takes the place of the last index, which such a text does not use (a line with both is rejected). Features
/// not listed are 0. With a schema the index is the number of the column, from 1; in a categorical column the text of
/// the value is the category, which is missing if not listed. qid and lists of labels are rejected. Label:
/// text_label.hpp.
class LibsvmParser final : public ingest::RecordParser {
 public:
  explicit LibsvmParser(const SampleSpec& spec);

  std::optional<ingest::Rejection> parse(std::string_view record, Samples& into) override;

 private:
  std::optional<ingest::Rejection> read_feature(std::string_view token);

  SampleSpec spec_;
  ingest::Row row_;
};

}  // namespace altmind::formats
