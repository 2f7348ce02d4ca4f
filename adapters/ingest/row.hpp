#pragma once
// The cells of one sample according to a schema, for every input format.

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

/// Returns the bucket of a hashed category: FNV-1a of its bytes (64 bits: offset 14695981039346656037, prime
/// 1099511628211) modulo `buckets`.
std::size_t category_bucket(std::string_view text, std::size_t buckets);

/// The value of a column that is absent from a record.
enum class Absent {
  missing,
  zero,  ///< for sparse formats: a number is 0, unless its column defines a missing value
};

/// Filled value by value between begin() and finish(); each call may return a rejection. Not thread-safe.
class Row {
 public:
  explicit Row(std::vector<Column> columns, Absent absent = Absent::missing);

  std::optional<std::size_t> find(std::string_view name) const;
  const Column& column(std::size_t j) const { return columns_[j]; }

  void begin();
  /// Sets a number that was written as `text`; in a categorical column `text` is the category.
  std::optional<Rejection> number(std::size_t j, double value, std::string_view text);
  /// Sets a category of a categorical column, verbatim; empty text is missing.
  std::optional<Rejection> category(std::size_t j, std::string_view text);
  /// Sets text that is a number or a category, depending on the column.
  std::optional<Rejection> text(std::size_t j, std::string_view text);
  std::optional<Rejection> missing(std::size_t j);
  /// Sets text that is not a number, where such text counts as missing.
  std::optional<Rejection> odd_text(std::size_t j);
  /// Returns the rejection of text that is not a number.
  std::optional<Rejection> unreadable(std::size_t j, NumberRead read, std::string_view text);
  /// Appends the cells, and the words they refer to, to x and words of `into`. Columns that were not set are absent. On
  /// rejection `into` is unchanged.
  std::optional<Rejection> finish(Samples& into);
  /// Appends one sample: what `take_label(into)` appends, then the row. If either is rejected, `into` is unchanged.
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
  std::vector<float> residuals_;       ///< of the cells, mostly 0
  bool precise_ = false;               ///< whether a residual is not 0
  std::vector<std::uint64_t> set_in_;  ///< record in which the column was last set
  std::uint64_t record_ = 0;
  std::vector<Name> names_;  ///< the first names_count_ belong to this record
  std::size_t names_count_ = 0;
};

}  // namespace altmind::ingest
