#include "adapters/formats/json/plain_sample.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "adapters/ingest/decimal.hpp"

namespace altmind::formats {

namespace {

static_assert(std::endian::native == std::endian::little, "the first byte of a word is its lowest");

template <class Word>
Word load(const char* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// One to three digits and the byte after them, read at once.
struct SmallInteger {
  unsigned digits = 0;  // 1..3; 0: not a small integer
  std::uint32_t value = 0;
  char next = 0;
};

// p: four readable bytes. No branch depends on the number of digits, which is unpredictable in images.
SmallInteger read_small(const char* p) {
  const auto word = load<std::uint32_t>(p);
  // A byte is a digit if its high half is 3 and stays 3 when 6 is added. The addition may carry out of a
  // byte that is no digit into later ones: only the first such byte counts.
  const std::uint32_t other =
      ((word & 0xF0F0F0F0U) ^ 0x30303030U) | (((word + 0x06060606U) & 0xF0F0F0F0U) ^ 0x30303030U);
  if (other == 0 || (other & 0xFF) != 0) return {};  // four digits or more; none
  const unsigned digits = static_cast<unsigned>(std::countr_zero(other)) / 8;
  if ((word & 0xFF) == '0' && digits > 1) return {};
  // Right-aligned as four digits d0 d1 d2 d3: first pairs, then the pair of pairs.
  std::uint32_t v = (word << (32 - 8 * digits)) & 0x0F0F0F0FU;
  v = (v * 2561U >> 8) & 0x00FF00FFU;
  v = v * 6553601U >> 16;
  return {digits, v, static_cast<char>(word >> (8 * digits))};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : p_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() {
    space();
    return p_ == end_;
  }
  bool take(char c) {
    space();
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }

  // A string of printable ASCII without escapes.
  bool string(std::string_view& content) {
    if (!take('"')) return false;
    const char* const begin = p_;
    while (p_ != end_ && *p_ != '"') {
      const auto c = static_cast<unsigned char>(*p_);
      if (c < 0x20 || c >= 0x80 || c == '\\') return false;
      ++p_;
    }
    if (p_ == end_) return false;
    content = {begin, static_cast<std::size_t>(p_ - begin)};
    ++p_;
    return true;
  }

  bool number(std::string_view& text, double& value) {
    space();
    const ingest::Decimal decimal = ingest::read_decimal(p_, end_);
    if (decimal.end == nullptr || decimal.overflow) return false;
    text = {p_, static_cast<std::size_t>(decimal.end - p_)};
    value = decimal.value;
    p_ = decimal.end;
    return true;
  }

  // Reads what follows '[': exactly n finite numbers and ']'. x: n zeros.
  bool numbers(std::size_t n, float* x, Residuals& residuals, std::size_t first) {
    if (n == 0) return take(']');
    std::size_t i = 0;
    for (;;) {
      // A number must begin here. Most pixels are 0: skip four or three of them at a time.
      while (end_ - p_ > 8 && i + 4 < n) {
        const auto word = load<std::uint64_t>(p_);
        if (word == four_zeros) {
          i += 4;
        } else if (word == three_zeros) {
          i += 3;
        } else {
          break;
        }
        p_ += 8;
        if (*p_ == ' ') ++p_;
      }
      if (i == n) return false;
      char next = 0;
      SmallInteger small;
      if (end_ - p_ >= 5) small = read_small(p_);
      if (small.digits != 0 && (small.next == ',' || small.next == ']')) {
        x[i++] = static_cast<float>(small.value);
        next = small.next;
        p_ += small.digits + 1;
      } else {
        std::string_view text;
        double value = 0.0;
        if (!number(text, value) || !ingest::to_float(value, x[i])) return false;
        residuals.add(first + i, ingest::residual_of(value, x[i], text));
        ++i;
        space();
        if (p_ == end_) return false;
        next = *p_++;
      }
      if (next == ']') return i == n;
      if (next != ',') return false;
      if (p_ != end_ && *p_ == ' ') ++p_;
    }
  }

  // Reads what follows '[': the features, flat or in nested lists, and ']'. x: zeros.
  bool features(const FeatureShape& shape, float* x, Residuals& residuals, std::size_t first) {
    if (shape.deepest() == 1 || peek() != '[') return numbers(shape.inputs(), x, residuals, first);
    std::size_t depth = 1;
    while (depth < shape.deepest() && take('[')) ++depth;
    const std::span<const std::size_t> sizes = shape.sizes(depth);
    if (sizes.empty()) return false;
    for (std::size_t read = 0;;) {
      if (!numbers(sizes.back(), x + read, residuals, first + read)) return false;
      read += sizes.back();
      std::size_t ended = 1;  // lists that this row completes
      for (std::size_t size = sizes.back(); ended < depth; ++ended) {
        size *= sizes[depth - 1 - ended];
        if (read % size != 0) break;
        if (!take(']')) return false;
      }
      if (ended == depth) return true;
      if (!take(',')) return false;
      for (; ended > 0; --ended) {
        if (!take('[')) return false;
      }
    }
  }

  // Reads a list of at most `most` finite numbers.
  bool list(std::size_t most, std::vector<float>& values, Residuals& residuals) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      std::string_view text;
      double value = 0.0;
      float rounded = 0.0F;
      if (values.size() == most || !number(text, value) || !ingest::to_float(value, rounded)) return false;
      residuals.add(values.size(), ingest::residual_of(value, rounded, text));
      values.push_back(rounded);
    } while (take(','));
    return take(']');
  }

