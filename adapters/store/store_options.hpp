#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace altmind::store {

/// [store] of the configuration.
struct StoreOptions {
  std::optional<std::string> directory;  ///< serve without it uses altmind-data; learn without it writes no files
  bool journal = true;
  std::uint64_t checkpoint_batches = 1000;             ///< a checkpoint after this many batches; 0 = never
  std::chrono::milliseconds checkpoint_time{300'000};  ///< checkpoint_seconds: and after this long; 0 = never
  std::size_t keep = 2;                                ///< checkpoints kept
  std::uint64_t journal_max_bytes = 4ull << 30;        ///< a longer journal forces a checkpoint

  bool operator==(const StoreOptions&) const = default;
};

}  // namespace altmind::store
