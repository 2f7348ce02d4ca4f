#include "core/features/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/features/fit.hpp"

namespace altmind {

namespace {

constexpr double reach = 20.0;               ///< standard deviations from the mean within which a number counts
constexpr double first_reach = 30.0;         ///< median distances; equivalent to `reach` for a normal distribution
constexpr std::uint64_t patience = 50;       ///< surplus of outliers at which they replace the column's numbers
constexpr std::uint64_t often_in = 32;       ///< a common value at least this frequent (1 in 32) is no accident
constexpr std::uint64_t recollection = 100;  ///< numbers without it after which a distant common value is forgotten
constexpr std::uint64_t most_remembered = 40'000;  ///< numbers of a column before their weight is halved
constexpr double close = 1.0 / 4;                  ///< maximum distance of a run's numbers from its mean, in deviations
constexpr double shrunk = 1.0 / 20;          ///< maximum deviation of a run in a new unit, relative to the old one
constexpr std::uint64_t shortest_run = 256;  ///< numbers before a run may signal a change of unit
constexpr std::uint64_t unusual = 4;         ///< times the longest run so far; columns that pause or drift have many
constexpr std::uint64_t exact_run = 32;      ///< run length from which sums are taken about the run's mean

bool near_common(const Statistics& s, std::size_t j) {
  const auto at = static_cast<Index>(j);
  const double deviation = std::sqrt(s.squares[at] / static_cast<double>(s.counted[j]));
  return std::abs(s.common[j] - s.mean[at]) <= reach * deviation;
}

/// True if the common value is part of mean and deviation: it is near the other numbers, or at least as frequent.
bool joined(const Statistics& s, std::size_t j) {
  return s.common_count[j] > 0 && (s.common_count[j] >= s.counted[j] || near_common(s, j));
}

/// The interval in which numbers count. Empty until the column is settled.
struct Gate {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

Gate gate(const Statistics& s, std::size_t j) {
  if (s.settled[j] == 0) return {};
  const Fit there = fit(s, j);
  return {there.centre - there.reach, there.centre + there.reach};
}

void count(double value, Statistics& s, std::size_t j) {
  const auto at = static_cast<Index>(j);
  const double away = value - s.mean[at];
  s.mean[at] += away / static_cast<double>(++s.counted[j]);
  s.squares[at] += away * (value - s.mean[at]);
}

/// Returns the median of sorted numbers; the lower one of two.
double median(const std::vector<double>& sorted) {
  return sorted[(sorted.size() - 1) / 2];
}

/// Returns the usual distance of numbers from the centre; `distance` is sorted.
double usual_distance(const std::vector<double>& distance, double to_common) {
  const double middle = distance[distance.size() / 2];
  if (middle > 0.0) return middle;
  // Most numbers are equal: take the median distance of the others, or that of the common value if it is less.
  const auto first = std::upper_bound(distance.begin(), distance.end(), 0.0);
  const double others = first == distance.end() ? to_common : *(first + (distance.end() - first) / 2);
  return to_common > 0.0 ? std::min(others, to_common) : others;
}

/// Restarts mean and deviation from the candidates near their median.
void judge(Statistics& s, std::size_t j) {
  s.counted[j] = 0;
  s.mean[static_cast<Index>(j)] = s.squares[static_cast<Index>(j)] = 0.0;
  if (s.candidates[j].empty()) return;
  std::vector<double> sorted = s.candidates[j];
  std::sort(sorted.begin(), sorted.end());
  const double centre = median(sorted);
  std::vector<double> distance;
  for (const double value : sorted) distance.push_back(std::abs(value - centre));
  std::sort(distance.begin(), distance.end());
  const double to_common = s.common_count[j] > 0 ? std::abs(s.common[j] - centre) : 0.0;
  const double most = first_reach * usual_distance(distance, to_common);
  for (const double value : s.candidates[j]) {
    if (std::abs(value - centre) <= most) count(value, s, j);
  }
}

/// If most candidates are equal, makes that number the common value, and the previous one a candidate.
void elect_common(Statistics& s, std::size_t j) {
  std::vector<double>& candidates = s.candidates[j];
  std::vector<double> sorted = candidates;
  std::sort(sorted.begin(), sorted.end());
  const double often = median(sorted);
  const auto times = static_cast<std::size_t>(std::count(sorted.begin(), sorted.end(), often));
  if (2 * times <= sorted.size() || times <= s.common_count[j]) return;
  std::erase(candidates, often);
  candidates.insert(candidates.end(), s.common_count[j], s.common[j]);
  s.common[j] = often;
  s.common_count[j] = times;
}

void settle(Statistics& s, std::size_t j) {
  elect_common(s, j);
  if (s.candidates[j].size() < most_candidates) return;
  judge(s, j);
  s.candidates[j].clear();
  s.settled[j] = 1;
}

void forget_common(Statistics& s, std::size_t j) {
  if (s.settled[j] != 0 && s.common_count[j] > 0 && s.since_common[j] >= recollection && !near_common(s, j)) {
    s.common_count[j] = 0;
  }
}

/// Halves the weight of past numbers at `most_remembered`, so that older ones fade after a change to a unit with
/// smaller numbers, about as fast as the learner's memory forgets.
void fade(Statistics& s, std::size_t j) {
  if (s.counted[j] + s.common_count[j] < most_remembered) return;
  s.counted[j] = (s.counted[j] + 1) / 2;
  s.common_count[j] = (s.common_count[j] + 1) / 2;
  s.squares[static_cast<Index>(j)] *= 0.5;
}

void end_run(Statistics& s, std::size_t j) {
  s.longest_run[j] = std::max(s.longest_run[j], s.run[j]);
  s.run[j] = 0;
}

/// True if a run looks like the numbers before it in another unit: a twentieth of the deviation or less and, since a
/// unit is a factor, a mean as many deviations away from 0 as before. A stuck sensor instead stays where it was, or
/// reads its zero; a constant one has no deviation.
bool other_unit(const Statistics& s, std::size_t j) {
  const auto at = static_cast<Index>(j);
  if (s.counted[j] < s.run[j] + most_candidates || !(s.run_squares[at] > 0.0)) return false;
  const auto all = static_cast<double>(s.counted[j]);
  const auto run = static_cast<double>(s.run[j]);
  const double away = s.run_mean[at] - s.mean[at];
  const double before = s.mean[at] - away * run / (all - run);
  const double squares = s.squares[at] - s.run_squares[at] - away * away * run * all / (all - run);
  if (!(s.run_squares[at] / run <= shrunk * shrunk * squares / (all - run))) return false;
  const double level = before / std::sqrt(squares / (all - run));
  const double run_level = s.run_mean[at] / std::sqrt(s.run_squares[at] / run);
  return std::abs(run_level - level) <= 0.5 + 0.2 * std::abs(level);
}

/// Makes the run the column's numbers from here on; the common value keeps its share.
void follow_run(Statistics& s, std::size_t j) {
  const auto at = static_cast<Index>(j);
  if (s.common_count[j] > 0) {
    const double share = static_cast<double>(s.common_count[j]) / static_cast<double>(s.counted[j]);
    s.common_count[j] = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(share * static_cast<double>(s.run[j])));
  }
  s.counted[j] = s.run[j];
  s.mean[at] = s.run_mean[at];
  s.squares[at] = s.run_squares[at];
  s.outside[j] = 0;
  s.candidates[j].clear();
}

/// Extends the run by numbers that counted, given their mean and the sum of their squared deviations from it, or ends
/// it if they are not close.
void extend_run(double numbers, double mean, double squares, Statistics& s, std::size_t j) {
  const auto at = static_cast<Index>(j);
  const double most = close * close * s.squares[at] / static_cast<double>(s.counted[j]);
  double away = mean - s.run_mean[at];
  if (s.run[j] > 0 && !(squares / numbers + away * away <= most)) end_run(s, j);
  if (s.run[j] == 0) {
    if (!(squares / numbers <= most)) return;
    s.run_mean[at] = mean;
    s.run_squares[at] = away = 0.0;
  }
  const auto before = static_cast<double>(s.run[j]);
  s.run[j] += static_cast<std::uint64_t>(numbers);
  s.run_mean[at] += away * numbers / (before + numbers);
  s.run_squares[at] += squares + away * away * before * numbers / (before + numbers);
  if (s.run[j] < std::max(shortest_run, unusual * s.longest_run[j])) return;
  const bool follows = other_unit(s, j);
  if (follows) follow_run(s, j);
  s.longest_run[j] = s.run[j];
  if (follows) s.run[j] = 0;
}

void take_outside(double value, Statistics& s, std::size_t j) {
  std::vector<double>& candidates = s.candidates[j];
  if (candidates.size() == most_candidates) candidates.erase(candidates.begin());
  candidates.push_back(value);
  if (++s.outside[j] < patience) return;
  judge(s, j);
  candidates.clear();
  s.outside[j] = 0;
}

void take_inside(std::uint64_t numbers, Statistics& s, std::size_t j) {
  s.since_common[j] += numbers;
  s.outside[j] -= std::min(s.outside[j], numbers);
  if (s.outside[j] == 0) s.candidates[j].clear();
  forget_common(s, j);
}

/// Takes a single number. Returns true if the column has candidates that have not been judged.
bool take(double value, Statistics& s, std::size_t j) {
  if (s.common_count[j] > 0 && value == s.common[j]) {
    ++s.common_count[j];
    s.since_common[j] = 0;
    fade(s, j);
    return false;
  }
  if (s.settled[j] == 0) {
    if (s.common_count[j] == 0) {
      s.common[j] = value;
      s.common_count[j] = 1;
      return false;
    }
    s.candidates[j].push_back(value);
    if (s.candidates[j].size() == most_candidates) settle(s, j);
    return s.settled[j] == 0;
  }
  const Gate now = gate(s, j);
  if (value < now.low || value > now.high) {
    take_outside(value, s, j);
  } else {
    count(value, s, j);
    extend_run(1.0, value, 0.0, s, j);
    take_inside(1, s, j);
    fade(s, j);
  }
  return false;
}

/// Sums over the samples of a batch, for columns all of whose numbers count.
struct Sums {
  std::vector<double> low, high, common, centre, inside, outside, commons, first, second;

