#include "daemon/batcher.hpp"

#include <algorithm>
#include <utility>

namespace altmind::daemon {

namespace {

template <typename T>
void extend(std::vector<T>& to, const std::vector<T>& from, std::size_t begin, std::size_t count) {
  const auto first = from.begin() + static_cast<std::ptrdiff_t>(begin);
  to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

void Batcher::append(const Samples& from, std::size_t begin, std::size_t count) {
  Samples& to = open_.batch.samples;
  if (to.count == 0) to.x.reserve(std::min(batch_size_, std::size_t{4096}) * spec_.inputs);
  to.x_residual.append(from.x_residual, begin * spec_.inputs, count * spec_.inputs, to.x.size());
  extend(to.x, from.x, begin * spec_.inputs, count * spec_.inputs);
  if (spec_.task == Task::classification) {
    extend(to.label, from.label, begin, count);
  } else {
    to.target_residual.append(from.target_residual, begin * spec_.outputs, count * spec_.outputs, to.target.size());
    extend(to.target, from.target, begin * spec_.outputs, count * spec_.outputs);
  }
  to.count += count;
}

/// Records the end of a group. Of consecutive empty groups of a stream only the last position is kept, so that a stream
/// of rejected records only does not accumulate marks.
void Batcher::mark(Origin&& origin, std::uint64_t samples, std::uint64_t last_sequence) {
  if (samples == 0 && !open_.marks.empty()) {
    Mark& before = open_.marks.back();
    if (before.samples == 0 && before.origin.stream == origin.stream && !origin.stream.empty()) {
      before = {std::move(origin), samples, last_sequence};
      return;
    }
  }
  open_.marks.push_back({std::move(origin), samples, last_sequence});
}

void Batcher::push(Group&& group, std::uint64_t first_sequence, std::uint64_t learned,
                   std::vector<DurableBatch>& batches) {
  const Samples& samples = group.samples;
  const std::uint64_t last = first_sequence + samples.count - 1;
  std::size_t at = learned >= first_sequence ? static_cast<std::size_t>(learned - first_sequence + 1) : 0;
  auto introduced = group.introduced.begin();
  while (introduced != group.introduced.end() && introduced->at < at) ++introduced;
  auto category = group.categories.begin();
  while (category != group.categories.end() && category->at < at) ++category;
  while (at < samples.count) {
    const std::size_t count = std::min(batch_size_ - open_.batch.samples.count, samples.count - at);
    append(samples, at, count);
    at += count;
    open_.batch.last_sequence = first_sequence + at - 1;
    for (; introduced != group.introduced.end() && introduced->at < at; ++introduced) {
      open_.batch.new_names.push_back(std::move(introduced->name));
    }
    for (; category != group.categories.end() && category->at < at; ++category) {
      open_.batch.new_categories.push_back(std::move(category->category));
    }
    if (at == samples.count) mark(std::move(group.origin), samples.count, last);
    if (open_.batch.samples.count == batch_size_) batches.push_back(*cut());
  }
  if (samples.count == 0) mark(std::move(group.origin), 0, last);
}

std::optional<DurableBatch> Batcher::cut() {
  if (open_.batch.samples.count == 0) return std::nullopt;
  return std::exchange(open_, DurableBatch{});
}

void Batcher::announce(std::uint64_t last_sequence, std::vector<DurableBatch>& batches) {
  if (auto batch = cut()) batches.push_back(std::move(*batch));
  DurableBatch boundary;
  boundary.boundary = true;
  boundary.batch.last_sequence = last_sequence;
  batches.push_back(std::move(boundary));
}

void Batcher::resize(std::size_t batch_size, std::vector<DurableBatch>& batches) {
  batch_size_ = batch_size;
  if (open_.batch.samples.count >= batch_size_) batches.push_back(*cut());
}

}  // namespace altmind::daemon
