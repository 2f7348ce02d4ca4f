#pragma once
// What the features of a sample are called and what may stand in them.

#include <cstddef>
#include <string>

namespace altmind {

enum class ColumnType { numeric, categorical };
enum class ColumnEncoding { onehot, hashed };  ///< a vocabulary that grows with the stream, or buckets
enum class Missing { refuse, mean, flag };  ///< a missing value: no sample, 0 after normalising, 0 and an input for it

/// One feature. [[features.column]] of the configuration.
struct Column {
  std::string name;
  ColumnType type = ColumnType::numeric;
  ColumnEncoding encoding = ColumnEncoding::onehot;  ///< categorical
  std::size_t size = 64;                             ///< categorical: names in the vocabulary, or buckets
  Missing missing = Missing::refuse;

  bool operator==(const Column&) const = default;

  bool has_vocabulary() const { return type == ColumnType::categorical && encoding == ColumnEncoding::onehot; }

  /// Network inputs of the value: the number; a bucket each; a name each, and one for all that found no room.
  std::size_t value_inputs() const {
    return type == ColumnType::numeric ? 1 : size + (encoding == ColumnEncoding::onehot ? 1 : 0);
  }
  /// All of the column, with that of a missing value.
  std::size_t inputs() const { return value_inputs() + (missing == Missing::flag ? 1 : 0); }
};

}  // namespace altmind
