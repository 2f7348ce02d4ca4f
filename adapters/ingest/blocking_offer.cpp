#include "adapters/ingest/blocking_offer.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace altmind::ingest {

struct BlockingOffer::State {
  mutable std::mutex mutex;  // protects all below
  std::condition_variable_any changed;
  bool room = false;
  bool waiting = false;
  std::uint64_t groups_open = 0;  // accepted, without a receipt yet
  std::uint64_t accepted = 0;
  std::optional<std::string> failure;
};

BlockingOffer::BlockingOffer(std::string source, std::size_t max_classes, SampleSink& sink, IngestProbe& probe)
    : source_(std::move(source)),
      max_classes_(max_classes),
      sink_(sink),
      probe_(probe),
      state_(std::make_shared<State>()) {}

BlockingOffer::Outcome BlockingOffer::offer(Group group, const std::stop_token& stop) {
  const std::size_t samples = group.samples.count;
  group.batchable = true;
  // Admission empties the names, but the rejection of a new class must name it.
  const std::vector<std::string> names = group.samples.name;
  bool told = false;
  for (;;) {
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->failure) return Outcome::failed;
      if (stop.stop_requested()) return Outcome::stopped;
      state_->room = false;
      ++state_->groups_open;  // before the offer: the receipt may come before offer() returns
    }
    const auto receive = [state = state_, samples](const Receipt& receipt) {
      const std::lock_guard lock(state->mutex);
      --state->groups_open;
      if (!receipt.durable) state->failure = "the journal refused " + std::to_string(samples) + " samples";
      state->changed.notify_all();
    };
    const Offered offered = sink_.offer(group, receive);
    if (offered.admission == Admission::accepted) {
      for (const std::size_t index : offered.rejected) {
        const std::string name = index < names.size() ? names[index] : std::string();
        probe_.rejected(
            source_,
            {Reason::label_out_of_range, "label: class \"" + name + "\" is new, and the model has all its " +
                                             std::to_string(max_classes_) + " classes (model.max_classes)"},
            name);
      }
      const std::lock_guard lock(state_->mutex);
      state_->accepted += samples - offered.rejected.size();
      return Outcome::accepted;
    }
    {
      const std::lock_guard lock(state_->mutex);
      --state_->groups_open;
    }
    if (offered.admission == Admission::closed) return Outcome::closed;
    if (!std::exchange(told, true)) probe_.queue_full(source_);
    sink_.when_room(samples, [state = state_] {
      const std::lock_guard lock(state->mutex);
      state->room = true;
      state->changed.notify_all();
    });
    std::unique_lock lock(state_->mutex);
    state_->waiting = true;
    state_->changed.wait(lock, stop, [&] { return state_->room || state_->failure; });
    state_->waiting = false;
  }
}

bool BlockingOffer::wait_durable(const std::stop_token& stop) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, stop, [&] { return state_->groups_open == 0 || state_->failure; });
  return state_->groups_open == 0 && !state_->failure;
}

bool BlockingOffer::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting;
}

std::uint64_t BlockingOffer::samples_accepted() const {
  const std::lock_guard lock(state_->mutex);
  return state_->accepted;
}

std::optional<std::string> BlockingOffer::failure() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failure;
}

}  // namespace altmind::ingest
