#include "adapters/ingest/missing_values.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace altmind::ingest {

namespace {

/// Formats a number with its digits in groups of three.
std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

}  // namespace

MissingValues& MissingValues::operator+=(const MissingValues& more) {
  values += more.values;
  odd_texts += more.odd_texts;
  for (const auto& [name, count] : more.columns) columns[name] += count;
  return *this;
}

std::string sentence(const MissingValues& missing) {
  constexpr std::size_t most_named = 5;
  std::string text = with_commas(missing.values) + " missing value" + (missing.values == 1 ? "" : "s");
  if (!missing.columns.empty()) {
    std::vector<std::pair<std::string_view, std::uint64_t>> most(missing.columns.begin(), missing.columns.end());
    std::stable_sort(most.begin(), most.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    text += " in " + std::to_string(most.size()) + " column" + (most.size() == 1 ? "" : "s") + " (";
    for (std::size_t i = 0; i < std::min(most.size(), most_named); ++i) {
      text.append(i == 0 ? "" : ", ").append(most[i].first).append(" ").append(with_commas(most[i].second));
    }
    if (most.size() > most_named) text += " and " + std::to_string(most.size() - most_named) + " more";
    text += ')';
  }
  if (missing.odd_texts > 0) text += ", " + with_commas(missing.odd_texts) + " of them text among numbers";
  return text;
}

MissingCounter::MissingCounter(std::vector<Column> columns)
    : columns_(std::move(columns)), may_miss_(std::any_of(columns_.begin(), columns_.end(), [](const Column& column) {
        return column.missing != Missing::refuse;
      })) {}

MissingValues MissingCounter::count(const Samples& samples) const {
  MissingValues missing;
  if (!may_miss_) return missing;
  missing.values = static_cast<std::uint64_t>(std::count_if(samples.x.begin(), samples.x.end(), is_missing));
  if (missing.values == 0) return missing;
  missing.odd_texts = static_cast<std::uint64_t>(std::count_if(samples.x.begin(), samples.x.end(), is_odd_text));
  if (columns_.size() > most_counted_columns) return missing;
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    std::uint64_t count = 0;
    for (std::size_t at = j; at < samples.x.size(); at += columns_.size()) count += is_missing(samples.x[at]) ? 1 : 0;
    if (count > 0) missing.columns[columns_[j].name] = count;
  }
  return missing;
}

}  // namespace altmind::ingest
