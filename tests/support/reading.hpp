#pragma once
// Reads all records of a source, for tests of readers.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sources/file/sample_reader.hpp"

namespace altmind {

struct ReadAll {
  Samples samples;
  std::vector<std::pair<std::uint64_t, ingest::Reason>> rejected;
  std::vector<std::string> rejected_text;
  std::uint64_t records = 0;
};

inline ReadAll rest_of(file::SampleReader& reader, std::size_t max = 64) {
  ReadAll all;
  const file::OnRejected rejected = [&](std::uint64_t record, const ingest::Rejection& rejection,
                                        std::string_view text) {
    all.rejected.emplace_back(record, rejection.reason);
    all.rejected_text.emplace_back(text);
  };
  while (const std::size_t count = reader.read(max, all.samples, rejected)) all.records += count;
  return all;
}

inline ReadAll read_all(const adapters::SourceOptions& options, const SampleSpec& spec, std::size_t max = 64) {
  return rest_of(*file::open_reader(options, spec), max);
}

/// Returns the message that opening or reading throws; empty if none.
inline std::string reading_error(const adapters::SourceOptions& options, const SampleSpec& spec) {
  try {
    read_all(options, spec);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

inline std::vector<std::uint64_t> label_counts(const Samples& samples, std::size_t classes) {
  std::vector<std::uint64_t> counts(classes);
  for (const std::uint32_t label : samples.label) ++counts.at(label);
  return counts;
}

}  // namespace altmind
