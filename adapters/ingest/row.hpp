#pragma once
// The cells of one sample by a schema, whatever format they are read from.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/record_parser.hpp"

namespace altmind::ingest {

/// Bucket of a hashed category: FNV-1a of its bytes (64 bits: offset 14695981039346656037, prime 1099511628211),
/// remainder by `buckets`.
std::size_t category_bucket(std::string_view text, std::size_t buckets);

/// What a column that does not stand in a record has.
enum class Absent {
  missing,
  zero,  ///< of sparse formats: a number is 0, unless its column says what a missing value is
};

/// Filled value by value between begin() and finish(); each call says what is wrong. Not thread-safe.
class Row {
 public:
  explicit Row(std::vector<Column> columns, Absent absent = Absent::missing);

  std::optional<std::size_t> find(std::string_view name) const;
  const Column& column(std::size_t j) const { return columns_[j]; }

  void begin();
  /// A number that was written as `text`; of a categorical column `text` is the category.
  std::optional<Rejection> number(std::size_t j, double value, std::string_view text);
  /// A category of a categorical column, as it stands; nothing at all is missing.
  std::optional<Rejection> category(std::size_t j, std::string_view text);
  /// Text that is a number or a category as the column has it.
  std::optional<Rejection> text(std::size_t j, std::string_view text);
  std::optional<Rejection> missing(std::size_t j);
  /// Text of which no number could be read, where that is taken for missing.
  std::optional<Rejection> odd_text(std::size_t j);
  /// The refusal of text of which no number could be read.
  std::optional<Rejection> unreadable(std::size_t j, NumberRead read, std::string_view text);
  /// Appends the cells, and the words they name, to x and words of `into`. Columns that nothing was said of are
  /// absent. On refusal `into` stays as it was.
  std::optional<Rejection> finish(Samples& into);
  /// One sample more: what `take_label(into)` appends, then the row. On either's refusal `into` stays as it was.
  template <typename TakeLabel>
  std::optional<Rejection> finish_sample(const TakeLabel& take_label, Samples& into) {
    const std::size_t labels = into.label.size();
    const std::size_t targets = into.target.size();
    const std::size_t names = into.name.size();
    std::optional<Rejection> rejection = take_label(into);
    if (!rejection) rejection = finish(into);  // last: once the row is in, nothing may fail
    if (rejection) {
      into.label.resize(labels);
      into.target.resize(targets);
      into.target_residual.cut(targets);
      into.name.resize(names);
      return rejection;
    }
    ++into.count;
    return std::nullopt;
  }

 private:
  std::optional<Rejection> take(std::size_t j);
  std::optional<Rejection> set_missing(std::size_t j, float cell = missing_cell);
  std::string where(std::size_t j) const;

  struct Name {
    std::size_t column;
    std::string text;
  };

  // Constant after construction.
  std::vector<Column> columns_;
  Absent absent_;
  std::unordered_map<std::string, std::size_t> index_;

  std::vector<float> cells_;
  std::vector<float> residuals_;       ///< of the cells, 0 of most
  bool precise_ = false;               ///< whether one of them is not
  std::vector<std::uint64_t> set_in_;  ///< record in which the column was set last
  std::uint64_t record_ = 0;
  std::vector<Name> names_;  ///< first names_count_ are of this record
  std::size_t names_count_ = 0;
};

}  // namespace altmind::ingest
