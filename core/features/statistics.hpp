#pragma once
// Running centre and spread of columns of numbers that a wrong one among them does not move.
//
// A column's numbers are those of one value that may come often (the first, or what most of the first ones were), and
// all others, of which a number counts if it is within 20 deviations of their mean. The first 32 are judged together,
// by their median and the median distance from it. Numbers that do not count are kept apart; when in the balance 50
// more of them have come than of those that count, the last 32 are what the column is from there on. So is a run of 256
// numbers that count and lie close together, if they look like the others in a unit 20 times as large or larger, and no
// such run has been nearly as long before. At 40,000 numbers the weight of all is halved.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/linalg/types.hpp"
#include "core/samples/values.hpp"

namespace altmind {

/// As many numbers of a column are judged together, and kept until then.
inline constexpr std::size_t most_candidates = 32;

/// Of the columns of samples, in double; part of the learner's state.
struct Statistics {
  std::uint64_t samples = 0;                ///< shown so far
  DoubleVector mean;                        ///< of the numbers that count
  DoubleVector squares;                     ///< sum of their squared deviations from it (Welford 1962)
  std::vector<std::uint64_t> counted;       ///< how many they are, less what has faded
  std::vector<double> common;               ///< the value that may come often, not among them
  std::vector<std::uint64_t> common_count;  ///< how often it came; 0: there is none
  std::vector<std::uint64_t> since_common;  ///< numbers that counted since it came last
  std::vector<std::uint64_t> outside;       ///< balance of those that do not count
  std::vector<std::uint8_t> settled;        ///< whether the first 32 have been judged
  std::vector<std::uint64_t> run;           ///< last numbers that counted and lie close together
  DoubleVector run_mean;                    ///< of them
  DoubleVector run_squares;                 ///< sum of their squared deviations from it
  std::vector<std::uint64_t> longest_run;   ///< of those that ended, or were not what the column is from there on
  std::vector<std::vector<double>>
      candidates;  ///< not settled: all but the common value; else the last that do not count

  std::size_t columns() const { return counted.size(); }
};

Statistics fresh_statistics(std::size_t columns);

/// Adds samples: x holds one after the other. A NaN is passed over, as are columns whose `used` is 0 (empty: none is).
void add(Values x, const std::vector<std::uint8_t>& used, Statistics& statistics);
inline void add(Values x, Statistics& statistics) {
  add(x, {}, statistics);
}

/// What a column is like: the numbers that count together with the common value, unless it comes seldom and far away.
struct Spread {
  double mean = 0.0;
  double deviation = 0.0;  ///< of the population; 0 of a column that has not varied
};

Spread spread(const Statistics& statistics, std::size_t column);

}  // namespace altmind
