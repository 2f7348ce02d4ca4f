#pragma once
// Daemons that are killed again and again while clients send, and what must be true afterwards.

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
  std::size_t answered_before = 0;       ///< retries for which the daemon had the answer already
  std::size_t damaged = 0;               ///< checkpoints damaged
  std::size_t fallbacks = 0;             ///< restarts that said a checkpoint is not usable
  bool trimmed = false;                  ///< the journal no longer begins with sample 1
  std::uint64_t samples = 0;             ///< sent
  std::uint64_t learned = 0;             ///< learned and waiting, by replay
  std::string state;                     ///< state_sha256 by replay
  std::string checkpoint_state;          ///< and of the newest checkpoint
};

/// One client that sends its requests in order, each with its Idempotency-Key, and sends one that was not
/// answered again after the restart. `kills` at random moments, some while the daemon starts. With kills = 0
/// the run that the others must equal. Throws std::runtime_error when the daemon does what it must not.
OrderedOutcome run_ordered(const OrderedCampaign& campaign, const std::filesystem::path& directory);

struct MixedCampaign {
  std::uint64_t seed = 1;
  std::size_t kills = 10;
  std::size_t samples = 4000;  ///< of each of the two clients
};

/// Sample (origin, number) as samples.hpp writes it.
using SampleId = std::pair<int, std::uint64_t>;

struct MixedOutcome {
  std::size_t kills = 0;
  std::size_t retried = 0;
  std::uint64_t acknowledged_at_stop = 0;  ///< when the daemon was stopped with samples still to come
  std::uint64_t lost_at_stop = 0;          ///< acknowledged and not exactly once in the journal then
  std::uint64_t repeated_at_stop = 0;      ///< samples more than once in the journal then
  std::uint64_t lost = 0;                  ///< the same when the clients had finished
  std::uint64_t repeated = 0;
  std::uint64_t foreign = 0;          ///< samples in the journal that nobody sent
  std::string daemon_state;           ///< of the last checkpoint
  std::string replayed_state;         ///< replay of the directory
  std::string replayed_from_journal;  ///< replay of the journal alone
  std::uint64_t daemon_sequence = 0;  ///< learned by the last checkpoint
  std::uint64_t replayed_sequence = 0;
  std::uint64_t journal_sequence = 0;
};

/// An HTTP client with Idempotency-Keys and a TCP client with a stream id at the same time; batches cut by
/// age too. Near the end the daemon is stopped in the middle and started once more.
MixedOutcome run_mixed(const MixedCampaign& campaign, const std::filesystem::path& directory);

/// How often each sample is in the journal of a data directory.
std::map<SampleId, std::size_t> journalled(const std::filesystem::path& directory);

}  // namespace altmind::e2e
