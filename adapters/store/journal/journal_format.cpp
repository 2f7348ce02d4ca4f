#include "adapters/store/journal/journal_format.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>

#include "adapters/store/journal/crc32c.hpp"

namespace altmind::store {

static_assert(std::endian::native == std::endian::little, "numbers and samples are stored as they are in memory");
static_assert(sizeof(float) == 4);

namespace {

template <std::unsigned_integral T>
void put(std::vector<std::byte>& into, T value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  into.insert(into.end(), bytes.begin(), bytes.end());
}

void put(std::vector<std::byte>& into, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  into.insert(into.end(), bytes.begin(), bytes.end());
}

/// Takes values from the front of a span; throws FormatError if it is too short.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : left_(bytes) {}

  template <typename T>
  T take() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::span<const std::byte> take(std::uint64_t size) {
    if (size > left_.size()) throw FormatError("its sizes do not fit its length");
    const auto front = left_.first(static_cast<std::size_t>(size));
    left_ = left_.subspan(front.size());
    return front;
  }
  std::string_view take_text(std::uint64_t size) {
    const auto bytes = take(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// Takes count * width * each bytes, checked against overflow.
  std::span<const std::byte> take_array(std::uint64_t count, std::uint64_t width, std::size_t each = 4) {
    if (count == 0 || width == 0) return {};
    if (width > left_.size() / each || count > left_.size() / each / width) {
      throw FormatError("its number of samples does not fit its length");
    }
    return take(count * width * each);
  }
  std::size_t left() const { return left_.size(); }

 private:
  std::span<const std::byte> left_;
};

template <typename T>
void copy_array(std::span<const std::byte> from, std::vector<T>& to) {
  to.resize(from.size() / sizeof(T));
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}

}  // namespace

void encode_segment_header(const SegmentHeader& header, std::vector<std::byte>& into) {
  const std::size_t begin = into.size();
  put(into, segment_magic);
  put(into, journal_version);
  put(into, static_cast<std::uint32_t>(segment_header_bytes));
  put(into, header.id);
  put(into, header.first_sequence);
  put(into, std::uint64_t{header.spec.inputs});
  put(into, std::uint64_t{header.spec.outputs});
  put(into, static_cast<std::uint32_t>(header.spec.task));
  put(into, static_cast<std::uint32_t>(header.spec.labels));
  put(into, std::uint32_t{0});
  Crc32c crc;
  crc.update(std::span(into).subspan(begin));
  put(into, crc.value());
}

SegmentHeader decode_segment_header(std::span<const std::byte> bytes) {
  Cursor cursor(bytes);
  if (cursor.take_text(segment_magic.size()) != segment_magic) {
    throw FormatError("does not begin with " + std::string(segment_magic) + ": not a segment of a journal, or damaged");
  }
  const auto version = cursor.take<std::uint32_t>();
  const auto length = cursor.take<std::uint32_t>();
  Crc32c crc;
  crc.update(bytes.first(segment_header_bytes - 4));
  std::uint32_t stored = 0;
  std::memcpy(&stored, bytes.data() + segment_header_bytes - 4, sizeof stored);
  if (crc.value() != stored) throw FormatError("the checksum of the segment's header is wrong");
  if (version != journal_version) {
    throw NewerVersion("has format version " + std::to_string(version) + ", this program reads version " +
                       std::to_string(journal_version));
  }
  SegmentHeader header;
  header.id = cursor.take<std::uint64_t>();
  header.first_sequence = cursor.take<std::uint64_t>();
  const auto inputs = cursor.take<std::uint64_t>();
  const auto outputs = cursor.take<std::uint64_t>();
  const auto task = cursor.take<std::uint32_t>();
  const auto labels = cursor.take<std::uint32_t>();
  if (length != segment_header_bytes || task > 1 || labels > 1 || cursor.take<std::uint32_t>() != 0 || inputs == 0 ||
      outputs == 0 || header.first_sequence == 0) {
    throw FormatError("the segment's header makes no sense");
  }
  header.spec = {static_cast<Task>(task),
                 static_cast<LabelKind>(labels),
                 static_cast<std::size_t>(inputs),
                 static_cast<std::size_t>(outputs),
                 {}};
  return header;
}

namespace {

std::uint32_t header_crc(std::span<const std::byte> header, std::uint64_t segment_id) {
  Crc32c crc;
  crc.update(std::as_bytes(std::span(&segment_id, 1)));
  crc.update(header.first(record_header_bytes - 4));
  return crc.value();
}

}  // namespace

void encode_record_header(const RecordHeader& header, std::uint64_t segment_id, std::span<std::byte> into) {
  std::byte* at = into.data();
  const auto copy = [&at](const auto& value) {
    std::memcpy(at, &value, sizeof value);
    at += sizeof value;
  };
  std::memcpy(at, record_mark.data(), record_mark.size());
  at += record_mark.size();
  copy(header.type);
  copy(header.length);
  copy(header.sequence);
  copy(header.durable);
  copy(header.payload_crc);
  copy(header_crc(into, segment_id));
}

std::optional<RecordHeader> decode_record_header(std::span<const std::byte> bytes, std::uint64_t segment_id) {
  Cursor cursor(bytes);
  if (cursor.take_text(record_mark.size()) != record_mark) return std::nullopt;
  RecordHeader header;
  header.type = static_cast<RecordType>(cursor.take<std::uint32_t>());
  header.length = cursor.take<std::uint64_t>();
  header.sequence = cursor.take<std::uint64_t>();
  header.durable = cursor.take<std::uint64_t>();
  header.payload_crc = cursor.take<std::uint32_t>();
  if (cursor.take<std::uint32_t>() != header_crc(bytes, segment_id)) return std::nullopt;
  return header;
}

bool pack_features(std::span<const float> x, std::vector<std::byte>& bytes) {
  constexpr std::size_t piece = 1024;  // features that are not bytes usually show within the first few
  constexpr float shift = 8388608.0F;  // 2^23: added to a whole number, it leaves that number in the low bits
  std::array<std::uint32_t, piece> whole;
  bytes.resize(x.size());
  for (std::size_t begin = 0; begin < x.size(); begin += piece) {
    const std::size_t count = std::min(piece, x.size() - begin);
    std::uint32_t differs = 0;
    for (std::size_t i = 0; i < count; ++i) {  // branch-free, so that the compiler vectorises it
      const float shifted = x[begin + i] + shift;
      whole[i] = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(shift);
      // The same bits after the round trip exclude fractions and -0; what is not a number is beyond 255.
      differs |= std::bit_cast<std::uint32_t>(shifted - shift) ^ std::bit_cast<std::uint32_t>(x[begin + i]);
      differs |= whole[i] & ~255U;
    }
    if (differs != 0) return false;
    for (std::size_t i = 0; i < count; ++i) bytes[begin + i] = static_cast<std::byte>(whole[i]);
  }
  return true;
}

void encode_residuals(const Samples& samples, std::vector<std::byte>& into) {
  if (samples.x_residual.empty() && samples.target_residual.empty()) return;
  const std::size_t targets = samples.target_residual.empty() ? 0 : samples.target.size();
  put(into, std::uint64_t{targets});
  for (std::size_t i = 0; i < targets; ++i) put(into, std::bit_cast<std::uint32_t>(samples.target_residual[i]));
  const std::size_t inputs = samples.count == 0 ? 0 : samples.x.size() / samples.count;
  std::vector<std::uint32_t> columns;
  std::vector<std::uint8_t> has(inputs, 0);
  const std::span<const float> residuals = samples.x_residual.values();
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    if (residuals[i] != 0.0F) has[i % inputs] = 1;
  }
  for (std::size_t j = 0; j < inputs; ++j) {
    if (has[j] != 0) columns.push_back(static_cast<std::uint32_t>(j));
  }
  put(into, static_cast<std::uint32_t>(columns.size()));
  for (const std::uint32_t column : columns) put(into, column);
  for (std::size_t i = 0; i < samples.count && !columns.empty(); ++i) {
    for (const std::uint32_t column : columns) {
      put(into, std::bit_cast<std::uint32_t>(samples.x_residual[i * inputs + column]));
    }
  }
}

std::size_t group_prefix_bytes(const Group& group) {
  const Origin& origin = group.origin;
  std::size_t bytes = 40 + origin.source.size() + origin.stream.size() + origin.position.size() + origin.key.size();
  for (const Introduced& entry : group.introduced) bytes += 12 + entry.name.size();
  for (const IntroducedCategory& entry : group.categories) bytes += 16 + entry.category.name.size();
  return bytes;
}

void encode_group_prefix(const Group& group, std::vector<std::byte>& into) {
  const Origin& origin = group.origin;
  put(into, std::uint64_t{group.samples.count});
  put(into, origin.body_hash);
  for (const std::string* text : {&origin.source, &origin.stream, &origin.position, &origin.key}) {
    put(into, static_cast<std::uint32_t>(text->size()));
  }
  put(into, static_cast<std::uint32_t>(group.introduced.size()));
  put(into, static_cast<std::uint32_t>(group.categories.size()));
  for (const std::string* text : {&origin.source, &origin.stream, &origin.position, &origin.key}) put(into, *text);
  for (const Introduced& entry : group.introduced) {
    put(into, std::uint64_t{entry.at});
    put(into, static_cast<std::uint32_t>(entry.name.size()));
    put(into, entry.name);
  }
  for (const IntroducedCategory& entry : group.categories) {
    put(into, std::uint64_t{entry.at});
    put(into, entry.category.column);
    put(into, static_cast<std::uint32_t>(entry.category.name.size()));
    put(into, entry.category.name);
  }
}

namespace {

std::uint32_t u32_at(std::span<const std::byte> bytes, std::size_t i) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + 4 * i, sizeof value);
  return value;
}

