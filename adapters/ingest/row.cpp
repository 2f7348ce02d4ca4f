#include "adapters/ingest/row.hpp"

#include <algorithm>
#include <utility>

#include "adapters/ingest/decimal.hpp"
#include "adapters/ingest/quote.hpp"

namespace altmind::ingest {

std::size_t category_bucket(std::string_view text, std::size_t buckets) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211U;
  }
  return static_cast<std::size_t>(hash % buckets);
}

Row::Row(std::vector<Column> columns, Absent absent)
    : columns_(std::move(columns)),
      absent_(absent),
      cells_(columns_.size()),
      residuals_(columns_.size(), 0.0F),
      set_in_(columns_.size(), 0) {
  for (std::size_t j = 0; j < columns_.size(); ++j) index_.emplace(columns_[j].name, j);
}

std::optional<std::size_t> Row::find(std::string_view name) const {
  const auto at = index_.find(std::string(name));
  return at == index_.end() ? std::nullopt : std::optional(at->second);
}

std::string Row::where(std::size_t j) const {
  return "features: " + quote(columns_[j].name);
}

void Row::begin() {
  ++record_;
  names_count_ = 0;
  if (std::exchange(precise_, false)) std::fill(residuals_.begin(), residuals_.end(), 0.0F);
}

std::optional<Rejection> Row::take(std::size_t j) {
  if (std::exchange(set_in_[j], record_) == record_) {
    return Rejection{Reason::duplicate_key, where(j) + " stands twice in one sample"};
  }
  return std::nullopt;
}

std::optional<Rejection> Row::set_missing(std::size_t j, float cell) {
  if (columns_[j].missing == Missing::refuse) {
    return Rejection{Reason::features_missing, where(j) + " is missing, which its column does not permit"};
  }
  cells_[j] = cell;
  return std::nullopt;
}

std::optional<Rejection> Row::missing(std::size_t j) {
  if (auto twice = take(j)) return twice;
  return set_missing(j);
}

std::optional<Rejection> Row::odd_text(std::size_t j) {
  if (auto twice = take(j)) return twice;
  return set_missing(j, odd_text_cell);
}

std::optional<Rejection> Row::number(std::size_t j, double value, std::string_view text) {
  if (columns_[j].type == ColumnType::categorical) return category(j, text);
  if (auto twice = take(j)) return twice;
  if (to_float(value, cells_[j])) {
    residuals_[j] = residual_of(value, cells_[j], text);
    precise_ |= residuals_[j] != 0.0F;
    return std::nullopt;
  }
  return Rejection{Reason::not_finite, where(j) + ": " + quote(text) + " is not a finite float32"};
}

std::optional<Rejection> Row::category(std::size_t j, std::string_view text) {
  if (text.empty()) return missing(j);
  if (auto twice = take(j)) return twice;
  if (text.size() > max_name_bytes) {
    return Rejection{Reason::not_a_category, where(j) + ": a category has at most " + std::to_string(max_name_bytes) +
                                                 " bytes, got " + std::to_string(text.size())};
  }
  if (!columns_[j].has_vocabulary()) {
    cells_[j] = static_cast<float>(category_bucket(text, columns_[j].size));
    return std::nullopt;
  }
  if (names_count_ == names_.size()) names_.emplace_back();
  Name& name = names_[names_count_++];
  name.column = j;
  name.text.assign(text);
  return std::nullopt;
}

std::optional<Rejection> Row::text(std::size_t j, std::string_view text) {
  if (columns_[j].type == ColumnType::categorical) return category(j, text);
  double value = 0.0;
  const NumberRead read = read_number(text, value);
  if (read == NumberRead::number) return number(j, value, text);
  if (means_missing(text)) return missing(j);
  return unreadable(j, read, text);
}

std::optional<Rejection> Row::unreadable(std::size_t j, NumberRead read, std::string_view text) {
  if (auto twice = take(j)) return twice;
  if (read == NumberRead::overflow) {
    return Rejection{Reason::not_finite, where(j) + ": " + quote(text) + " is not a finite float32"};
  }
  return Rejection{Reason::not_a_number, where(j) + ": must be a number, got " + quote(text)};
}

std::optional<Rejection> Row::finish(Samples& into) {
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    if (set_in_[j] == record_) continue;
    const bool number = columns_[j].type == ColumnType::numeric;
    if (absent_ == Absent::zero && number && columns_[j].missing == Missing::refuse) {
      cells_[j] = 0.0F;
    } else if (auto refused = set_missing(j)) {
      return refused;
    }
  }
  for (std::size_t i = 0; i < names_count_; ++i) cells_[names_[i].column] = word_cell(into.words.add(names_[i].text));
  if (precise_) {
    for (std::size_t j = 0; j < cells_.size(); ++j) into.x_residual.add(into.x.size() + j, residuals_[j]);
  }
  into.x.insert(into.x.end(), cells_.begin(), cells_.end());
  return std::nullopt;
}

}  // namespace altmind::ingest