  explicit Sums(const Statistics& s) {
    for (auto* list : {&low, &high, &common, &centre, &inside, &outside, &commons, &first, &second}) {
      list->assign(s.columns(), 0.0);
    }
    for (std::size_t j = 0; j < s.columns(); ++j) {
      const Gate now = gate(s, j);
      low[j] = now.low;
      high[j] = now.high;
      common[j] = s.common_count[j] > 0 ? s.common[j] : std::numeric_limits<double>::quiet_NaN();
      // A run in another unit differs in digits that are small relative to the deviation: sum about the run's own mean.
      centre[j] = (s.run[j] < exact_run ? s.mean : s.run_mean)[static_cast<Index>(j)];
    }
  }

  // Branch-free, so that the compiler vectorises it. A NaN is none of the three.
  template <typename T>
  void take(const T* x) {
    for (std::size_t j = 0; j < low.size(); ++j) {
      const auto value = static_cast<double>(x[j]);
      const bool is_common = value == common[j];
      const bool is_outside = (value != common[j]) & ((value < low[j]) | (value > high[j]));
      const bool is_inside = (value != common[j]) & (value >= low[j]) & (value <= high[j]);
      const double away = is_inside ? value - centre[j] : 0.0;
      commons[j] += is_common ? 1.0 : 0.0;
      outside[j] += is_outside ? 1.0 : 0.0;
      inside[j] += is_inside ? 1.0 : 0.0;
      first[j] += away;
      second[j] += away * away;
    }
  }

