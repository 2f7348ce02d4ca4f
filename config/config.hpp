#pragma once
// The whole configuration: all option structs of core and adapters.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "adapters/http/http_options.hpp"
#include "adapters/source.hpp"
#include "adapters/store/store_options.hpp"
#include "adapters/telemetry/log_options.hpp"
#include "core/learner_options.hpp"

namespace altmind::config {

/// Returns the default learner options, which suit features of any scale.
inline LearnerOptions default_learner() {
  LearnerOptions options;
  options.normaliser.kind = NormaliserKind::standardise;
  return options;
}

struct Config {
  LearnerOptions learner = default_learner();     ///< [model] [learning] [memory] [features] [drift] [evaluation]
  std::chrono::milliseconds max_batch_age{1000};  ///< learning.max_batch_age; 0 = never
  std::size_t queue_samples = 20'000;             ///< learning.queue_samples: capacity of the sample queue
  std::size_t threads = 1;                        ///< learning.threads: threads per step
  std::vector<adapters::SourceOptions> sources;   ///< [[source]]
  std::optional<adapters::SourceOptions> test;    ///< [test]
  http::HttpOptions http;
  store::StoreOptions store;
  telemetry::LogOptions log;
  std::optional<std::uint64_t> memory_limit;  ///< limits.memory, bytes; nothing = limits of machine and process

  bool operator==(const Config&) const = default;
};

}  // namespace altmind::config
