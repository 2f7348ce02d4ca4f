#include "adapters/sources/file/csv_survey.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>

#include "adapters/formats/csv/line_joiner.hpp"
#include "adapters/formats/framing/encoding.hpp"
#include "adapters/formats/framing/line_framer.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/table_number.hpp"
#include "adapters/sources/file/byte_stream.hpp"
#include "adapters/sources/file/line_ends.hpp"

namespace altmind::file {

namespace {

constexpr std::size_t longest_line = 1 << 20;
constexpr double packed_ratio = 3.0;  // approximate length of text relative to its gzip or xz
constexpr std::size_t longest_word = 64;
constexpr std::size_t most_different = 5000;                 // distinct values kept of one column
constexpr std::size_t least_different = 40;                  // at least this many, however many columns there are
constexpr std::size_t all_different = std::size_t{1} << 20;  // of all columns together

/// True if three groups of digits can be a date: the year first or last, with two or four digits. 1.2.0 is a version.
bool can_be_a_day(const std::array<std::string_view, 3>& groups) {
  std::array<int, 3> numbers{};
  for (std::size_t i = 0; i < 3; ++i) {
    std::from_chars(groups[i].data(), groups[i].data() + groups[i].size(), numbers[i]);
  }
  const auto day = [&](std::size_t year, std::size_t a, std::size_t b) {
    const std::size_t digits = groups[year].size();
    return (digits == 2 || digits == 4) && groups[a].size() <= 2 && groups[b].size() <= 2 && numbers[a] >= 1 &&
           numbers[b] >= 1 && std::min(numbers[a], numbers[b]) <= 12 && std::max(numbers[a], numbers[b]) <= 31;
  };
  return day(2, 0, 1) || day(0, 1, 2);
}

/// True for 2024-01-31, 31.1.2024 12:00, 1/31/24, 10:15:00: a date, or digits with a colon in two or more groups.
bool looks_like_a_date(std::string_view text) {
  std::array<std::string_view, 3> groups;
  std::size_t count = 0;
  bool colon = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", i), text.size());
    if (end > i) {
      if (count < groups.size()) groups[count] = text.substr(i, end - i);
      ++count;
      i = end;
      continue;
    }
    if (std::string_view("-/.: TZ+").find(text[i]) == std::string_view::npos) return false;
    colon = colon || text[i] == ':';
    ++i;
  }
  if (text.front() < '0' || text.front() > '9') return false;
  return colon ? count >= 2 : count == 3 && can_be_a_day(groups);
}

/// Returns at most longest_word bytes, whole characters.
std::string beginning_of(std::string_view text) {
  std::size_t end = longest_word;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end));
}

/// Collects the survey of one column, row by row.
class Column {
 public:
  Column(const TableDialect& dialect, std::size_t at, std::size_t most, const TableHints& hints)
      : mark_(dialect.decimal_mark), most_(most), missing_(hints.missing) {
    if (!dialect.names.empty()) survey_.name = dialect.names[at];
    if (!dialect.cell_units[at].empty()) unit_ = {dialect.cell_units[at]};
  }

  void add(std::string_view text) {
    double value = 0.0;
    const std::size_t hash = std::hash<std::string_view>()(text);
    if (hash != before_hash_) ++survey_.changes;
    before_hash_ = hash;
    if (missing_ && ingest::is_one_of(text, *missing_)) {
      ++survey_.missing;
    } else if (is_number(text, value)) {
      add_number(text, value);
    } else if (ingest::means_missing(text)) {
      ++survey_.missing;
      if (!ingest::means_no_label(text)) ++survey_.perhaps_classes[std::string(text)];  // a few words at most
    } else {
      add_word(text);
    }
  }
  ColumnSurvey take() { return std::move(survey_); }

 private:
  bool is_number(std::string_view text, double& value) const {
    const auto read = [&](std::string_view number) {
      return ingest::read_table_number(number, mark_, value) == ingest::NumberRead::number;
    };
    return read(text) || (!unit_.empty() && read(ingest::without_unit(text, unit_)));
  }
  void add_number(std::string_view text, double value) {
    ColumnSurvey& s = survey_;
    s.least = s.numbers == 0 ? value : std::min(s.least, value);
    s.most = s.numbers == 0 ? value : std::max(s.most, value);
    if (s.numbers > 0 && value == before_ + 1.0) ++s.steps;
    before_ = value;
    ++s.numbers;
    if (!s.many_values) {
      ++s.values[value + 0.0];  // no -0
      s.many_values = s.values.size() > most_;
    }
    if (std::floor(value) != value) return;
    ++s.whole;
    if (text.find_first_not_of("+-0123456789") == std::string_view::npos) ++s.digits;
  }
  void add_word(std::string_view text) {
    ColumnSurvey& s = survey_;
    ++s.texts;
    if (s.many_words) return;
    word_.assign(text);
    if (text.size() > longest_word) word_ = beginning_of(text) + "... " + std::to_string(before_hash_);
    const auto [at, added] = s.words.try_emplace(word_, 0);
    ++at->second;
    if (!added) return;
    if (looks_like_a_date(text)) ++s.dates;
    s.many_words = s.words.size() > most_;
    s.texts_until_many = s.texts;
  }