void view_residuals(const SampleSpec& spec, Cursor& cursor, GroupView& view) {
  const auto targets = cursor.take<std::uint64_t>();
  if (targets != 0 && targets * 4 != view.targets.size()) {
    throw FormatError("its residuals of targets are not as many as the targets");
  }
  view.target_residuals = cursor.take_array(targets, 1);
  const auto columns = cursor.take<std::uint32_t>();
  view.precise_columns = cursor.take_array(columns, 1);
  for (std::size_t k = 0; k < columns; ++k) {
    const std::uint32_t column = u32_at(view.precise_columns, k);
    if (column >= spec.inputs || (k > 0 && column <= u32_at(view.precise_columns, k - 1))) {
      throw FormatError("its precise columns are not columns in order");
    }
  }
  view.feature_residuals = cursor.take_array(view.count, columns);
}

void copy_residuals(const GroupView& view, std::size_t inputs, Samples& samples) {
  for (std::size_t i = 0; i < view.target_residuals.size() / 4; ++i) {
    samples.target_residual.add(i, std::bit_cast<float>(u32_at(view.target_residuals, i)));
  }
  const std::size_t columns = view.precise_columns.size() / 4;
  for (std::size_t i = 0; i < view.feature_residuals.size() / 4; ++i) {
    samples.x_residual.add(i / columns * inputs + u32_at(view.precise_columns, i % columns),
                           std::bit_cast<float>(u32_at(view.feature_residuals, i)));
  }
}

}  // namespace

