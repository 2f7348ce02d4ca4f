#pragma once
// Campaigns that kill daemons repeatedly while clients send, and their outcomes.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace altmind::e2e {

struct OrderedCampaign {
  std::uint64_t seed = 1;
  std::size_t kills = 10;
  std::size_t requests = 80;
  bool damage_checkpoints = false;  ///< flips bytes in the newest checkpoint before some of the restarts
};

struct OrderedOutcome {
  std::size_t kills = 0;
  std::size_t kills_while_starting = 0;  ///< of them
  std::size_t retried = 0;               ///< requests that were sent more than once
  std::size_t answered_before = 0;       ///< retries to which the daemon already knew the reply
  std::size_t damaged = 0;               ///< checkpoints damaged
  std::size_t fallbacks = 0;             ///< restarts that reported an unusable checkpoint
  bool trimmed = false;                  ///< the journal no longer begins with sample 1
  std::uint64_t samples = 0;             ///< sent
  std::uint64_t learned = 0;             ///< learned and waiting, by replay
  std::string state;                     ///< state_sha256 by replay
  std::string checkpoint_state;          ///< state_sha256 of the newest checkpoint
};

/// Runs one client that sends its requests in order, each with its Idempotency-Key, and resends an unanswered one
/// after the restart. Kills the daemon `kills` times at random moments, some while it starts. kills = 0 gives the
/// run that the others must equal. Throws std::runtime_error if the daemon violates a guarantee.
OrderedOutcome run_ordered(const OrderedCampaign& campaign, const std::filesystem::path& directory);

struct MixedCampaign {
  std::uint64_t seed = 1;
  std::size_t kills = 10;
  std::size_t samples = 4000;  ///< of each of the two clients
};

/// A sample's (origin, number), as written by samples.hpp.
using SampleId = std::pair<int, std::uint64_t>;

struct MixedOutcome {
  std::size_t kills = 0;
  std::size_t retried = 0;
  std::uint64_t acknowledged_at_stop = 0;  ///< when the daemon was stopped with samples still to come
  std::uint64_t lost_at_stop = 0;          ///< acknowledged and not exactly once in the journal then
  std::uint64_t repeated_at_stop = 0;      ///< samples more than once in the journal then
  std::uint64_t lost = 0;                  ///< the same when the clients had finished
  std::uint64_t repeated = 0;
  std::uint64_t foreign = 0;          ///< samples in the journal that no client sent
  std::string daemon_state;           ///< of the last checkpoint
  std::string replayed_state;         ///< replay of the directory
  std::string replayed_from_journal;  ///< replay of the journal alone
  std::uint64_t daemon_sequence = 0;  ///< learned by the last checkpoint
  std::uint64_t replayed_sequence = 0;
  std::uint64_t journal_sequence = 0;
};

/// Runs an HTTP client with Idempotency-Keys and a TCP client with a stream id concurrently; batches are cut by age
/// too. Near the end the daemon is stopped in the middle and started again.
MixedOutcome run_mixed(const MixedCampaign& campaign, const std::filesystem::path& directory);

/// Counts how often each sample is in the journal of a data directory.
std::map<SampleId, std::size_t> journalled(const std::filesystem::path& directory);

}  // namespace altmind::e2e
