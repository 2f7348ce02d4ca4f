#pragma once
// The memory that follows from a configuration, and what there is of it.

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace altmind::config {

/// Batches between writer and trainer: 32 MiB of features, so that the trainer does not run out of them while the disk
/// takes its time, but 4 at least.
std::size_t batches_ahead(const LearnerOptions& learner);

/// Samples that may wait: `learning.queue_samples`, but of wide ones no more than 256 MiB or one batch.
std::size_t queue_capacity(const Config& config);

struct MemoryPart {
  std::string what;
  std::uint64_t bytes = 0;
};

/// An estimate from above, of which the operating system hands out what is touched.
struct MemoryNeed {
  std::vector<MemoryPart> parts;  ///< largest first
  std::uint64_t total = 0;        ///< bytes
  std::string key;                ///< the key that most of it follows from
};

MemoryNeed memory_need(const Config& config);

struct MemoryLimit {
  std::uint64_t bytes = 0;
  std::string name;  ///< such as "the machine has"
};

/// The least of `limits.memory`, the limits of the process (RLIMIT_AS, RLIMIT_DATA), its control groups and the
/// machine's memory.
MemoryLimit memory_limit(const Config& config);

/// Throws ConfigError, a sentence that names the key, where a configuration needs more than the limit.
void check_memory_need(const Config& config, const MemoryLimit& limit);

/// The same of predicting with a checkpoint of so many bytes: while it is read, its tensors are there twice.
void check_checkpoint_need(const std::string& file, std::uint64_t bytes, const MemoryLimit& limit);

/// What `altmind check` says of both: lines of comments.
std::string memory_text(const Config& config, const MemoryLimit& limit);

}  // namespace altmind::config