GroupView view_group(RecordType type, std::span<const std::byte> payload, const SampleSpec& spec) {
  Cursor cursor(payload);
  GroupView view;
  view.count = cursor.take<std::uint64_t>();
  view.body_hash = cursor.take<std::uint64_t>();
  std::uint32_t sizes[4];
  for (std::uint32_t& size : sizes) size = cursor.take<std::uint32_t>();
  view.introduced_count = cursor.take<std::uint32_t>();
  view.category_count = cursor.take<std::uint32_t>();
  view.source = cursor.take_text(sizes[0]);
  view.stream = cursor.take_text(sizes[1]);
  view.position = cursor.take_text(sizes[2]);
  view.key = cursor.take_text(sizes[3]);
  Cursor names = cursor;
  for (std::uint32_t i = 0; i < view.introduced_count; ++i) {
    if (cursor.take<std::uint64_t>() >= view.count) throw FormatError("a class name belongs to no sample of its group");
    cursor.take(cursor.take<std::uint32_t>());
  }
  view.introduced = names.take(names.left() - cursor.left());
  Cursor categories = cursor;
  for (std::uint32_t i = 0; i < view.category_count; ++i) {
    if (cursor.take<std::uint64_t>() >= view.count) throw FormatError("a category belongs to no sample of its group");
    if (cursor.take<std::uint32_t>() >= spec.inputs) throw FormatError("a category belongs to no column");
    cursor.take(cursor.take<std::uint32_t>());
  }
  view.categories = categories.take(categories.left() - cursor.left());
  if (spec.task == Task::classification) {
    view.labels = cursor.take_array(view.count, 1);
    for (std::size_t i = 0; i < view.labels.size(); i += 4) {
      std::uint32_t label = 0;
      std::memcpy(&label, view.labels.data() + i, sizeof label);
      if (label >= spec.outputs)
        throw FormatError("a label is " + std::to_string(label) + ", beyond the model's classes");
    }
  } else {
    view.targets = cursor.take_array(view.count, spec.outputs);
  }
  view.packed = type == RecordType::byte_group;
  view.x = cursor.take_array(view.count, spec.inputs, view.packed ? 1 : 4);
  if (type == RecordType::precise_group) view_residuals(spec, cursor, view);
  if (cursor.left() != 0) throw FormatError("its sizes do not fit its length");
  return view;
}

