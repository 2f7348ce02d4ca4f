#include "daemon/sample_queue.hpp"

#include <algorithm>
#include <utility>

namespace altmind::daemon {

namespace {

/// How long room is kept for those who were told of it.
constexpr std::chrono::milliseconds promise_time{100};

/// How long nobody is patient after a sender who waits found no room: he comes back to a queue as empty as can be.
constexpr std::chrono::seconds crowded_time{10};

/// Takes the features of the samples at `indices` (ascending) out of a block; its labels are right already.
void remove_samples(const std::vector<std::size_t>& indices, const SampleSpec& spec, Samples& samples) {
  std::size_t kept = 0;
  auto next = indices.begin();
  for (std::size_t i = 0; i < samples.count; ++i) {
    if (next != indices.end() && *next == i) {
      ++next;
      continue;
    }
    if (kept != i) {
      const auto from = samples.x.begin() + static_cast<std::ptrdiff_t>(i * spec.inputs);
      std::copy_n(from, spec.inputs, samples.x.begin() + static_cast<std::ptrdiff_t>(kept * spec.inputs));
    }
    ++kept;
  }
  samples.count = kept;
  samples.x.resize(kept * spec.inputs);
}

}  // namespace

SampleQueue::SampleQueue(const SampleSpec& spec, std::size_t capacity, LabelTable labels, Vocabularies categories)
    : spec_(spec), capacity_(capacity), labels_(std::move(labels)), categories_(std::move(categories)) {
  categories_.resize(spec_.columns.size());
}

Offered SampleQueue::offer(Group& group, OnDurable on_durable) {
  Offered offered;
  bool wake = true;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return {Admission::closed, {}};
    if (!fits(group.samples.count)) {
      if (!group.patient) {
        crowded_ = true;
        crowded_until_ = std::chrono::steady_clock::now() + crowded_time;
        arrived_.notify_one();
      }
      return {Admission::full, {}};
    }
    if (spec_.task == Task::classification && spec_.labels == LabelKind::named) offered.refused = name_classes(group);
    admit_words(spec_, group.samples, categories_, group.categories);  // of the samples that stay
    samples_ += group.samples.count;
    if (!group.patient) ++urgent_;
    entries_.push_back({std::move(group), std::move(on_durable)});
    wake = !more_may_come();
  }
  if (wake) arrived_.notify_one();
  offered.admission = Admission::accepted;
  return offered;
}

bool SampleQueue::announce(OnDurable on_durable) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    ++urgent_;
    entries_.push_back({{}, std::move(on_durable), true});
  }
  arrived_.notify_one();
  return true;
}

/// Turns names into indices and notes which are new; returns the samples for whose new class the table had
/// no room.
std::vector<std::size_t> SampleQueue::name_classes(Group& group) {
  std::vector<std::size_t> refused;
  Samples& samples = group.samples;
  samples.label.clear();
  for (std::size_t i = 0; i < samples.count; ++i) {
    const std::string& name = samples.name[i];
    std::optional<std::uint32_t> index = labels_.find(name);
    if (!index && labels_.size() >= spec_.outputs) {
      refused.push_back(i);
      continue;
    }
    if (!index) {
      index = labels_.add(name);
      group.introduced.push_back({samples.label.size(), name});  // position among the samples that stay
    }
    samples.label.push_back(*index);
  }
  if (!refused.empty()) remove_samples(refused, spec_, samples);
  samples.name.clear();
  return refused;
}

std::vector<std::function<void()>> SampleQueue::ready_waiters() {
  std::vector<std::function<void()>> ready;
  std::size_t promised = samples_;
  while (!waiters_.empty()) {
    const bool room = promised == 0 || promised + waiters_.front().samples <= capacity_;
    if (!closed_ && !room) break;
    promised += waiters_.front().samples;
    ready.push_back(std::move(waiters_.front().ready));
    waiters_.pop_front();
  }
  return ready;
}

void SampleQueue::when_room(std::size_t samples, std::function<void()> ready) {
  std::vector<std::function<void()>> now;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    waiters_.push_back({samples, std::move(ready)});
    now = ready_waiters();
    wake = !waiters_.empty();
  }
  if (wake) arrived_.notify_one();
  for (const auto& call : now) call();
}

std::optional<std::vector<SampleQueue::Entry>> SampleQueue::take(
    std::optional<std::chrono::steady_clock::time_point> deadline, std::size_t enough,
    const std::function<std::chrono::milliseconds()>& patience) {
  std::vector<Entry> taken;
  std::vector<std::function<void()>> ready;
  {
    std::unique_lock lock(mutex_);
    while (!wait(lock, deadline)) {
      if (deadline && std::chrono::steady_clock::now() >= *deadline) break;
      const auto others = ready_waiters();
      lock.unlock();
      for (const auto& call : others) call();
      lock.lock();
    }
    if (closed_ && entries_.empty()) return std::nullopt;
    const auto now = std::chrono::steady_clock::now();
    if (patience && !entries_.empty() && now >= crowded_until_) {
      enough_ = enough;
      const auto until = now + patience();
      arrived_.wait_until(lock, deadline ? std::min(*deadline, until) : until, [this] { return !more_may_come(); });
      enough_ = 0;
    }
    crowded_ = false;
    std::size_t samples = 0;
    while (!entries_.empty() && samples < enough) {
      samples += entries_.front().group.samples.count;
      if (!entries_.front().group.patient) --urgent_;
      taken.push_back(std::move(entries_.front()));
      entries_.pop_front();
    }
    samples_ -= samples;
    ready = ready_waiters();
  }
  for (const auto& call : ready) call();
  return taken;
}

/// Until there is something to take: true. False at `deadline`, and when the queue has stayed empty for so long
/// that those who were told of room will not come (a connection that has ended): others may have it.
bool SampleQueue::wait(std::unique_lock<std::mutex>& lock,
                       std::optional<std::chrono::steady_clock::time_point> deadline) {
  const auto something = [this] { return closed_ || !entries_.empty(); };
  if (!waiters_.empty()) {
    const auto lapse = std::chrono::steady_clock::now() + promise_time;
    deadline = deadline ? std::min(*deadline, lapse) : lapse;
  }
  if (deadline) return arrived_.wait_until(lock, *deadline, something);
  arrived_.wait(lock, something);  // who waits for room from now on is told at once: the queue is empty
  return true;
}

void SampleQueue::close() {
  std::vector<std::function<void()>> ready;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    ready = ready_waiters();
  }
  arrived_.notify_all();
  for (const auto& call : ready) call();
}

std::size_t SampleQueue::samples() const {
  const std::lock_guard lock(mutex_);
  return samples_;
}

}  // namespace altmind::daemon
