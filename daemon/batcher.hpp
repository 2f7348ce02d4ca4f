#pragma once
// Cuts the stream of numbered samples into mini-batches.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/samples/sample.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::daemon {

/// What the ledger must record of a group once its last sample has been learned.
struct Mark {
  Origin origin;
  std::uint64_t samples = 0;
  std::uint64_t last_sequence = 0;
};

/// A batch whose samples are durable, and the groups that end in it; or, without samples, a boundary.
struct DurableBatch {
  Batch batch;
  std::vector<Mark> marks;
  bool boundary = false;  ///< a task ends after batch.last_sequence, the last sample of the batch before
};

/// A value; used by one thread. Batches depend only on the groups, the cuts, the boundaries and the batch size, in
/// order: the same code runs live and in replay.
class Batcher {
 public:
  Batcher(const SampleSpec& spec, std::size_t batch_size) : spec_(spec), batch_size_(batch_size) {}

  /// Adds samples first_sequence, first_sequence + 1, ...; skips those up to `learned`. Appends the batches that are
  /// full to `batches`.
  void push(Group&& group, std::uint64_t first_sequence, std::uint64_t learned, std::vector<DurableBatch>& batches);

  /// Ends the open batch; nullopt if it is empty.
  std::optional<DurableBatch> cut();

  /// Ends the open batch and appends it, if it is not empty, and then a boundary after sample `last_sequence`.
  void announce(std::uint64_t last_sequence, std::vector<DurableBatch>& batches);

  /// Sets the batch size from the next sample on. Appends the open batch to `batches` if it is long enough already.
  void resize(std::size_t batch_size, std::vector<DurableBatch>& batches);

  std::size_t inputs() const { return spec_.inputs; }
  std::size_t open_samples() const { return open_.batch.samples.count; }
  /// Names introduced by samples of the open batch.
  const std::vector<std::string>& open_names() const { return open_.batch.new_names; }

 private:
  void mark(Origin&& origin, std::uint64_t samples, std::uint64_t last_sequence);
  void append(const Samples& from, std::size_t begin, std::size_t count);

  SampleSpec spec_;
  std::size_t batch_size_;
  DurableBatch open_;
};

}  // namespace altmind::daemon
