#include "adapters/formats/sparse/vw_parser.hpp"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <vector>

#include "adapters/formats/sparse/text_label.hpp"
#include "adapters/formats/sparse/tokens.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/quote.hpp"

namespace altmind::formats {

namespace {

bool is_one(std::string_view text) {
  double value = 0.0;
  return ingest::read_number(text, value) == ingest::NumberRead::number && value == 1.0;
}

}  // namespace

VwParser::VwParser(const SampleSpec& spec) : spec_(spec), row_(spec.columns, ingest::Absent::zero) {}

// Parses the text before the first bar.
std::optional<ingest::Rejection> VwParser::read_head(std::string_view head, std::string_view& label) const {
  const bool touches = !head.empty() && head.find_last_of(" \t\r") != head.size() - 1;
  std::vector<std::string_view> words;
  for (std::string_view word = next_token(head); !word.empty(); word = next_token(head)) {
    if (words.size() == 4)
      return ingest::Rejection{ingest::Reason::unknown_key, "label: too much stands before the bar"};
    words.push_back(word);
  }
  if (!words.empty() && (touches || words.back().front() == '\'')) words.pop_back();
  if (words.empty()) {
    return ingest::Rejection{ingest::Reason::label_missing, "label: is missing (what touches the bar is a tag)"};
  }
  label = words[0];
  if (label.find_first_of(":,") != std::string_view::npos) {
    return ingest::Rejection{ingest::Reason::label_out_of_range,
                             "label: must be one class or number, got " + ingest::quote(label)};
  }
  if (words.size() > 1 && !is_one(words[1])) {
    return ingest::Rejection{ingest::Reason::unknown_key,
                             "importance: must be 1 or left out, got " + ingest::quote(words[1])};
  }
  if (words.size() > 2) {
    return ingest::Rejection{ingest::Reason::unknown_key,
                             "initial prediction: is not used and must be left out, got " + ingest::quote(words[2])};
  }
  return std::nullopt;
}

std::optional<std::size_t> VwParser::find(std::string_view space, std::string_view name) {
  if (!space.empty()) {
    scratch_.assign(space).append(1, '^').append(name);
    if (const auto column = row_.find(scratch_)) return column;
  }
  return row_.find(name);
}

std::optional<ingest::Rejection> VwParser::read_feature(std::string_view space, std::string_view token) {
  const std::size_t colon = token.find(':');
  const std::string_view name = token.substr(0, colon);
  const bool valued = colon != std::string_view::npos;
  const std::string_view value = valued ? token.substr(colon + 1) : std::string_view("1");
  if (const auto column = find(space, name)) return row_.text(*column, value);

  const auto category = [&](std::size_t column, std::string_view text) {
    if (!valued || is_one(value)) return row_.category(column, text);
    return std::optional(ingest::Rejection{ingest::Reason::not_a_number, "features: " + ingest::quote(name) +
                                                                             " is a category: its value must "
                                                                             "be 1 or left out, got " +
                                                                             ingest::quote(value)});
  };
  if (const std::size_t equals = name.find('='); equals != std::string_view::npos) {
    const auto column = find(space, name.substr(0, equals));
    if (column && row_.column(*column).type == ColumnType::categorical) {
      return category(*column, name.substr(equals + 1));
    }
  }
  const auto column = row_.find(space);
  if (column && row_.column(*column).type == ColumnType::categorical) return category(*column, name);
  return ingest::Rejection{ingest::Reason::unknown_key,
                           "features: " + ingest::quote(name) +
                               (space.empty() ? "" : " of namespace " + ingest::quote(space)) +
                               " is no column of the schema"};
}

// Parses the text between two bars. If it begins with a blank, the namespace has no name.
std::optional<ingest::Rejection> VwParser::read_namespace(std::string_view text) {
  std::string_view space;
  if (!text.empty() && text.front() != ' ' && text.front() != '\t') space = next_token(text);
  if (const std::size_t colon = space.find(':'); colon != std::string_view::npos) {
    if (!is_one(space.substr(colon + 1))) {
      return ingest::Rejection{ingest::Reason::unknown_key,
                               "namespace: its weight must be 1 or left out, got " + ingest::quote(space)};
    }
    space = space.substr(0, colon);
  }
  for (std::string_view token = next_token(text); !token.empty(); token = next_token(text)) {
    if (auto rejection = read_feature(space, token)) return rejection;
  }
  return std::nullopt;
}

std::optional<ingest::Rejection> VwParser::parse(std::string_view record, Samples& into) {
  if (!simdjson::validate_utf8(record.data(), record.size()))
    return ingest::Rejection{ingest::Reason::not_utf8, "not UTF-8"};
  std::size_t bar = record.find('|');
  if (bar == std::string_view::npos)
    return ingest::Rejection{ingest::Reason::features_missing, "features: there is no bar"};
  std::string_view label;
  if (auto rejection = read_head(record.substr(0, bar), label)) return rejection;
  row_.begin();
  while (bar != std::string_view::npos) {
    const std::size_t next = record.find('|', bar + 1);
    if (auto rejection = read_namespace(record.substr(bar + 1, next - bar - 1))) return rejection;
    bar = next;
  }
  return row_.finish_sample([&](Samples& to) { return take_text_label(spec_, label, to); }, into);
}

}  // namespace altmind::formats
