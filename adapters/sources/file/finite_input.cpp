#include "adapters/sources/file/finite_input.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>

#include "adapters/sources/file/byte_stream.hpp"
#include "adapters/sources/file/shuffle.hpp"

namespace altmind::file {
namespace {

constexpr std::uint64_t step = 4096;  // records between two checks of the stop token

void check_unchanged(const FileIdentity& known, const std::string& path) {
  const FileDescriptor file = open_file(path);
  if (same_file(known, file.get(), path)) return;
  throw std::runtime_error(path + ": is not the file that was being read: was " + to_string(known) + ", is " +
                           to_string(identify(file.get(), path)) +
                           "; a finite input must stay as it is, another one needs a source of another name");
}

}  // namespace

FiniteInput::FiniteInput(const adapters::SourceOptions& options, const SampleSpec& spec)
    : options_(options), spec_(spec), reader_(open_reader(options, spec)), files_(reader_->identities()) {}

void FiniteInput::check(const FilePosition& position) const {
  std::vector<std::string> paths = options_.paths;
  paths.insert(paths.end(), options_.labels_paths.begin(), options_.labels_paths.end());
  if (position.files.size() != paths.size()) {
    throw std::runtime_error("source \"" + options_.name + "\": was being read from " +
                             std::to_string(position.files.size()) + " files, now has " + std::to_string(paths.size()));
  }
  for (std::size_t i = 0; i < paths.size(); ++i) check_unchanged(position.files[i], paths[i]);
  if (position.shuffled_records.has_value() != options_.shuffle) {
    throw std::runtime_error("source \"" + options_.name + "\": shuffle: was " + (options_.shuffle ? "false" : "true") +
                             " when its position was stored");
  }
  if (options_.shuffle && position.seed != options_.seed) {
    throw std::runtime_error("source \"" + options_.name + "\": seed: was " + std::to_string(position.seed) +
                             " when its position was stored, is " + std::to_string(options_.seed));
  }
  if (!position.offset) return;
  const std::uint64_t size = position.path < options_.paths.size() ? reader_->sizes()[position.path] : 0;
  if (size < *position.offset) {
    throw std::runtime_error(options_.paths.at(std::min(position.path, options_.paths.size() - 1)) +
                             ": was read up to byte " + std::to_string(*position.offset) + ", now has " +
                             std::to_string(size) + " (" + to_string(position.files[position.path]) + ")");
  }
}

void FiniteInput::reopen() {
  reader_ = open_reader(options_, spec_);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const bool labels = i >= options_.paths.size();
    check_unchanged(files_[i], labels ? options_.labels_paths[i - options_.paths.size()] : options_.paths[i]);
  }
}

bool FiniteInput::run(const std::optional<FilePosition>& position, SourceFeed& feed, const std::stop_token& stop) {
  if (position) check(*position);
  const FilePosition from = position.value_or(FilePosition{});
  return options_.shuffle ? run_shuffled(from, position.has_value(), feed, stop) : run_in_order(from, feed, stop);
}

// Advances to `position`. False if stopped on the way.
bool FiniteInput::go_to(const FilePosition& position, const std::stop_token& stop) {
  reader_->approach({position.record, position.path, position.offset});
  while (reader_->place().record < position.record) {
    if (stop.stop_requested()) return false;
    if (reader_->pass_over(std::min(step, position.record - reader_->place().record)) == 0) {
      throw std::runtime_error("source \"" + options_.name + "\": its input or limit ends before record " +
                               std::to_string(position.record) + " that was reached before");
    }
  }
  return true;
}

bool FiniteInput::run_in_order(const FilePosition& from, SourceFeed& feed, const std::stop_token& stop) {
  for (std::uint64_t epoch = from.epoch; epoch < options_.epochs; ++epoch) {
    if (epoch > from.epoch) reopen();
    if (epoch == from.epoch && !go_to(from, stop)) return false;
    if (!read_epoch(epoch, feed, stop)) return false;
  }
  feed.set_fraction(1.0);
  return true;
}

bool FiniteInput::read_epoch(std::uint64_t epoch, SourceFeed& feed, const std::stop_token& stop) {
  while (reader_->to_skip() > 0) {
    if (stop.stop_requested()) return false;
    if (reader_->pass_over(std::min(step, reader_->to_skip())) == 0) break;
  }
  for (bool at_end = false; !at_end;) {
    Samples samples;
    std::size_t consumed = 0;
    while (consumed < feed.group_max() && !at_end) {
      const std::size_t count = reader_->read(feed.group_max() - consumed, samples, feed.rejected());
      consumed += count;
      at_end = count == 0;
    }
    if (consumed == 0) break;
    const ReaderPlace place = reader_->place();
    FilePosition position;
    position.files = files_;
    position.epoch = epoch;
    position.record = place.record;
    position.path = place.path;
    position.offset = place.offset;
    feed.set_reading(options_.paths[std::min(place.path, options_.paths.size() - 1)], {});
    if (!feed.deliver(std::move(samples), position, stop)) return false;
    feed.set_fraction((static_cast<double>(epoch) + reader_->fraction()) / static_cast<double>(options_.epochs));
  }
  return true;
}

bool FiniteInput::run_shuffled(const FilePosition& from, bool resumed, SourceFeed& feed, const std::stop_token& stop) {
  feed.set_state("loading");
  SampleStore store(spec_, options_.format == adapters::Format::idx || options_.format == adapters::Format::cifar10);
  while (reader_->to_skip() > 0 && !stop.stop_requested()) {
    if (reader_->pass_over(std::min(step, reader_->to_skip())) == 0) break;
  }
  // Rejected records were reported when the input was first loaded.
  const OnRejected told_before = [](std::uint64_t, const ingest::Rejection&, std::string_view) {};
  const OnRejected& rejected = resumed ? told_before : feed.rejected();
  for (Samples block;; block = {}) {
    if (stop.stop_requested()) return false;
    if (reader_->read(feed.group_max(), block, rejected) == 0) break;
    store.add(block);
  }
  if (resumed && from.shuffled_records != store.count()) {
    throw std::runtime_error("source \"" + options_.name + "\": had " + std::to_string(*from.shuffled_records) +
                             " records when its position was stored, now has " + std::to_string(store.count()) +
                             ": the order of a shuffled input depends on their number");
  }
  feed.set_state("reading");
  FilePosition position;
  position.files = files_;
  position.shuffled_records = store.count();
  position.seed = options_.seed;
  for (std::uint64_t epoch = from.epoch; epoch < options_.epochs; ++epoch) {
    const std::vector<std::uint32_t> order = shuffled_order(store.count(), options_.seed, epoch);
    std::size_t at =
        epoch == from.epoch ? static_cast<std::size_t>(std::min<std::uint64_t>(from.record, order.size())) : 0;
    while (at < order.size()) {
      const std::size_t count = std::min(feed.group_max(), order.size() - at);
      Samples samples;
      store.gather(std::span(order).subspan(at, count), samples);
      at += count;
      position.epoch = epoch;
      position.record = at;
      if (!feed.deliver(std::move(samples), position, stop)) return false;
      const double part = static_cast<double>(at) / static_cast<double>(order.size());
      feed.set_fraction((static_cast<double>(epoch) + part) / static_cast<double>(options_.epochs));
    }
  }
  feed.set_fraction(1.0);
  return true;
}

}  // namespace altmind::file
