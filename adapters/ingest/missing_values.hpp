#pragma once
// How many values of samples are missing, and in which columns.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind::ingest {

/// Columns beyond these are not told apart: their names become labels of metrics.
inline constexpr std::size_t most_counted_columns = 100;

struct MissingValues {
  std::uint64_t values = 0;
  std::uint64_t odd_texts = 0;  ///< of these: text in a column of numbers that was taken for missing
  /// By name, those that miss one; empty where the schema has more than `most_counted_columns`.
  std::map<std::string, std::uint64_t, std::less<>> columns = {};

  MissingValues& operator+=(const MissingValues& more);
  bool operator==(const MissingValues&) const = default;
};

/// Such as "1,204 missing values in 3 columns (age 1,000, income 200, zip 4), 12 of them text among numbers": the five
/// columns that miss most, by name, and how many others.
std::string sentence(const MissingValues& missing);

/// Constant after construction.
class MissingCounter {
 public:
  explicit MissingCounter(std::vector<Column> columns);

  /// Of admitted samples. One pass over x where nothing is missing, none where no column permits it.
  MissingValues count(const Samples& samples) const;

 private:
  std::vector<Column> columns_;
  bool may_miss_;
};

}  // namespace altmind::ingest
