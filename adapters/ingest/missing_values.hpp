#pragma once
// Counts the missing values of samples, by column.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind::ingest {

/// With more columns than this they are not counted separately: their names become labels of metrics.
inline constexpr std::size_t most_counted_columns = 100;

struct MissingValues {
  std::uint64_t values = 0;
  std::uint64_t odd_texts = 0;  ///< of these: text in a numeric column that was taken as missing
  /// Columns with missing values, by name; empty if the schema has more than `most_counted_columns`.
  std::map<std::string, std::uint64_t, std::less<>> columns = {};

  MissingValues& operator+=(const MissingValues& more);
  bool operator==(const MissingValues&) const = default;
};

/// Returns text such as "1,204 missing values in 3 columns (age 1,000, income 200, zip 4), 12 of them text among
/// numbers": names the five columns with the most missing values, and counts the others.
std::string sentence(const MissingValues& missing);

/// Constant after construction.
class MissingCounter {
 public:
  explicit MissingCounter(std::vector<Column> columns);

  /// Counts the missing values of admitted samples. One pass over x if there are none, no pass if no column permits
  /// them.
  MissingValues count(const Samples& samples) const;

 private:
  std::vector<Column> columns_;
  bool may_miss_;
};

}  // namespace altmind::ingest
