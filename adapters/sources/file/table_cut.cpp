#include "adapters/sources/file/table_cut.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "adapters/formats/csv/line_joiner.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/table_number.hpp"

namespace altmind::file {

namespace {

/// Returns the number of fields of most rows, without a last one that is always empty; 0 if that is one.
std::size_t width_of_most(const std::vector<TableRow>& rows) {
  std::map<std::size_t, std::size_t> sizes;
  for (const TableRow& row : rows) ++sizes[row.size()];
  std::size_t width = 0;
  std::size_t most = 0;
  for (const auto& [size, count] : sizes) {
    if (size > 1 && count > most) {
      width = size;
      most = count;
    }
  }
  const bool used = std::any_of(rows.begin(), rows.end(), [&](const TableRow& row) {
    return row.size() == width && width > 0 && !row.back().empty();
  });
  if (!used && width > 0) --width;
  return width > 1 ? width : 0;
}

/// True for two or more numbers (or words for missing ones) with blanks between them that are not groups of digits.
bool is_several_numbers(std::string_view field) {
  double value = 0.0;
  if (field.find_first_of(" \t") == std::string_view::npos || field.size() > 400) return false;
  if (ingest::read_table_number(field, '.', value) == ingest::NumberRead::number) return false;
  std::size_t numbers = 0;
  for (std::size_t at = field.find_first_not_of(" \t"); at < field.size(); at = field.find_first_not_of(" \t", at)) {
    const std::size_t end = std::min(field.find_first_of(" \t", at), field.size());
    const std::string_view part = field.substr(at, end - at);
    at = end;
    const bool number = ingest::read_table_number(part, '.', value) == ingest::NumberRead::number;
    if (!number && !ingest::means_missing(part)) return false;
    numbers += number ? 1 : 0;
  }
  return numbers > 1;
}

/// False for a plain field that contains another separator: it was probably not split where it should have been.
bool is_clean(const formats::CsvField& field, char separator) {
  if (field.quoted) return true;
  double value = 0.0;
  if (field.text.find_first_of(";\t|") != std::string_view::npos) return false;
  if (separator != ' ' && is_several_numbers(field.text)) return false;
  if (field.text.find(',') == std::string_view::npos || separator == ',') return true;
  return ingest::read_table_number(field.text, ',', value) == ingest::NumberRead::number ||
         ingest::read_table_number(field.text, '.', value) == ingest::NumberRead::number ||
         field.text.find(", ") != std::string_view::npos || !ingest::unit_of(field.text).empty();
}

TableCut cut(const Lines& lines, formats::CsvDialect dialect, bool join) {
  TableCut out;
  out.dialect = dialect;
  out.joined = join;
  formats::LineJoiner joiner(first_lines_bytes, dialect);
  std::vector<formats::CsvField> fields;
  std::string scratch;
  std::size_t clean = 0;
  std::size_t all = 0;
  std::size_t begun = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::optional<formats::Line> record = formats::Line{lines[i], false};
    if (join) record = joiner.join(*record);
    if (!record) continue;
    out.first_line.push_back(begun);
    begun = i + 1;
    TableRow& row = out.rows.emplace_back();
    if (!split_csv(record->text, fields, dialect)) {
      ++out.broken;
      continue;
    }
    for (const formats::CsvField& field : fields) {
      row.emplace_back(formats::without_blanks(content_of(field, scratch)));
      clean += is_clean(field, dialect.separator) ? 1 : 0;
    }
    all += fields.size();
  }
  if (join && joiner.finish()) ++out.broken;
  out.width = width_of_most(out.rows);
  const auto rows = static_cast<std::size_t>(
      std::count_if(out.rows.begin(), out.rows.end(), [&](const TableRow& row) { return fits(row, out.width); }));
  if (all == 0 || out.width == 0) return out;
  const double share = static_cast<double>(rows) / static_cast<double>(out.rows.size() + out.broken);
  out.score = share * (0.1 + 0.9 * static_cast<double>(clean) / static_cast<double>(all));
  if (dialect.separator == ' ') out.score *= 0.8;
  const bool names = fits(out.rows.front(), out.width) || out.rows.front().size() + 1 == out.width;
  if (!names) out.score *= 0.85;  // the first line does not fit: a title, or the header with another separator
  return out;
}

/// True if fields are in single quotes: about as many begin with one as end with one.
bool in_single_quotes(const TableCut& plain) {
  std::size_t begin = 0;
  std::size_t end = 0;
  for (const TableRow& row : plain.rows) {
    for (const std::string& field : row) {
      begin += field.starts_with('\'') ? 1 : 0;
      end += field.ends_with('\'') ? 1 : 0;
    }
  }
  return begin * 2 > plain.rows.size() && std::max(begin, end) * 10 <= std::min(begin, end) * 11;
}

}  // namespace

bool fits(const TableRow& row, std::size_t width) {
  return row.size() == width || (row.size() == width + 1 && row.back().empty());
}

TableCut best_cut(const Lines& lines, std::optional<char> told) {
  TableCut best;
  const auto consider = [&](TableCut candidate) {
    if (candidate.score > best.score * 1.0001) best = std::move(candidate);
  };
  for (const char separator : {',', ';', '\t', '|', ' '}) {
    if (told && separator != *told) continue;
    TableCut plain = cut(lines, {separator, '"'}, false);
    const bool broken = plain.broken > 0;
    if (in_single_quotes(plain)) {
      TableCut single = cut(lines, {separator, '\''}, false);
      if (single.score >= plain.score * 0.999) plain = std::move(single);
    }
    consider(std::move(plain));
    if (broken) consider(cut(lines, {separator, '"'}, true));
  }
  return best;
}

}  // namespace altmind::file
