#include "adapters/store/journal/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "adapters/store/journal/journal_head.hpp"
#include "adapters/store/journal/journal_opening.hpp"
#include "adapters/store/journal/segment_writer.hpp"
#include "adapters/store/posix_file.hpp"

namespace altmind::store {
namespace {

/// Checks that the reader will accept a group. Callers guarantee it, but a violation would leave a journal that cannot
/// be opened.
void check_group(const Group& group, const SampleSpec& spec) {
  const Samples& samples = group.samples;
  const Origin& origin = group.origin;
  const bool classes = spec.task == Task::classification;
  const auto short_enough = [](const std::string& text) { return text.size() <= (std::size_t{1} << 30); };
  const bool good =
      samples.x.size() == samples.count * spec.inputs && samples.label.size() == (classes ? samples.count : 0) &&
      samples.target.size() == (classes ? 0 : samples.count * spec.outputs) && samples.name.empty() &&
      samples.x_residual.values().size() <= samples.x.size() &&
      samples.target_residual.values().size() <= samples.target.size() &&
      std::all_of(samples.label.begin(), samples.label.end(), [&](std::uint32_t it) { return it < spec.outputs; }) &&
      std::all_of(group.introduced.begin(), group.introduced.end(),
                  [&](const Introduced& it) { return it.at < samples.count && short_enough(it.name); }) &&
      samples.words.empty() &&
      std::all_of(group.categories.begin(), group.categories.end(),
                  [&](const IntroducedCategory& it) {
                    return it.at < samples.count && it.category.column < spec.inputs && short_enough(it.category.name);
                  }) &&
      short_enough(origin.source) && short_enough(origin.stream) && short_enough(origin.position) &&
      short_enough(origin.key);
  if (!good) throw std::invalid_argument("journal: the group does not fit a " + describe(spec));
}

/// Space may become free again; a file at its size limit is followed by the next segment, or the limit is raised.
bool no_room(const std::system_error& error) {
  return error.code() == std::errc::no_space_on_device || error.code() == std::errc::file_too_large ||
         error.code() == std::error_code(EDQUOT, std::generic_category());
}

}  // namespace

struct Journal::Impl {
  struct Segment {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::uint64_t needed_until = 0;  ///< highest sequence number that a record concerns
  };

  /// A segment as of its last sync.
  struct Synced {
    std::filesystem::path path;
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;

    std::string lost() const {
      struct stat status {};
      if (::stat(path.c_str(), &status) != 0 || (inode != 0 && status.st_ino != inode)) {
        return path.string() + ": was deleted or replaced while it was in use";
      }
      const auto size = static_cast<std::uint64_t>(status.st_size);
      if (size >= bytes) return {};
      return path.string() + ": was cut to " + std::to_string(size) + " bytes while it was in use, " +
             std::to_string(bytes) + " were in it";
    }
  };

  // Constant after construction.
  JournalOptions options;
  SampleSpec spec;
  std::string repairs;

  // Used by the writer only.
  std::optional<SegmentWriter> newest;  ///< nullopt until the very first record
  std::uint64_t newest_first = 0;       ///< its first sample
  std::uint64_t newest_needed_until = 0;
  std::uint64_t counted = 0;  ///< its share of `bytes`
  std::uint64_t last = 0;
  std::optional<std::string> config;  ///< in force
  std::string broken;                 ///< why the journal has failed; empty if it has not

  /// As of the last sync.
  struct {
    std::uint64_t last = 0;
    std::uint64_t newest_needed_until = 0;
    std::optional<std::string> config;
  } durable;

  std::mutex trimming;  ///< held by trim(); locked before mutex, never by the writer
  std::mutex mutex;
  std::deque<Segment> older;  ///< all but the newest, oldest first; protected by mutex
  Synced newest_synced;       ///< without a path: there is none; protected by mutex

  std::atomic<std::uint64_t> bytes{0};

  std::optional<HeadWriter> head;
  PosixFile directory;  ///< kept open to detect its replacement