  char mark_;
  std::size_t most_;
  std::optional<std::vector<std::string>> missing_;
  std::vector<std::string> unit_;  // one or none
  ColumnSurvey survey_;
  double before_ = 0.0;
  std::size_t before_hash_ = 0;
  std::string word_;
};

/// Takes the records of a file, line by line.
class Survey {
 public:
  Survey(TableDialect dialect, const TableHints& hints) : joiner_(longest_line, dialect.csv) {
    survey_.dialect = std::move(dialect);
    const TableDialect& d = survey_.dialect;
    header_at_ = d.header ? (d.units ? 2 : 1) : 0;
    left_ = d.preamble + header_at_;
    const std::size_t most = std::clamp(all_different / d.width, least_different, most_different);
    for (std::size_t c = 0; c < d.width; ++c) {
      columns_.emplace_back(d, c, most, hints);
    }
  }

  void line(const formats::Line& line) {
    std::optional<formats::Line> record = line;
    if (survey_.dialect.line_breaks && left_ <= header_at_) record = joiner_.join(line);
    if (record) take(*record);
  }
  void finish() {
    if (const auto last = joiner_.finish()) take(*last);
  }
  bool mixed() const { return mixed_line_ends_; }
  CsvSurvey result() {
    for (Column& column : columns_) survey_.columns.push_back(column.take());
    return std::move(survey_);
  }

 private:
  void take(const formats::Line& record) {
    if (record.text.empty()) return;
    if (left_ > 0) {
      if (left_ == header_at_) header_ = record.text;
      --left_;
      return;
    }
    if (!header_.empty() && record.text == header_) return;  // concatenated files repeat their header
    const bool utf8 = simdjson::validate_utf8(record.text.data(), record.text.size());
    const bool cut = utf8 && !record.too_long && split_csv(record.text, fields_, survey_.dialect.csv);
    const std::size_t width = columns_.size();
    if (!cut || fields_.size() < width || fields_.size() > width + 1 ||
        (fields_.size() == width + 1 && !fields_.back().text.empty())) {
      ++survey_.other_width;
      mixed_line_ends_ = mixed_line_ends_ || holds_rows(record, survey_.dialect.line_end, survey_.dialect.csv, width);
      return;
    }
    ++survey_.rows;
    for (std::size_t c = 0; c < width; ++c) columns_[c].add(formats::without_blanks(content_of(fields_[c], scratch_)));
  }

  CsvSurvey survey_;
  formats::LineJoiner joiner_;
  std::vector<Column> columns_;
  std::size_t header_at_ = 0;  // value of left_ at the header
  std::size_t left_ = 0;       // lines before the first row
  bool mixed_line_ends_ = false;
  std::string header_;
  std::vector<formats::CsvField> fields_;
  std::string scratch_;
};

}  // namespace

CsvSurvey survey_csv(const std::string& path, const TableHints& hints, std::uint64_t most_bytes) {
  const TableDialect dialect = look_at_table(path, hints);
  Survey rows(dialect, hints);
  const auto bytes = open_bytes(path);
  formats::LineFramer framer(longest_line, dialect.line_end);
  std::vector<char> buffer(1 << 16);
  std::uint64_t read = 0;
  bool ended = false;
  for (bool first = true; !ended && read < most_bytes; first = false) {
    const std::size_t got = bytes->read(buffer);
    ended = got == 0;
    read += got;
    std::string_view text(buffer.data(), got);
    framer.push(first ? formats::without_byte_order_mark(text) : text);
    while (const auto line = framer.next()) rows.line(*line);
  }
  if (ended) {
    if (const auto last = framer.finish()) rows.line(*last);
    rows.finish();
  }
  if (rows.mixed()) throw std::runtime_error(mixed_line_ends(path));
  CsvSurvey survey = rows.result();
  survey.whole = ended;
  if (survey.rows == 0) {
    throw std::runtime_error(path + (survey.dialect.header ? ": has no rows behind its header" : ": has no rows"));
  }
  survey.rows_in_file = static_cast<double>(survey.rows);
  if (ended) return survey;
  std::error_code unknown;
  const auto size = static_cast<double>(std::filesystem::file_size(path, unknown));
  const double text = bytes->packing() == Packing::none ? size : size * packed_ratio;
  if (!unknown) survey.rows_in_file *= std::max(1.0, text / static_cast<double>(read));
  return survey;
}

}  // namespace altmind::file
