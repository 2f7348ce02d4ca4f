#pragma once
// Memory that a configuration needs, and memory that is available.

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace altmind::config {

/// Returns the capacity in batches of the queue between writer and trainer: 32 MiB of features, so that a slow disk
/// does not starve the trainer, but at least 4 batches.
std::size_t batches_ahead(const LearnerOptions& learner);

/// Returns the capacity of the sample queue: `learning.queue_samples`, but for wide samples at most 256 MiB or one
/// batch.
std::size_t queue_capacity(const Config& config);

struct MemoryPart {
  std::string what;
  std::uint64_t bytes = 0;
};

/// An upper bound; the operating system only allocates the memory that is actually touched.
struct MemoryNeed {
  std::vector<MemoryPart> parts;  ///< largest first
  std::uint64_t total = 0;        ///< bytes
  std::string key;                ///< the key that contributes most
};

MemoryNeed memory_need(const Config& config);

struct MemoryLimit {
  std::uint64_t bytes = 0;
  std::string name;  ///< such as "the machine has"
};

/// Returns the least of `limits.memory`, the limits of the process (RLIMIT_AS, RLIMIT_DATA), its control groups and
/// the machine's memory.
MemoryLimit memory_limit(const Config& config);

/// Throws ConfigError, a sentence that names the key, if a configuration needs more than the limit.
void check_memory_need(const Config& config, const MemoryLimit& limit);

/// Does the same for predicting with a checkpoint of `bytes`: while it is read, its tensors are in memory twice.
void check_checkpoint_need(const std::string& file, std::uint64_t bytes, const MemoryLimit& limit);

/// Returns the report of `altmind check` on both, as comment lines.
std::string memory_text(const Config& config, const MemoryLimit& limit);

}  // namespace altmind::config
