#pragma once
// The group size of sources that read ahead.

#include <algorithm>
#include <cstddef>

#include "core/samples/sample.hpp"

namespace altmind::ingest {

/// Many samples, because the queue is locked once per group; but at most about 2 MiB of them.
constexpr std::size_t group_size(const SampleSpec& spec) {
  constexpr std::size_t most_samples = 500;
  constexpr std::size_t most_bytes = 2 << 20;
  const std::size_t values = spec.inputs + (spec.task == Task::regression ? spec.outputs : 1);
  return std::clamp<std::size_t>(most_bytes / (values * sizeof(float)), 1, most_samples);
}

}  // namespace altmind::ingest
