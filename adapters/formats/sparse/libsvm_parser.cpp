#include "adapters/formats/sparse/libsvm_parser.hpp"

#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "adapters/formats/sparse/text_label.hpp"
#include "adapters/formats/sparse/tokens.hpp"
#include "adapters/ingest/quote.hpp"

namespace altmind::formats {

namespace {

/// Returns the columns of the schema or, without one, numeric columns named by their index.
std::vector<Column> columns_of(const SampleSpec& spec) {
  if (!spec.columns.empty()) return spec.columns;
  std::vector<Column> columns(spec.inputs);
  for (std::size_t j = 0; j < columns.size(); ++j) columns[j].name = std::to_string(j + 1);
  return columns;
}

}  // namespace

LibsvmParser::LibsvmParser(const SampleSpec& spec) : spec_(spec), row_(columns_of(spec), ingest::Absent::zero) {}

std::optional<ingest::Rejection> LibsvmParser::read_feature(std::string_view token) {
  const std::size_t colon = token.find(':');
  if (colon == std::string_view::npos) {
    return ingest::Rejection{ingest::Reason::not_a_number,
                             "features: " + ingest::quote(token) + " must be index:value"};
  }
  const std::string_view written = token.substr(0, colon);
  if (written == "qid")
    return ingest::Rejection{ingest::Reason::unknown_key, "qid: groups of a ranking are not learned"};
  std::uint64_t index = 0;
  const auto [stop, error] = std::from_chars(written.data(), written.data() + written.size(), index);
  const bool zero = spec_.columns.empty();  // without a schema index 0 is allowed: see the header
  if (error != std::errc() || stop != written.data() + written.size() || (index == 0 && !zero) ||
      index > spec_.inputs) {
    return ingest::Rejection{ingest::Reason::wrong_dimension, "features: the index must be an integer from 1 to " +
                                                                  std::to_string(spec_.inputs) + ", got " +
                                                                  ingest::quote(written)};
  }
  if (index == 0) index = spec_.inputs;
  return row_.text(static_cast<std::size_t>(index - 1), token.substr(colon + 1));
}

std::optional<ingest::Rejection> LibsvmParser::parse(std::string_view record, Samples& into) {
  if (!simdjson::validate_utf8(record.data(), record.size()))
    return ingest::Rejection{ingest::Reason::not_utf8, "not UTF-8"};
  record = record.substr(0, record.find('#'));
  const std::string_view label = next_token(record);
  if (label.find_first_of(":,") != std::string_view::npos) {
    return ingest::Rejection{ingest::Reason::label_missing,
                             "label: one label must stand in front, got " + ingest::quote(label)};
  }
  row_.begin();
  for (std::string_view token = next_token(record); !token.empty(); token = next_token(record)) {
    if (auto rejection = read_feature(token)) return rejection;
  }
  return row_.finish_sample([&](Samples& to) { return take_text_label(spec_, label, to); }, into);
}

}  // namespace altmind::formats
