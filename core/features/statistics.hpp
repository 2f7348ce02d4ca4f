#pragma once
// Running mean and deviation of columns of numbers, robust against outliers.
//
// A column has one common value that may be frequent (the first, or the majority of the first ones), and all others,
// which count if they are within 20 deviations of their mean. The first 32 are judged together, by their median and the
// median distance from it. Numbers that do not count are kept apart; once 50 more of them have arrived than numbers
// that count, the last 32 replace the column's numbers. So does a run of 256 numbers that count and lie close together,
// if they look like the others in a unit 20 or more times as large and no previous run was nearly as long. At 40,000
// numbers the weight of all is halved.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/linalg/types.hpp"
#include "core/samples/values.hpp"

namespace altmind {

/// Numbers of a column that are kept and judged together.
inline constexpr std::size_t most_candidates = 32;

/// Statistics per column, in double. Part of the learner's state.
struct Statistics {
  std::uint64_t samples = 0;                ///< added so far
  DoubleVector mean;                        ///< mean of the numbers that count
  DoubleVector squares;                     ///< sum of their squared deviations from the mean (Welford 1962)
  std::vector<std::uint64_t> counted;       ///< how many numbers count, after fading
  std::vector<double> common;               ///< the common value, not counted among them
  std::vector<std::uint64_t> common_count;  ///< occurrences of the common value; 0: there is none
  std::vector<std::uint64_t> since_common;  ///< numbers that counted since its last occurrence
  std::vector<std::uint64_t> outside;       ///< surplus of numbers that do not count
  std::vector<std::uint8_t> settled;        ///< whether the first 32 have been judged
  std::vector<std::uint64_t> run;           ///< length of the current run of close numbers that counted
  DoubleVector run_mean;                    ///< mean of the run
  DoubleVector run_squares;                 ///< sum of squared deviations from run_mean
  std::vector<std::uint64_t> longest_run;   ///< of the runs that ended or did not replace the column's numbers
  std::vector<std::vector<double>>
      candidates;  ///< not settled: all but the common value; settled: the last that do not count

  std::size_t columns() const { return counted.size(); }
};

Statistics fresh_statistics(std::size_t columns);

/// Adds samples; x holds one after the other. Skips NaN, and columns whose `used` is 0 (empty `used`: no column is
/// skipped).
void add(Values x, const std::vector<std::uint8_t>& used, Statistics& statistics);
inline void add(Values x, Statistics& statistics) {
  add(x, {}, statistics);
}

/// Mean and deviation of a column: of the numbers that count and the common value, unless it is rare and distant.
struct Spread {
  double mean = 0.0;
  double deviation = 0.0;  ///< population standard deviation; 0 for a constant column
};

Spread spread(const Statistics& statistics, std::size_t column);

}  // namespace altmind
