#include "daemon/sample_queue.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "adapters/telemetry/log.hpp"

namespace altmind::daemon {

namespace {

/// How long room is reserved for waiters that were notified of it.
constexpr std::chrono::milliseconds promise_time{100};

/// How long take() does not linger after a sender that needs an answer found no room, so that the next one finds the
/// queue as empty as possible.
constexpr std::chrono::seconds contended_time{10};

/// Removes the features of the samples at `indices` (ascending) from a block whose labels are correct already.
void remove_samples(const std::vector<std::size_t>& indices, const SampleSpec& spec, Samples& samples) {
  std::size_t kept = 0;
  Residuals residuals;
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
    residuals.append(samples.x_residual, i * spec.inputs, spec.inputs, kept * spec.inputs);
    ++kept;
  }
  samples.count = kept;
  samples.x_residual = std::move(residuals);
  samples.x.resize(kept * spec.inputs);
}

/// A waiter that cannot be notified must not cost the caller the entries that it has taken.
void tell(const std::vector<std::function<void()>>& ready) {
  for (const auto& call : ready) {
    try {
      call();
    } catch (const std::exception& error) {
      log(telemetry::LogLevel::error, "a source could not be told of room", {{"error", error.what()}});
    }
  }
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
      if (!group.batchable) {
        contended_ = true;
        contended_until_ = std::chrono::steady_clock::now() + contended_time;
        arrived_.notify_one();
      }
      return {Admission::full, {}};
    }
    offered.rejected = admit(group);
    samples_ += group.samples.count;
    if (!group.batchable) ++urgent_;
    entries_.back() = {std::move(group), std::move(on_durable)};
    wake = !more_may_come();
  }
  if (wake) arrived_.notify_one();
  offered.admission = Admission::accepted;
  return offered;
}

/// Creates an entry for the group, which is not moved yet, and gives names their indices; all of it or, if it throws,
/// nothing: a name that no admitted group introduces would be missing in the journal.
std::vector<std::size_t> SampleQueue::admit(Group& group) {
  const std::size_t names = labels_.size();
  entries_.emplace_back();
  try {
    std::vector<std::size_t> rejected;
    if (spec_.task == Task::classification && spec_.labels == LabelKind::named) rejected = name_classes(group);
    admit_words(spec_, group.samples, categories_, group.categories);  // of the remaining samples
    return rejected;
  } catch (...) {
    entries_.pop_back();
    labels_.take_back(names);
    for (auto one = group.categories.rbegin(); one != group.categories.rend(); ++one) {
      LabelTable& known = categories_[one->category.column];
      // The last one recorded may not have been added.
      if (known.size() > 0 && known.names().back() == one->category.name) known.take_back(known.size() - 1);
    }
    throw;
  }
}

bool SampleQueue::announce(OnDurable on_durable) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    entries_.push_back({{}, std::move(on_durable), true});
    ++urgent_;
  }
  arrived_.notify_one();
  return true;
}

/// Turns names into indices and records which are new; returns the samples whose new class did not fit in the table.
std::vector<std::size_t> SampleQueue::name_classes(Group& group) {
  std::vector<std::size_t> rejected;
  Samples& samples = group.samples;
  samples.label.clear();
  for (std::size_t i = 0; i < samples.count; ++i) {
    const std::string& name = samples.name[i];
    std::optional<std::uint32_t> index = labels_.find(name);
    if (!index && labels_.size() >= spec_.outputs) {
      rejected.push_back(i);
      continue;
    }
    if (!index) {
      index = labels_.add(name);
      group.introduced.push_back({samples.label.size(), name});  // position among the remaining samples
    }
    samples.label.push_back(*index);
  }
  if (!rejected.empty()) remove_samples(rejected, spec_, samples);
  samples.name.clear();
  return rejected;
}

std::vector<std::function<void()>> SampleQueue::ready_waiters() {
  std::vector<std::function<void()>> ready;
  ready.reserve(waiters_.size());
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
    const std::function<std::chrono::milliseconds()>& linger) {
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
    if (linger && !entries_.empty() && now >= contended_until_) {
      enough_ = enough;
      const auto until = now + linger();
      arrived_.wait_until(lock, deadline ? std::min(*deadline, until) : until, [this] { return !more_may_come(); });
      enough_ = 0;
    }
    contended_ = false;
    std::size_t samples = 0;
    taken.reserve(entries_.size());  // nothing throws after this line, so that nothing taken is lost
    while (!entries_.empty() && samples < enough) {
      samples += entries_.front().group.samples.count;
      if (!entries_.front().group.batchable) --urgent_;
      taken.push_back(std::move(entries_.front()));
      entries_.pop_front();
    }
    samples_ -= samples;
    try {
      ready = ready_waiters();
    } catch (const std::bad_alloc&) {
      // They are notified at the next take.
    }
  }
  tell(ready);
  return taken;
}