  /// Merges the sums into the statistics (Chan, Golub, LeVeque 1979).
  void merge(Statistics& s, std::size_t j) const {
    if (commons[j] > 0.0) {
      s.common_count[j] += static_cast<std::uint64_t>(commons[j]);
      s.since_common[j] = 0;
    }
    if (inside[j] == 0.0) return fade(s, j);
    const auto at = static_cast<Index>(j);
    const auto before = static_cast<double>(s.counted[j]);
    const double from_mean = centre[j] - s.mean[at];
    const double mean = first[j] / inside[j];
    const double squares = std::max(0.0, second[j] - first[j] * mean);
    const double away = from_mean + mean;
    s.squares[at] += squares + away * away * before * inside[j] / (before + inside[j]);
    s.mean[at] += (from_mean * inside[j] + first[j]) / (before + inside[j]);
    s.counted[j] += static_cast<std::uint64_t>(inside[j]);
    extend_run(inside[j], centre[j] + mean, squares, s, j);
    take_inside(static_cast<std::uint64_t>(inside[j]), s, j);
    fade(s, j);
  }
};

template <typename T>
void add_samples(const T* x, std::size_t samples, const std::vector<std::uint8_t>& used, Statistics& s) {
  const std::size_t d = s.columns();
  Sums sums(s);
  for (std::size_t i = 0; i < samples; ++i) sums.take(x + i * d);
  for (std::size_t j = 0; j < d; ++j) {
    if (!used.empty() && used[j] == 0) continue;
    if (sums.outside[j] == 0.0) {
      if (sums.inside[j] > 0.0 || sums.commons[j] > 0.0) sums.merge(s, j);
      continue;
    }
    bool waiting = false;
    for (std::size_t i = 0; i < samples; ++i) {
      const auto value = static_cast<double>(x[i * d + j]);
      if (!std::isnan(value)) waiting |= take(value, s, j);
    }
    if (waiting && s.settled[j] == 0) judge(s, j);
  }
  s.samples += samples;
}

}  // namespace

Statistics fresh_statistics(std::size_t columns) {
  Statistics s;
  s.mean = s.squares = s.run_mean = s.run_squares = DoubleVector::Zero(static_cast<Index>(columns));
  s.common.assign(columns, 0.0);
  for (auto* counts : {&s.counted, &s.common_count, &s.since_common, &s.outside, &s.run, &s.longest_run}) {
    counts->assign(columns, 0);
  }
  s.settled.assign(columns, 0);
  s.candidates.resize(columns);
  return s;
}

void add(Values x, const std::vector<std::uint8_t>& used, Statistics& statistics) {
  if (statistics.columns() == 0) return;
  const std::size_t samples = x.size() / statistics.columns();
  if (x.exact()) {
    add_samples(x.rounded().data(), samples, used, statistics);
  } else {
    add_samples(x.wide().data(), samples, used, statistics);
  }
}

Spread spread(const Statistics& s, std::size_t j) {
  const auto at = static_cast<Index>(j);
  const auto n = static_cast<double>(s.counted[j]);
  if (s.counted[j] == 0) return {s.common_count[j] > 0 ? s.common[j] : 0.0, 0.0};
  if (!joined(s, j)) return {s.mean[at], std::sqrt(s.squares[at] / n)};
  const auto commons = static_cast<double>(s.common_count[j]);
  const double share = commons / (n + commons);
  const double away = s.common[j] - s.mean[at];
  return {s.mean[at] + away * share, std::sqrt((s.squares[at] + away * away * n * share) / (n + commons))};
}

Fit fit(const Statistics& s, std::size_t j) {
  if (s.settled[j] == 0) return {};
  const auto at = static_cast<Index>(j);
  double deviation = std::sqrt(s.squares[at] / static_cast<double>(s.counted[j]));
  const bool often = s.common_count[j] * often_in >= s.counted[j] && s.common_count[j] > 0;
  // A first value that happens to be far from the mean must not widen the range: a level shift would go unnoticed.
  if (often && joined(s, j)) deviation = std::max(deviation, std::abs(s.common[j] - s.mean[at]));
  return {s.mean[at], reach * deviation, often ? s.common[j] : std::numeric_limits<double>::quiet_NaN()};
}

}  // namespace altmind
