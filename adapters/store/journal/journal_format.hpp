#pragma once
// The bytes of journal segments: docs/journal.md. No files here.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/samples/sample_sink.hpp"

namespace altmind::store {

/// Bytes that violate docs/journal.md. what() is the second half of a sentence.
class FormatError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Intact, but written by a newer altmind.
class NewerVersion : public FormatError {
  using FormatError::FormatError;
};

inline constexpr std::uint32_t journal_version = 1;
inline constexpr std::size_t segment_header_bytes = 64;
inline constexpr std::size_t record_header_bytes = 40;
inline constexpr std::string_view segment_magic = "ALTMJRNL";
inline constexpr std::string_view record_mark = "ALRC";

struct SegmentHeader {
  std::uint64_t id = 0;  ///< random; part of every record's header checksum
  std::uint64_t first_sequence = 0;
  SampleSpec spec;
};

void encode_segment_header(const SegmentHeader& header, std::vector<std::byte>& into);
/// Throws FormatError or NewerVersion. bytes.size() == segment_header_bytes.
SegmentHeader decode_segment_header(std::span<const std::byte> bytes);

enum class RecordType : std::uint32_t {
  group = 1,
  cut = 2,
  config = 3,
  carried = 4,
  seal = 5,
  boundary = 6,
  byte_group = 7,    ///< a group whose features are all whole numbers from 0 to 255
  precise_group = 8  ///< a group with rounding residuals of some of its numbers
};

inline bool is_group(RecordType type) {
  return type == RecordType::group || type == RecordType::byte_group || type == RecordType::precise_group;
}

struct RecordHeader {
  RecordType type = RecordType::seal;
  std::uint64_t length = 0;
  std::uint64_t sequence = 0;
  std::uint64_t durable = 0;
  std::uint32_t payload_crc = 0;
};

/// Writes record_header_bytes to `into`.
void encode_record_header(const RecordHeader& header, std::uint64_t segment_id, std::span<std::byte> into);
/// Returns nullopt if mark or checksum is wrong. The type may be unknown. Reads record_header_bytes.
std::optional<RecordHeader> decode_record_header(std::span<const std::byte> bytes, std::uint64_t segment_id);

/// Packs features into `bytes`, one byte each, if every one is a whole number from 0 to 255 (and not -0). False if they
/// are not; `bytes` is then unspecified.
bool pack_features(std::span<const float> x, std::vector<std::byte>& bytes);

/// Appends what follows the features in a precise group to `into`; nothing if the samples have no residuals.
void encode_residuals(const Samples& samples, std::vector<std::byte>& into);

/// Appends a group's payload up to its labels or targets to `into`.
void encode_group_prefix(const Group& group, std::vector<std::byte>& into);
std::size_t group_prefix_bytes(const Group& group);

/// Views into a group's payload.
struct GroupView {
  std::uint64_t count = 0;
  std::uint64_t body_hash = 0;
  std::string_view source, stream, position, key;
  std::span<const std::byte> introduced;  ///< `introduced_count` entries, checked
  std::uint32_t introduced_count = 0;
  std::span<const std::byte> categories;  ///< `category_count` entries, checked
  std::uint32_t category_count = 0;
  std::span<const std::byte> labels;   ///< of a classification
  std::span<const std::byte> targets;  ///< of a regression
  std::span<const std::byte> x;
  bool packed = false;                           ///< x has one byte per feature, not four
  std::span<const std::byte> target_residuals;   ///< of a precise group: of all targets, or empty
  std::span<const std::byte> precise_columns;    ///< columns of x that have residuals, ascending
  std::span<const std::byte> feature_residuals;  ///< of these columns, one sample after the other
};

/// Checks every size against the payload of a group record of `type`; allocates nothing. Throws FormatError.
GroupView view_group(RecordType type, std::span<const std::byte> payload, const SampleSpec& spec);
Group to_group(const GroupView& view);

/// Returns, for example, "classification of 784 inputs into at most 10 classes by index".
std::string describe(const SampleSpec& spec);

}  // namespace altmind::store