  /// Runs work of the writer, ends the journal if it fails, and keeps `bytes` right.
  template <typename Work>
  void guarded(const Work& work) {
    if (!broken.empty()) throw JournalError("the journal does no more work since it failed: " + broken);
    try {
      work();
    } catch (const std::system_error& error) {
      const bool synced_well = !newest || !newest->sync_failed();
      if (const bool taken_back = !newest || newest->rewind(); taken_back && synced_well && no_room(error)) {
        last = durable.last;
        newest_needed_until = durable.newest_needed_until;
        config = durable.config;
        count();
        throw JournalFull(error.what());
      }
      broken = error.what();
    }
    count();
    if (!broken.empty()) throw JournalError(broken);
  }

  /// Call when everything appended is on disk.
  void settle() {
    durable = {last, newest_needed_until, config};
    if (newest) {
      const std::lock_guard lock(mutex);
      newest_synced = {newest->path(), newest->inode(), newest->bytes_synced()};
    }
    try {
      if (newest) head->write({newest->id(), newest_first, newest->bytes_synced(), last});
    } catch (const std::system_error&) {
      // A head older than the journal promises less, but nothing wrong.
    }
  }

  void count() {
    const std::uint64_t now = newest ? newest->bytes_on_disk() : 0;
    bytes += now - counted;  // wraps around correctly
    counted = now;
  }

