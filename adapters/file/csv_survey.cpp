#include "adapters/file/csv_survey.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "adapters/csv/csv_line.hpp"
#include "adapters/file/byte_stream.hpp"
#include "adapters/framing/line_framer.hpp"
#include "adapters/ingest/number_text.hpp"

namespace altmind::file {

namespace {

constexpr std::size_t longest_line = 1 << 20;
constexpr double packed_ratio = 3.0;  // text is about so much longer than its gzip or xz

using Fields = std::vector<std::string>;

struct Lines {
  std::vector<Fields> rows;
  std::size_t bytes = 0;
  bool packed = false;
};

Lines read_lines(const std::string& path, std::size_t most) {
  Lines lines;
  const auto bytes = open_bytes(path);
  lines.packed = bytes->packing() != Packing::none;
  formats::LineFramer framer(longest_line);
  std::vector<char> buffer(1 << 16);
  std::vector<formats::CsvField> split;
  std::string scratch;
  const auto take = [&](const formats::Line& line) {
    if (line.too_long) throw std::runtime_error(path + ": a line is longer than 1 MiB: not a table of text");
    lines.bytes += line.text.size() + 1;
    std::string_view text = line.text;
    if (lines.rows.empty() && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.empty() || !split_csv(text, split)) return;
    Fields& fields = lines.rows.emplace_back();
    for (const formats::CsvField& field : split)
      fields.emplace_back(formats::without_blanks(content_of(field, scratch)));
  };
  bool ended = false;
  while (lines.rows.size() < most) {
    if (const auto line = framer.next()) {
      take(*line);
    } else if (const std::size_t n = ended ? 0 : bytes->read(buffer)) {
      framer.push({buffer.data(), n});
    } else {
      if (const auto last = framer.finish()) take(*last);
      break;
    }
  }
  return lines;
}

bool is_number(const std::string& text) {
  double value = 0.0;
  return ingest::read_number(text, value) == ingest::NumberRead::number;
}

bool has_header(const std::vector<Fields>& rows) {
  const Fields& first = rows.front();
  if (rows.size() < 2) return false;
  if (std::any_of(first.begin(), first.end(), [](const auto& t) { return is_number(t) || ingest::means_missing(t); }))
    return false;
  bool numbers = false;
  bool again = false;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    for (std::size_t c = 0; c < std::min(first.size(), rows[i].size()); ++c) {
      numbers = numbers || is_number(rows[i][c]);
      again = again || rows[i][c] == first[c];
    }
  }
  return numbers || !again;
}

void add(const std::string& text, ColumnSurvey& column) {
  if (ingest::means_missing(text)) {
    ++column.missing;
    return;
  }
  ++column.different[text];
  double value = 0.0;
  if (ingest::read_number(text, value) != ingest::NumberRead::number) {
    ++column.texts;
    return;
  }
  column.least = column.numbers == 0 ? value : std::min(column.least, value);
  column.most = column.numbers == 0 ? value : std::max(column.most, value);
  ++column.numbers;
  if (std::floor(value) != value) return;
  ++column.whole;
  if (text.find_first_not_of("+-0123456789") == std::string::npos) ++column.digits;
}

}  // namespace

CsvSurvey survey_csv(const std::string& path, std::size_t most_rows) {
  const Lines lines = read_lines(path, most_rows + 1);
  if (lines.rows.empty()) throw std::runtime_error(path + ": has no rows");
  CsvSurvey survey;
  survey.header = has_header(lines.rows);
  const std::size_t width = lines.rows.front().size();
  survey.columns.resize(width);
  for (std::size_t c = 0; c < width; ++c) {
    survey.columns[c].name = survey.header ? lines.rows.front()[c] : std::string("c").append(std::to_string(c));
  }
  for (std::size_t i = survey.header ? 1 : 0; i < lines.rows.size() && survey.rows < most_rows; ++i) {
    if (lines.rows[i].size() != width) {
      ++survey.other_width;
      continue;
    }
    ++survey.rows;
    for (std::size_t c = 0; c < width; ++c) add(lines.rows[i][c], survey.columns[c]);
  }
  if (survey.rows == 0) throw std::runtime_error(path + ": has no rows behind its header");
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path, unknown);
  const double line = static_cast<double>(lines.bytes) / static_cast<double>(lines.rows.size());
  survey.rows_in_file = unknown ? static_cast<double>(survey.rows)
                                : static_cast<double>(size) * (lines.packed ? packed_ratio : 1.0) / line;
  return survey;
}

}  // namespace altmind::file
