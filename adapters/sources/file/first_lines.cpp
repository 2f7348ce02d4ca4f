#include "adapters/sources/file/first_lines.hpp"

#include <simdjson.h>

#include <algorithm>
#include <stdexcept>

#include "adapters/formats/csv/csv_line.hpp"
#include "adapters/formats/framing/encoding.hpp"
#include "adapters/formats/framing/line_framer.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/sources/file/byte_stream.hpp"
#include "adapters/sources/file/file_kind.hpp"
#include "adapters/sources/file/line_ends.hpp"

namespace altmind::file {

namespace {

/// Returns the lines that are not empty; a line that the head cuts off only if it is the only one.
Lines non_empty_lines(const std::string& path, char& line_end) {
  const auto bytes = open_bytes(path);
  std::string head(first_lines_bytes, '\0');
  head.resize(bytes->read({head.data(), head.size()}));
  const bool whole = head.size() < first_lines_bytes;
  if (const std::string kind = other_kind(head); !kind.empty()) throw std::runtime_error(path + ": " + kind);
  if (formats::is_utf16(head)) throw std::runtime_error(path + ": " + std::string(formats::utf16_sentence));
  line_end = head.find('\n') == std::string::npos && head.find('\r') != std::string::npos ? '\r' : '\n';
  formats::LineFramer framer(first_lines_bytes, line_end);
  framer.push(formats::without_byte_order_mark(head));
  Lines lines;
  while (const auto line = lines.size() < most_first_lines ? framer.next() : std::nullopt) {
    if (!line->text.empty()) lines.emplace_back(line->text);
  }
  if (lines.size() < most_first_lines && (whole || lines.empty())) {
    const auto last = framer.finish();
    if (last && !last->text.empty()) lines.emplace_back(last->text);
  }
  if (lines.empty()) throw std::runtime_error(path + ": has no rows");
  if (!whole && lines.size() == 1 && line_end == '\n' && head.find('\r', head.find('\n')) != std::string::npos) {
    throw std::runtime_error(mixed_line_ends(path));
  }
  if (!whole && lines.size() == 1)
    throw std::runtime_error(path + ": has no line end in its first MiB: not a table of text");
  return lines;
}

/// True for `label index:value ...`.
bool is_libsvm(std::string_view line) {
  line = formats::without_blanks(line.substr(0, line.find('#')));
  std::size_t pairs = 0;
  for (std::size_t at = line.find(' '); at != std::string_view::npos; at = line.find(' ', at + 1)) {
    const std::size_t colon = line.find_first_not_of("0123456789", at + 1);
    const std::size_t end = std::min(line.find(' ', at + 1), line.size());
    double value = 0.0;
    if (colon >= end || colon == at + 1 || line[colon] != ':') return false;
    if (ingest::read_number(line.substr(colon + 1, end - colon - 1), value) != ingest::NumberRead::number) return false;
    ++pairs;
  }
  return pairs > 0;
}

void refuse_other_formats(const std::string& path, const Lines& lines) {
  const auto wrong = static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return !simdjson::validate_utf8(line.data(), line.size());
  }));
  if (wrong * 20 > lines.size() || !simdjson::validate_utf8(lines.front().data(), lines.front().size())) {
    throw std::runtime_error(path + ": is not in UTF-8 (" + std::to_string(wrong) + " of the first " +
                             std::to_string(lines.size()) +
                             " lines are not); a spreadsheet's file is converted by iconv -f WINDOWS-1252 -t UTF-8");
  }
  const std::string_view first = formats::without_blanks(lines.front());
  const auto looks_like = [&](const std::string& what) { throw std::runtime_error(path + ": looks like " + what); };
  if (first.starts_with('{') || (first.starts_with('[') && (first.size() == 1 || first.find_first_of("{[", 1) == 1))) {
    looks_like("JSON and not like a table; NDJSON is learned with a configuration (-c) and format = \"ndjson\"");
  }
  for (const std::string_view word : {"--", "/*", "insert into", "create table", "drop table", "copy "}) {
    if (begins_ignoring_case(first, word)) looks_like("an SQL script and not like a table; export the table as CSV");
  }
  std::size_t sparse = 0;
  std::size_t bars = 0;
  for (const std::string& line : lines) sparse += is_libsvm(line) ? 1 : 0;
  for (const std::string_view line : lines) {
    const std::size_t bar = line.find('|');
    const std::size_t colon = bar == std::string_view::npos ? bar : line.find(':', bar);
    bars += colon != std::string_view::npos && line.find_first_of(",;\t") == std::string_view::npos &&
            line.substr(bar, colon - bar).find(' ') != std::string_view::npos;
  }
  if (bars * 10 > lines.size() * 9) {
    looks_like("VW text and not like a table; it is learned with a configuration (-c) and format = \"vw\"");
  }
  if (sparse * 10 > lines.size() * 9) {
    looks_like("libsvm text and not like a table; it is learned with a configuration (-c) and format = \"libsvm\"");
  }
}

}  // namespace

bool begins_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         ingest::is_one_of(text.substr(0, lower.size()), std::vector{std::string(lower)});
}

Lines first_lines(const std::string& path, char& line_end) {
  Lines lines = non_empty_lines(path, line_end);
  refuse_other_formats(path, lines);
  return lines;
}

}  // namespace altmind::file
