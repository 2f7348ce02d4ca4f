#include "adapters/sources/file/follower.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "adapters/sources/file/rotation.hpp"

namespace altmind::file {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

std::string only_path(const adapters::SourceOptions& options) {
  const std::string who = "source \"" + options.name + "\": follow: ";
  if (options.paths.size() != 1) {
    throw std::runtime_error(who + "exactly one path can be followed, got " + std::to_string(options.paths.size()));
  }
  if (options.shuffle) throw std::runtime_error(who + "a file that grows cannot be shuffled");
  if (options.epochs != 1)
    throw std::runtime_error(who + "a file that grows has no epochs, got " + std::to_string(options.epochs));
  return options.paths.front();
}

}  // namespace

Follower::Follower(const adapters::SourceOptions& options, const SampleSpec& spec, FileWatch& watch)
    : path_(only_path(options)),
      skip_(options.skip),
      limit_(options.limit),
      max_line_(options.max_line),
      header_(options.format == adapters::Format::csv && options.header),
      watch_(watch),
      records_(options, spec),
      chunk_(chunk_bytes) {
  watch_.watch_directory_of(path_);
}

void Follower::enter(OpenFile file, std::uint64_t offset) {
  if (packing_of(file.file.get(), file.path) != Packing::none) {
    throw std::runtime_error(file.path + ": a packed file cannot be followed");
  }
  open_ = std::move(file);
  watch_.watch_file(open_.file.get());
  identity_ = identity_of_open();
  modified_ = modified_at(open_.file.get(), open_.path);
  read_bytes_ = offset;
  recent_.resize(static_cast<std::size_t>(std::min(offset, FileIdentity::most_head_bytes)));
  if (!recent_.empty()) {
    const ssize_t got =
        ::pread(open_.file.get(), recent_.data(), recent_.size(), static_cast<off_t>(offset - recent_.size()));
    if (got != static_cast<ssize_t>(recent_.size())) recent_.clear();
  }
  successor_.reset();
  ending_ = false;
  const auto first = offset == 0 ? TextRecords::FirstLine::sample_or_header : TextRecords::FirstLine::record;
  records_.begin(open_.path, first, offset);
}

void Follower::resume(const FilePosition& position) {
  if (position.files.size() != 1 || !position.offset || position.epoch != 0) {
    throw std::runtime_error(path_ + ": the stored position is not one of a followed text file");
  }
  const FileIdentity& known = position.files.front();
  const std::uint64_t offset = *position.offset;
  std::optional<OpenFile> file = open_if_there(path_);
  if (file) {
    const int descriptor = file->file.get();
    if (!same_file(known, descriptor, path_) || !holds(position, descriptor, path_)) file.reset();
  }
  if (!file) file = find_moved(path_, position);
  if (!position.header.empty()) records_.set_header(position.header);
  record_ = position.record;
  if (file) {
    if (file->path != path_) note_ = "went on with " + file->path + ", which was " + path_;
    if (header_ && offset > 0 && position.header.empty()) records_.set_header(first_line(*file));
    enter(std::move(*file), offset);
    return;
  }
  missed(path_ + ": the file that was being read (" + to_string(known) + ", byte " + std::to_string(offset) +
         ") is no longer there; went on with the next one from its beginning");
  // A truncated file keeps its inode and is its own successor: no inode is excluded.
  if (auto next = successor(0, position.modified)) enter(std::move(*next), 0);
}

/// An unpacked file is identified by its content alone: its inode means nothing, and may be that of another file
/// elsewhere.
FileIdentity Follower::identity_of_open() const {
  FileIdentity identity = identify(open_.file.get(), open_.path);
  if (open_.unpacked) identity.device = identity.inode = 0;
  return identity;
}

void Follower::missed(std::string note) {
  note_ = std::move(note);
  ++gaps_;
}

std::optional<OpenFile> Follower::successor(std::uint64_t inode, std::int64_t modified) {
  std::string trouble;
  std::optional<OpenFile> next = find_successor(path_, inode, modified, trouble);
  if (next && !next->unpacked && packing_of(next->file.get(), next->path) != Packing::none) {
    throw std::runtime_error(next->path + ": a packed file cannot be followed");
  }
  if (next && !trouble.empty()) missed("a rotated file was passed over: " + trouble);
  return next;
}

/// Returns the last bytes that were consumed.
std::string_view Follower::tail() const {
  const std::uint64_t ahead = read_bytes_ - records_.offset();  // in recent_, not yet consumed
  if (recent_.size() <= ahead) return {};
  const std::string_view consumed(recent_.data(), recent_.size() - static_cast<std::size_t>(ahead));
  return consumed.substr(consumed.size() - std::min<std::size_t>(consumed.size(), FileIdentity::most_head_bytes));
}

/// Call when `bytes` were read at read_bytes_, and all complete lines before them are consumed.
void Follower::remember(std::string_view bytes) {
  const std::size_t keep = tail().size() + static_cast<std::size_t>(read_bytes_ - records_.offset());
  recent_.erase(0, recent_.size() - std::min(recent_.size(), keep));
  recent_ += bytes;
  read_bytes_ += bytes.size();
}

