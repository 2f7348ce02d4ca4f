#include "adapters/store/checkpoint/statistics_codec.hpp"

namespace altmind::store {

void put_statistics(const std::string& prefix, const Statistics& statistics, Tensors& tensors) {
  if (statistics.columns() == 0) return;
  tensors[prefix + ".mean"] = dense(statistics.mean);
  tensors[prefix + ".squares"] = dense(statistics.squares);
  tensors[prefix + ".counted"] = list(statistics.counted);
  tensors[prefix + ".common"] = list(statistics.common);
  tensors[prefix + ".common_count"] = list(statistics.common_count);
  tensors[prefix + ".since_common"] = list(statistics.since_common);
  tensors[prefix + ".outside"] = list(statistics.outside);
  tensors[prefix + ".settled"] = list(statistics.settled);
  tensors[prefix + ".run"] = list(statistics.run);
  tensors[prefix + ".run_mean"] = dense(statistics.run_mean);
  tensors[prefix + ".run_squares"] = dense(statistics.run_squares);
  tensors[prefix + ".longest_run"] = list(statistics.longest_run);
  std::vector<std::uint64_t> counts;
  std::vector<double> candidates;
  for (const std::vector<double>& column : statistics.candidates) {
    counts.push_back(column.size());
    candidates.insert(candidates.end(), column.begin(), column.end());
  }
  tensors[prefix + ".candidate_count"] = list(counts);
  tensors[prefix + ".candidates"] = list(candidates);
}

void take_statistics(const ImageReader& reader, const std::string& prefix, Statistics& statistics) {
  const std::size_t columns = statistics.columns();
  if (columns == 0) return;
  const auto take = [&](const char* name, auto& values) {
    reader.into(prefix + name, values, columns);
    if (values.size() != columns) throw CheckpointError("tensor " + prefix + name + " is not one number a column");
  };
  reader.into(prefix + ".mean", statistics.mean);
  reader.into(prefix + ".squares", statistics.squares);
  take(".counted", statistics.counted);
  take(".common", statistics.common);
  take(".common_count", statistics.common_count);
  take(".since_common", statistics.since_common);
  take(".outside", statistics.outside);
  take(".settled", statistics.settled);
  take(".run", statistics.run);
  reader.into(prefix + ".run_mean", statistics.run_mean);
  reader.into(prefix + ".run_squares", statistics.run_squares);
  take(".longest_run", statistics.longest_run);
  std::vector<std::uint64_t> counts;
  take(".candidate_count", counts);
  std::vector<double> candidates;
  reader.into(prefix + ".candidates", candidates, columns * most_candidates);
  std::size_t at = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    if (counts[j] > most_candidates || counts[j] > candidates.size() - at) {
      throw CheckpointError(prefix + ".candidate_count is inconsistent");
    }
    if (statistics.settled[j] > 1 || (statistics.settled[j] == 1 && statistics.counted[j] == 0)) {
      throw CheckpointError(prefix + ".settled is inconsistent");
    }
    const auto from = candidates.begin() + static_cast<std::ptrdiff_t>(at);
    statistics.candidates[j].assign(from, from + static_cast<std::ptrdiff_t>(counts[j]));
    at += counts[j];
  }
  if (at != candidates.size()) throw CheckpointError(prefix + ".candidate_count is inconsistent");
}

void take_plain_statistics(const ImageReader& reader, const std::string& prefix, const std::string& present,
                           Statistics& statistics) {
  const std::size_t columns = statistics.columns();
  if (columns == 0) return;
  reader.into(prefix + ".mean", statistics.mean);
  reader.into(prefix + ".squares", statistics.squares);
  statistics.counted.assign(columns, statistics.samples);
  if (!present.empty()) {
    reader.into(present, statistics.counted, columns);
    if (statistics.counted.size() != columns)
      throw CheckpointError("tensor " + present + " is not one number a column");
  }
  for (std::size_t j = 0; j < columns; ++j) statistics.settled[j] = statistics.counted[j] > 0 ? 1 : 0;
}

}  // namespace altmind::store
