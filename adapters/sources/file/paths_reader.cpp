#include "adapters/sources/file/paths_reader.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace altmind::file {

PathsReader::PathsReader(const adapters::SourceOptions& options)
    : paths_(options.paths), skip_(options.skip), limit_(options.limit) {
  if (paths_.empty()) throw std::runtime_error("source \"" + options.name + "\": no path to read");
  for (const std::string& path : paths_) {
    const FileDescriptor file = open_file(path);
    sizes_.push_back(static_cast<std::uint64_t>(status_of(file.get(), path).st_size));
    identities_.push_back(identify(file.get(), path));
  }
  for (const std::string& path : options.labels_paths) identities_.push_back(identify(open_file(path).get(), path));
}

void PathsReader::open_path(std::size_t path) {
  path_ = path;
  bytes_ = open_bytes(paths_[path]);
  if (!same_file(identities_[path], bytes_->descriptor(), paths_[path])) {
    throw std::runtime_error(paths_[path] + ": has changed while it was being read: was " +
                             to_string(identities_[path]) + ", is " +
                             to_string(identify(bytes_->descriptor(), paths_[path])));
  }
  opened();
}

std::size_t PathsReader::next(std::size_t max, Samples* into, const OnRejected* rejected) {
  if (max == 0) return 0;
  if (!bytes_ && path_ < paths_.size()) open_path(path_);
  while (bytes_) {
    if (const std::size_t count = consume(max, into, rejected); count > 0) {
      record_ += count;
      return count;
    }
    bytes_.reset();
    ++path_;
    if (path_ < paths_.size()) open_path(path_);
  }
  return 0;
}

std::uint64_t PathsReader::to_skip() const {
  return record_ < skip_ ? skip_ - record_ : 0;
}

std::uint64_t PathsReader::pass_over(std::uint64_t max) {
  constexpr std::uint64_t step = 4096;
  std::uint64_t passed = 0;
  while (passed < max) {
    std::uint64_t wanted = std::min(step, max - passed);
    if (to_skip() > 0) {
      wanted = std::min(wanted, to_skip());
    } else if (limit_) {
      wanted = std::min(wanted, *limit_ - std::min(*limit_, record_ - skip_));
    }
    const std::size_t count = next(static_cast<std::size_t>(wanted), nullptr, nullptr);
    if (count == 0) break;
    passed += count;
  }
  return passed;
}

std::size_t PathsReader::read(std::size_t max, Samples& into, const OnRejected& rejected) {
  while (to_skip() > 0) {
    if (pass_over(to_skip()) == 0) return 0;
  }
  if (limit_) {
    const std::uint64_t left = *limit_ - std::min(*limit_, record_ - skip_);
    max = static_cast<std::size_t>(std::min<std::uint64_t>(max, left));
  }
  return next(max, &into, &rejected);
}

double PathsReader::fraction() const {
  const auto total = std::accumulate(sizes_.begin(), sizes_.end(), std::uint64_t{0});
  auto taken = std::accumulate(sizes_.begin(), sizes_.begin() + static_cast<std::ptrdiff_t>(path_), std::uint64_t{0});
  if (bytes_) taken += bytes_->bytes_taken();
  double fraction = total == 0 ? 1.0 : static_cast<double>(taken) / static_cast<double>(total);
  if (limit_) {
    const auto read = static_cast<double>(record_ - std::min(record_, skip_));
    fraction = std::max(fraction, *limit_ == 0 ? 1.0 : read / static_cast<double>(*limit_));
  }
  return std::min(fraction, 1.0);
}

ReaderPlace PathsReader::place() const {
  return {record_, path_, std::nullopt};
}

}  // namespace altmind::file