/// True if the bytes that were consumed last are different now: the file was rewritten, whatever its length.
bool Follower::changed_behind() const {
  const std::string_view known = tail();
  return !known.empty() &&
         hash_at(open_.file.get(), records_.offset() - known.size(), known.size(), open_.path) != hash_of(known);
}

std::string Follower::first_line(const OpenFile& file) {
  formats::LineFramer framer(max_line_);
  for (std::uint64_t at = 0;;) {
    const std::size_t got = read_at(file, at);
    at += got;
    framer.push({chunk_.data(), got});
    std::optional<formats::Line> line = framer.next();
    if (!line && got == 0) line = framer.finish();
    if (line) return std::string(line->text);
    if (got == 0) return {};
  }
}

std::size_t Follower::read_at(const OpenFile& file, std::uint64_t offset) {
  for (;;) {
    const ssize_t got = ::pread(file.file.get(), chunk_.data(), chunk_.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) {
      throw std::runtime_error(file.path + ": cannot read: " + std::generic_category().message(errno));
    }
  }
}

bool Follower::at_limit() const {
  return limit_ && record_ >= skip_ + *limit_;
}

FilePosition Follower::position() const {
  FilePosition position;
  position.files = {identity_};
  position.record = record_;
  position.offset = records_.offset();
  position.modified = modified_;
  position.header = records_.header();
  position.tail_bytes = tail().size();
  position.tail = hash_of(tail());
  return position;
}

std::size_t Follower::read(std::size_t max, Samples& into, const OnRejected& rejected) {
  std::size_t count = 0;
  while (count < max && !at_limit()) {
    Samples* const wanted = record_ < skip_ ? nullptr : &into;
    bool taken = records_.next(record_, wanted, &rejected);
    const bool at_end = !taken && ending_;
    if (at_end) {
      taken = records_.finish(record_, wanted, &rejected);
    } else if (!taken) {
      try {
        if (!fill()) break;
      } catch (const CannotGoOn&) {
        if (count == 0) throw;
        break;  // deliver what was read first; it is thrown again when there is nothing more
      }
    }
    if (taken) {
      ++record_;
      ++count;
    }
    if (at_end) leave();
  }
  return count;
}

// True if there is something to do: bytes to split into lines, or another file.
bool Follower::fill() {
  if (!open_.file) {
    watch_.watch_directory_of(path_);
    std::optional<OpenFile> file;
    try {
      file = open_if_there(path_);
    } catch (const std::runtime_error& error) {
      throw CannotGoOn(error.what());
    }
    if (file) enter(std::move(*file), 0);
    return file.has_value();
  }
  look_back();
  const int descriptor = open_.file.get();
  const std::size_t got = read_at(open_, read_bytes_);
  // Checked after the read, so that a truncation before it is noticed.
  if (size_of(descriptor, open_.path) < read_bytes_ + got ||
      head_of(descriptor, identity_.head_bytes, open_.path) != identity_.head || changed_behind()) {
    truncated();
    return true;
  }
  if (got > 0) {
    remember({chunk_.data(), got});
    modified_ = modified_at(descriptor, open_.path);
    if (identity_.head_bytes < FileIdentity::most_head_bytes) identity_ = identity_of_open();
    records_.push({chunk_.data(), got});
    return true;
  }
  // Read the old file to its end once more after its successor was seen with content: everything that the writer wrote
  // before it switched is there by then.
  if (successor_) {
    ending_ = true;
    return true;
  }
  try {
    successor_ = successor(identity_.inode, modified_);
  } catch (const std::runtime_error& error) {
    throw CannotGoOn(error.what());
  }
  return successor_.has_value();
}

/// Call at the end of the old file, when its last line is finished.
void Follower::leave() {
  left_ = open_.unpacked ? OpenFile{} : std::move(open_);
  left_bytes_ = read_bytes_;
  enter(std::move(*successor_), 0);
}

/// Checks for a writer that has not noticed the rotation and still appends to the old file. Reported once for each
/// file.
void Follower::look_back() {
  if (!left_.file) return;
  const struct stat status = status_of(left_.file.get(), left_.path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > left_bytes_) {
    std::error_code error;
    const auto name = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(left_.file.get()), error);
    missed((error ? left_.path : name.string()) + ": " + std::to_string(size - left_bytes_) +
           " bytes came to it after the next file had begun; what is written there is not read any more");
  }
  // A file without a name only takes up disk space.
  if (size > left_bytes_ || status.st_nlink == 0) left_ = {};
}

void Follower::truncated() {
  const std::uint64_t offset = records_.offset();
  std::optional<OpenFile> copy = find_moved(path_, position());
  if (copy) {
    note_ = open_.path + " was truncated; went on with its copy " + copy->path;
    enter(std::move(*copy), offset);
  } else {
    missed(open_.path + " was truncated; read again from its beginning");
    enter(std::move(open_), 0);
  }
}

}  // namespace altmind::file
