#pragma once
// One line of libsvm text to one sample.

#include <optional>
#include <string_view>

#include "adapters/ingest/record_parser.hpp"
#include "adapters/ingest/row.hpp"

namespace altmind::formats {

/// `label index:value ... # comment`, indices from 1 in any order, each at most once; without a schema also from 0,
/// where index 0 takes the place of the last one, which such a text does not have (a line that has both is refused). A
/// feature that does not stand there is 0. With a schema the index is the number of the column, from 1; of a
/// categorical column the value's text is the category, and absent it is missing. qid and lists of labels are refused.
/// Label: text_label.hpp.
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