  char peek() {
    space();
    return p_ == end_ ? '\0' : *p_;
  }
  const char* here() const { return p_; }

 private:
  static constexpr std::uint64_t four_zeros = 0x2C302C302C302C30;   // 0,0,0,0,
  static constexpr std::uint64_t three_zeros = 0x2C30202C30202C30;  // 0, 0, 0,

  void space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\r' || *p_ == '\n')) ++p_;
  }

  const char* p_;
  const char* end_;
};

bool read_label(Reader& reader, WrittenLabel& label) {
  using Kind = WrittenLabel::Kind;
  switch (reader.peek()) {
    case '"':
      label.kind = Kind::string;
      return reader.string(label.text);
    case '[':
      label.kind = Kind::list;
      return reader.list(1U << 16, label.values, label.residuals);
    default:
      label.kind = Kind::number;
      return reader.number(label.text, label.number);
  }
}

bool read_id(Reader& reader, std::string_view& id) {
  const bool is_string = reader.peek() == '"';
  const char* const begin = reader.here();
  std::string_view content;
  double value = 0.0;
  if (!(is_string ? reader.string(content) : reader.number(content, value))) return false;
  id = {begin, static_cast<std::size_t>(reader.here() - begin)};
  return true;
}

}  // namespace

bool read_plain(std::string_view text, const FeatureShape& shape, float* x, Residuals& residuals, std::size_t first,
                PlainMembers& members) {
  Reader reader(text);
  bool features = false;
  members.label.kind = WrittenLabel::Kind::missing;
  members.label.values.clear();
  members.label.residuals.cut(0);
  members.id = {};
  if (!reader.take('{')) return false;
  do {
    std::string_view key;
    if (!reader.string(key) || !reader.take(':')) return false;
    if (key == "features") {
      if (features || !reader.take('[') || !reader.features(shape, x, residuals, first)) return false;
      features = true;
    } else if (key == "label") {
      if (members.label.kind != WrittenLabel::Kind::missing || !read_label(reader, members.label)) return false;
    } else if (key == "id") {
      if (!members.id.empty() || !read_id(reader, members.id)) return false;
    } else {
      return false;
    }
  } while (reader.take(','));
  return reader.take('}') && reader.at_end() && features;
}

}  // namespace altmind::formats
