#pragma once
// Names, types and encodings of the features of a sample.

#include <cstddef>
#include <string>

namespace altmind {

enum class ColumnType { numeric, categorical };
enum class ColumnEncoding { onehot, hashed };  ///< a vocabulary that grows with the stream, or hash buckets
enum class Missing { refuse, mean, flag };     ///< reject the sample; 0 after normalising; 0 and an indicator input

/// One feature. [[features.column]] of the configuration.
struct Column {
  std::string name;
  ColumnType type = ColumnType::numeric;
  ColumnEncoding encoding = ColumnEncoding::onehot;  ///< categorical columns only
  std::size_t size = 64;                             ///< categorical: vocabulary size, or number of buckets
  Missing missing = Missing::refuse;

  bool operator==(const Column&) const = default;

  bool has_vocabulary() const { return type == ColumnType::categorical && encoding == ColumnEncoding::onehot; }

  /// Number of network inputs for the value: 1 for a number; one per bucket; one per name plus one for all names
  /// beyond the vocabulary's capacity.
  std::size_t value_inputs() const {
    return type == ColumnType::numeric ? 1 : size + (encoding == ColumnEncoding::onehot ? 1 : 0);
  }
  /// All network inputs of the column, including the missing-value indicator.
  std::size_t inputs() const { return value_inputs() + (missing == Missing::flag ? 1 : 0); }
};

}  // namespace altmind