  /// Call before every record: provides a segment with room. A new one begins only when everything is synced: so it
  /// proves that the old one is complete, and a rewind after a failure concerns one segment only.
  void prepare() {
    if (newest && (newest->size() < options.segment_bytes || last < newest_first || !newest->synced())) return;
    SegmentWriter next = SegmentWriter::create(options.directory, last + 1, spec, config);
    if (newest) {
      const std::lock_guard lock(mutex);
      older.push_back({newest->path(), newest->size(), newest_needed_until});
      counted = 0;
    }
    newest.emplace(std::move(next));
    newest_first = last + 1;
    newest_needed_until = last;
  }
};

Journal::Journal(JournalOptions options, const SampleSpec& spec, std::uint64_t next_sequence)
    : impl_(std::make_unique<Impl>()) {
  if (spec.inputs == 0 || spec.outputs == 0 || next_sequence == 0) {
    throw std::invalid_argument("journal: inputs, outputs and the next sequence must be at least 1");
  }
  Impl& me = *impl_;
  me.options = std::move(options);
  me.spec = spec;
  try {
    create_directory_durably(me.options.directory);
    me.directory = PosixFile(me.options.directory, O_RDONLY | O_DIRECTORY);
    OpenedJournal opened = open_journal(me.options, spec, next_sequence);
    me.last = opened.last_sequence;
    me.config = std::move(opened.config);
    me.repairs = std::move(opened.repairs);
    for (const auto& segment : opened.segments) {
      me.older.push_back({segment.file.path, segment.bytes, segment.needed_until});
      me.bytes += segment.bytes;
    }
    if (!me.older.empty()) {
      me.newest = SegmentWriter::resume(me.older.back().path, me.older.back().bytes);
      me.newest_first = opened.segments.back().file.first_sequence;
      me.newest_needed_until = me.older.back().needed_until;
      me.counted = me.older.back().bytes;
      me.older.pop_back();
    }
    me.head.emplace(me.options.directory);
    me.settle();
  } catch (const std::system_error& error) {
    throw JournalError(error.what());
  }
}

Journal::Journal(Journal&&) noexcept = default;

Journal::~Journal() {
  if (!impl_ || !impl_->newest || !impl_->broken.empty()) return;
  SegmentWriter& newest = *impl_->newest;
  if (!newest.synced()) {
    newest.rewind();  // nobody was promised these records
    return;
  }
  try {
    newest.append(RecordType::seal, impl_->last, {});
    newest.sync();
    impl_->settle();
    impl_->head->sync();
  } catch (const std::exception&) {
    newest.rewind();  // without a seal the journal is valid, but does not prove that its last group was written
  }
}

std::uint64_t Journal::append(const Group& group) {
  Impl& me = *impl_;
  check_group(group, me.spec);
  me.guarded([&] {
    me.prepare();
    me.newest->append(group, me.last + 1);
    me.newest_needed_until = me.last + std::max<std::uint64_t>(group.samples.count, 1);
    me.last += group.samples.count;
  });
  return me.last;
}

void Journal::append_cut() {
  Impl& me = *impl_;
  me.guarded([&] {
    me.prepare();
    me.newest->append(RecordType::cut, me.last, {});
  });
}

void Journal::append_boundary() {
  Impl& me = *impl_;
  me.guarded([&] {
    me.prepare();
    me.newest->append(RecordType::boundary, me.last, {});
    me.newest_needed_until = me.last + 1;  // a checkpoint that ends here may precede the boundary
  });
}

void Journal::append_config(const std::string& json) {
  Impl& me = *impl_;
  me.guarded([&] {
    me.prepare();
    me.newest->append(RecordType::config, me.last, json);
    me.config = json;
  });
}

void Journal::sync() {
  Impl& me = *impl_;
  me.guarded([&] {
    if (!me.newest || me.newest->synced()) return;
    me.newest->sync();
    me.settle();
  });
}

void Journal::sync_head() {
  try {
    impl_->head->sync();
  } catch (const std::system_error& error) {
    throw JournalError(error.what());
  }
}

void Journal::try_again() {
  Impl& me = *impl_;
  me.guarded([&] {
    me.prepare();
    me.newest->require_room(1 << 20);
    me.newest->append(RecordType::seal, me.last, {});
  });
  sync();
}

std::string Journal::lost(bool thoroughly) const {
  Impl& me = *impl_;
  if (!me.directory.in_place()) {
    return me.options.directory.string() + ": was deleted or replaced while it was in use";
  }
  std::vector<Impl::Synced> looked_at;
  {
    const std::lock_guard lock(me.mutex);
    if (!me.newest_synced.path.empty()) looked_at.push_back(me.newest_synced);
    if (thoroughly) {
      for (const Impl::Segment& one : me.older) looked_at.push_back({one.path, 0, one.bytes});
    }
  }
  for (const Impl::Synced& segment : looked_at) {
    std::string reason = segment.lost();
    if (reason.empty()) continue;
    // A segment that was trimmed meanwhile is not lost.
    const std::lock_guard lock(me.mutex);
    const bool wanted = segment.path == me.newest_synced.path ||
                        std::any_of(me.older.begin(), me.older.end(),
                                    [&](const Impl::Segment& one) { return one.path == segment.path; });
    if (wanted) return reason;
  }
  return {};
}

std::uint64_t Journal::last_sequence() const {
  return impl_->last;
}

std::uint64_t Journal::bytes() const {
  return impl_->bytes;
}

const std::string& Journal::repairs() const {
  return impl_->repairs;
}

void Journal::trim(std::uint64_t sequence) {
  Impl& me = *impl_;
  const std::lock_guard one_at_a_time(me.trimming);
  bool deleted = false;
  try {
    for (;;) {
      Impl::Segment oldest;
      {
        const std::lock_guard lock(me.mutex);
        if (me.older.empty() || me.older.front().needed_until > sequence) break;
        oldest = me.older.front();
        me.older.pop_front();  // first, so that it is not reported as lost
      }
      try {
        std::filesystem::remove(oldest.path);  // slow, so done without the lock: the writer must not wait for it
      } catch (const std::system_error&) {
        const std::lock_guard lock(me.mutex);
        me.older.push_front(oldest);
        throw;
      }
      deleted = true;
      me.bytes -= oldest.bytes;
    }
    if (deleted) sync_directory(me.options.directory);
  } catch (const std::system_error& error) {
    throw JournalError(error.what());
  }
}

}  // namespace altmind::store