Group to_group(const GroupView& view) {
  Group group;
  group.origin = {std::string(view.source), std::string(view.stream), std::string(view.position), std::string(view.key),
                  view.body_hash};
  group.samples.count = static_cast<std::size_t>(view.count);
  copy_array(view.labels, group.samples.label);
  copy_array(view.targets, group.samples.target);
  if (view.packed) {
    group.samples.x.resize(view.x.size());
    for (std::size_t i = 0; i < view.x.size(); ++i) group.samples.x[i] = static_cast<float>(view.x[i]);
  } else {
    copy_array(view.x, group.samples.x);
  }
  if (view.count > 0) {
    copy_residuals(view, group.samples.x.size() / static_cast<std::size_t>(view.count), group.samples);
  }
  Cursor names(view.introduced);
  group.introduced.reserve(view.introduced_count);
  for (std::uint32_t i = 0; i < view.introduced_count; ++i) {
    const auto at = names.take<std::uint64_t>();
    const auto size = names.take<std::uint32_t>();
    group.introduced.push_back({static_cast<std::size_t>(at), std::string(names.take_text(size))});
  }
  Cursor categories(view.categories);
  group.categories.reserve(view.category_count);
  for (std::uint32_t i = 0; i < view.category_count; ++i) {
    const auto at = categories.take<std::uint64_t>();
    const auto column = categories.take<std::uint32_t>();
    const auto size = categories.take<std::uint32_t>();
    group.categories.push_back({static_cast<std::size_t>(at), {column, std::string(categories.take_text(size))}});
  }
  return group;
}

std::string describe(const SampleSpec& spec) {
  const std::string inputs = std::to_string(spec.inputs) + " inputs";
  const std::string outputs = std::to_string(spec.outputs);
  if (spec.task == Task::regression) return "regression of " + outputs + " outputs on " + inputs;
  return "classification of " + inputs + " into at most " + outputs + " classes by " +
         (spec.labels == LabelKind::index ? "index" : "name");
}

}  // namespace altmind::store