/// Waits until there is something to take: true. False at `deadline`, and when the queue has stayed empty for so long
/// that notified waiters will not come (such as a closed connection): the room may go to others.
bool SampleQueue::wait(std::unique_lock<std::mutex>& lock,
                       std::optional<std::chrono::steady_clock::time_point> deadline) {
  const auto something = [this] { return closed_ || !entries_.empty(); };
  if (!waiters_.empty()) {
    const auto lapse = std::chrono::steady_clock::now() + promise_time;
    deadline = deadline ? std::min(*deadline, lapse) : lapse;
  }
  if (deadline) return arrived_.wait_until(lock, *deadline, something);
  arrived_.wait(lock, something);  // later waiters are notified at once: the queue is empty
  return true;
}

std::vector<SampleQueue::Entry> SampleQueue::put_back(std::vector<Entry> entries) {
  std::vector<std::function<void()>> ready;
  std::vector<Entry> refused;
  {
    const std::lock_guard lock(mutex_);
    refused = sort_out(std::move(entries));
    try {
      ready = ready_waiters();
    } catch (const std::bad_alloc&) {
      // They are notified at the next take.
    }
  }
  tell(ready);
  return refused;
}

/// Must be called under the lock.
std::vector<SampleQueue::Entry> SampleQueue::sort_out(std::vector<Entry> entries) {
  std::vector<Entry> all;
  std::vector<Entry> refused;
  all.reserve(entries.size() + entries_.size());
  refused.reserve(entries.size() + entries_.size());
  for (Entry& entry : entries) all.push_back(std::move(entry));
  for (Entry& entry : entries_) all.push_back(std::move(entry));
  entries_.clear();
  samples_ = urgent_ = 0;
  try {
    // Take back all names that the journal lacks, by column, the classes last: they return with the groups that stay.
    std::vector<std::size_t> known(categories_.size() + 1);
    for (std::size_t j = 0; j < categories_.size(); ++j) known[j] = categories_[j].size();
    known.back() = labels_.size();
    for (const Entry& entry : all) {
      for (const IntroducedCategory& one : entry.group.categories) --known[one.category.column];
      known.back() -= entry.group.introduced.size();
    }
    std::vector<std::vector<std::string>> taken_back(known.size());
    for (std::size_t j = 0; j < known.size(); ++j) {
      LabelTable& table = j < categories_.size() ? categories_[j] : labels_;
      taken_back[j].assign(table.names().begin() + static_cast<std::ptrdiff_t>(known[j]), table.names().end());
      table.take_back(known[j]);
    }
    const bool renamed = std::any_of(taken_back.begin(), taken_back.end(), [](const auto& it) { return !it.empty(); });
    for (Entry& entry : all) {
      if (!entry.group.batchable) continue;
      if (renamed) readmit(entry.group, known, taken_back);
      entries_.emplace_back();
    }
    auto place = entries_.begin();
    for (Entry& entry : all) {
      if (entry.group.batchable) {
        samples_ += entry.group.samples.count;
        *place++ = std::move(entry);
      } else {
        refused.push_back(std::move(entry));
      }
    }
    return refused;
  } catch (const std::bad_alloc&) {
    // The tables of names are no longer reliable: admit nothing more, and let nothing wait.
    entries_.clear();
    closed_ = true;
    return all;
  }
}

/// Gives the group's names new indices. By column, classes last: `kept`, how many names stayed, and `taken_back`, those
/// that had the indices after them.
void SampleQueue::readmit(Group& group, const std::vector<std::size_t>& kept,
                          const std::vector<std::vector<std::string>>& taken_back) {
  const std::size_t columns = categories_.size();
  const auto index_again = [](LabelTable& table, std::size_t stayed, const std::vector<std::string>& names,
                              std::size_t index, const auto& introduce) {
    if (index < stayed || index - stayed >= names.size())
      return index;  // known before, or shared by all beyond the last
    const std::string& name = names[index - stayed];
    if (const auto known = table.find(name)) return std::size_t{*known};
    introduce(name);
    return std::size_t{table.add(name)};
  };
  Samples& samples = group.samples;
  group.introduced.clear();
  group.categories.clear();
  for (std::size_t i = 0; i < samples.count; ++i) {
    if (!taken_back.back().empty()) {
      samples.label[i] = static_cast<std::uint32_t>(
          index_again(labels_, kept.back(), taken_back.back(), samples.label[i], [&](const std::string& name) {
            group.introduced.push_back({i, name});
          }));
    }
    for (std::size_t j = 0; j < columns; ++j) {
      if (taken_back[j].empty()) continue;
      float& cell = samples.x[i * spec_.inputs + j];
      if (!(cell >= 0.0F)) continue;  // missing
      cell = static_cast<float>(index_again(categories_[j], kept[j], taken_back[j], static_cast<std::size_t>(cell),
                                            [&](const std::string& name) {
                                              group.categories.push_back({i, {static_cast<std::uint32_t>(j), name}});
                                            }));
    }
  }
}

bool SampleQueue::wait_for_close(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, most, [this] { return closed_; });
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
