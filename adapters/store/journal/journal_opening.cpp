#include "adapters/store/journal/journal_opening.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "adapters/store/journal/journal_head.hpp"
#include "adapters/store/posix_file.hpp"

namespace altmind::store {
namespace {

using Segment = JournalScan::Segment;

/// Deletes the segments from `begin` on, newest first, so that the rest is always a journal without gaps.
void remove_from(std::vector<Segment>& segments, std::size_t begin) {
  while (segments.size() > begin) {
    std::filesystem::remove(segments.back().file.path);
    segments.pop_back();
  }
}

void cut(const SegmentFile& file, std::uint64_t size) {
  PosixFile out(file.path, O_WRONLY);
  out.truncate(size);
  out.sync();
}

/// Truncates at the damage: shortens its segment, deletes later ones.
void cut_at(const JournalDamage& damage, const std::vector<SegmentFile>& files) {
  for (std::size_t i = files.size(); i-- > 0;) {
    if (files[i].path != damage.file) {
      std::filesystem::remove(files[i].path);
    } else if (damage.offset == 0) {
      std::filesystem::remove(files[i].path);
      return;
    } else {
      cut(files[i], damage.offset);
      return;
    }
  }
}

std::string sentence_of(const JournalDamage& damage) {
  return damage.file.string() + ": the journal was cut at byte " + std::to_string(damage.offset) +
         " because it was damaged there; all samples behind it are lost";
}

void remove_temporary_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".tmp" && entry.path().stem().extension() == ".journal") {
      found.push_back(entry.path());
    }
  }
  for (const auto& path : found) std::filesystem::remove(path);
}

}  // namespace

OpenedJournal open_journal(const JournalOptions& options, const SampleSpec& spec, std::uint64_t next_sequence) {
  create_directory_durably(options.directory);
  remove_temporary_files(options.directory);
  std::optional<JournalHead> head = read_head(options.directory);
  // The checkpoint covers all samples that the head promises: what is missing is not needed.
  if (head && head->last_sequence < next_sequence) head.reset();

  OpenedJournal opened;
  bool deleted = false;
  const auto note = [&opened](const std::string& sentence) {
    opened.repairs += (opened.repairs.empty() ? "" : "; ") + sentence;
  };
  for (bool whole = false; !whole;) {
    const std::vector<SegmentFile> files = list_segments(options.directory);
    JournalScan scan(files, spec, head);
    try {
      if (files.empty() && head) throw all_missing(options.directory, *head);
      while (scan.next()) {
      }
      opened.segments = scan.segments();
      opened.last_sequence = scan.last_sequence();
      opened.config = scan.config();
      whole = true;
    } catch (const JournalDamage& damage) {
      if (!options.truncate_damage) throw;
      head.reset();
      remove_head(options.directory);  // first: a crash in between must not leave a head that contradicts the segments
      cut_at(damage, files);
      sync_directory(options.directory);
      note(sentence_of(damage));
    }
  }

  auto& segments = opened.segments;
  if (!segments.empty() && segments.back().torn_bytes > 0) {
    const Segment& torn = segments.back();
    note(torn.file.path.string() + ": the last " + std::to_string(torn.torn_bytes) + " bytes, from byte " +
         std::to_string(torn.bytes) + " on, were not completely written" +
         (head ? " and never acknowledged; cut off" : "; cut off. Nothing tells whether more was there once"));
    cut(torn.file, torn.bytes);
  }
  // Without a record there is nothing to continue; the segment is created again, with what it carries.
  if (!segments.empty() && segments.back().bytes <= segment_header_bytes) {
    remove_head(options.directory);
    remove_from(segments, segments.size() - 1);
    deleted = true;
  }
  if (!segments.empty() && opened.last_sequence + 1 < next_sequence) {
    note(options.directory.string() + ": the journal ended with sample " + std::to_string(opened.last_sequence) +
         ", the checkpoint has learned up to " + std::to_string(next_sequence - 1) +
         "; a new journal begins behind it");
    remove_head(options.directory);
    remove_from(segments, 0);
    opened.config.reset();
    deleted = true;
  }
  opened.last_sequence = std::max(opened.last_sequence, next_sequence - 1);
  if (deleted) sync_directory(options.directory);
  return opened;
}

}  // namespace altmind::store
