#include "adapters/sources/file/table_dialect.hpp"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string_view>

#include "adapters/formats/csv/line_joiner.hpp"
#include "adapters/formats/framing/encoding.hpp"
#include "adapters/formats/framing/line_framer.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/quote.hpp"
#include "adapters/sources/file/byte_stream.hpp"
#include "adapters/sources/file/file_kind.hpp"
#include "adapters/sources/file/line_ends.hpp"
#include "adapters/sources/file/table_header.hpp"

namespace altmind::file {

namespace {

constexpr std::size_t head_bytes = 1 << 20;
constexpr std::size_t most_lines = 1000;
constexpr std::size_t most_preamble = 100;

using Lines = std::vector<std::string>;

bool begins_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         ingest::is_one_of(text.substr(0, lower.size()), std::vector{std::string(lower)});
}

std::string shown(char separator) {
  if (separator == '\t') return "a tab";
  if (separator == ' ') return "a number of blanks";
  std::string quoted(3, '"');
  quoted[1] = separator;
  return quoted;
}

/// Lines with something in them; one that the head cuts off only where it is the only one.
Lines lines_of(const std::string& path, char& line_end) {
  const auto bytes = open_bytes(path);
  std::string head(head_bytes, '\0');
  head.resize(bytes->read({head.data(), head.size()}));
  const bool whole = head.size() < head_bytes;
  if (const std::string kind = other_kind(head); !kind.empty()) throw std::runtime_error(path + ": " + kind);
  if (formats::is_utf16(head)) throw std::runtime_error(path + ": " + std::string(formats::utf16_sentence));
  line_end = head.find('\n') == std::string::npos && head.find('\r') != std::string::npos ? '\r' : '\n';
  formats::LineFramer framer(head_bytes, line_end);
  framer.push(formats::without_byte_order_mark(head));
  Lines lines;
  while (const auto line = lines.size() < most_lines ? framer.next() : std::nullopt) {
    if (!line->text.empty()) lines.emplace_back(line->text);
  }
  if (lines.size() < most_lines && (whole || lines.empty())) {
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

/// `label index:value ...`
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

/// The lines cut by one dialect.
struct Cut {
  formats::CsvDialect dialect;
  bool joined = false;
  std::vector<TableRow> rows;
  std::vector<std::size_t> first_line;  ///< of each row
  std::size_t width = 0;                ///< of most rows
  std::size_t broken = 0;
  double score = 0.0;
};

/// Whether a row has `width` fields, or behind a separator at its end an empty one more.
bool fits(const TableRow& row, std::size_t width) {
  return row.size() == width || (row.size() == width + 1 && row.back().empty());
}

/// Fields of most rows, less a last one that is always empty; 0 if that is one.
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

/// Two or more numbers (or words for missing ones) with blanks between them, no group of thousands.
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

/// A plain field in which another separator stands was probably not cut where it should have been.
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

Cut cut(const Lines& lines, formats::CsvDialect dialect, bool join) {
  Cut out;
  out.dialect = dialect;
  out.joined = join;
  formats::LineJoiner joiner(head_bytes, dialect);
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
  if (!names) out.score *= 0.85;  // nor does the first line fit: a title, or the header by another separator
  return out;
}

/// Whether fields stand in single quotes: about as many begin with one as end with one.
bool in_single_quotes(const Cut& plain) {
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

Cut best_cut(const Lines& lines, const TableHints& hints) {
  Cut best;
  const auto consider = [&](Cut candidate) {
    if (candidate.score > best.score * 1.0001) best = std::move(candidate);
  };
  for (const char separator : {',', ';', '\t', '|', ' '}) {
    if (hints.separator && separator != *hints.separator) continue;
    Cut plain = cut(lines, {separator, '"'}, false);
    const bool broken = plain.broken > 0;
    if (in_single_quotes(plain)) {
      Cut single = cut(lines, {separator, '\''}, false);
      if (single.score >= plain.score * 0.999) plain = std::move(single);
    }
    consider(std::move(plain));
    if (broken) consider(cut(lines, {separator, '"'}, true));
  }
  return best;
}

void refuse_mixed_line_ends(const std::string& path, const Lines& lines, char line_end, const TableHints& hints) {
  const char other = line_end == '\n' ? '\r' : '\n';
  Lines pieces;
  bool mixed = false;
  for (const std::string& line : lines) {
    mixed = mixed || line.find(other) != std::string::npos;
    for (std::size_t at = 0; at < line.size() && pieces.size() < most_lines;) {
      const std::size_t end = std::min(line.find(other, at), line.size());
      if (end > at) pieces.push_back(line.substr(at, end - at));
      at = end + 1;
    }
  }
  if (!mixed) return;
  const Cut table = best_cut(pieces, hints);
  if (table.width > 0 && std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return holds_rows({line, false}, line_end, table.dialect, table.width);
      })) {
    throw std::runtime_error(mixed_line_ends(path));
  }
}

/// The unit that stands beside nearly all numbers of column `c`, taken off them; empty: there is none.
std::string take_unit(Cut& table, std::size_t c) {
  std::map<std::string, std::size_t, std::less<>> units;
  std::size_t cells = 0;
  bool differ = false;
  const std::string* before = nullptr;
  for (const TableRow& row : table.rows) {
    if (!fits(row, table.width) || ingest::means_missing(row[c])) continue;
    ++cells;
    const std::string_view unit = ingest::unit_of(row[c]);
    if (unit.empty()) continue;
    ++units[std::string(unit)];
    differ = differ || (before != nullptr && *before != row[c]);
    before = &row[c];
  }
  const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto most = std::max_element(units.begin(), units.end(), less);
  // One cell may be the header.
  if (!differ || most->second * 10 < (cells - 1) * 9) return {};
  const std::vector<std::string> unit = {most->first};
  for (TableRow& row : table.rows) {
    if (fits(row, table.width) && ingest::unit_of(row[c]) == most->first) {
      row[c] = std::string(ingest::without_unit(row[c], unit));
    }
  }
  return most->first;
}

struct DecimalMark {
  char mark = '.';
  std::string unclear;  ///< a number with a comma that told nothing, nor did others; empty: there is none such
};

/// In front of decimals, by the numbers that can be read in one way only.
DecimalMark decimal_mark_of(const Cut& table) {
  std::size_t point = 0;
  std::size_t comma = 0;
  std::string unclear;  // 1,234
  for (const TableRow& row : table.rows) {
    for (const std::string& field : row) {
      if (field.find_first_of(".,") == std::string::npos) continue;
      double value = 0.0;
      const bool by_point = ingest::read_table_number(field, '.', value) == ingest::NumberRead::number;
      const bool by_comma = ingest::read_table_number(field, ',', value) == ingest::NumberRead::number;
      point += by_point && !by_comma ? 1 : 0;
      comma += by_comma && !by_point ? 1 : 0;
      if (by_comma && by_point && unclear.empty() && field.find(',') != std::string::npos) unclear = field;
    }
  }
  if (comma != point) return {comma > point ? ',' : '.', {}};
  return {!unclear.empty() && table.dialect.separator == ';' ? ',' : '.', unclear};
}

/// Index of the first row that is the header or a row of the table.
std::size_t first_row(const Cut& table, const std::vector<bool>& hashes, std::size_t from, char mark) {
  const std::size_t most = std::min(table.rows.size(), most_preamble);
  for (std::size_t r = from; r < most; ++r) {
    const TableRow& row = table.rows[r];
    if (row.empty() || row.front().starts_with('@')) continue;
    const bool wide = fits(row, table.width);
    const bool names = row.size() > 1 && row.size() + 1 == table.width && r + 1 < table.rows.size() &&
                       fits(table.rows[r + 1], table.width);
    if (!wide && !names) continue;
    const bool comment = hashes[r] || row.front().starts_with('#') || row.front().starts_with('%');
    if (comment && is_header(table.rows, r + 1, table.width, mark)) continue;
    return r;
  }
  return from;
}

/// Takes the # in front of a header off. True if there was one.
bool take_hash(TableRow& row, std::size_t width) {
  if (row.empty() || !row.front().starts_with('#')) return false;
  if (row.size() == width + 1 && row.front() == "#") {
    row.erase(row.begin());
  } else if (fits(row, width) && row.front().starts_with("# ")) {
    row.front() = formats::without_blanks(row.front().substr(1));
  } else {
    return false;
  }
  return true;
}

/// Names of an ARFF file's @attribute lines.
std::vector<std::string> attributes_of(const Lines& lines) {
  std::vector<std::string> names;
  for (const std::string_view line : lines) {
    if (!begins_ignoring_case(line, "@attribute")) continue;
    std::string_view rest = formats::without_blanks(line.substr(10));
    const char quote = rest.starts_with('\'') || rest.starts_with('"') ? rest.front() : '\0';
    if (quote != '\0') rest.remove_prefix(1);
    const std::size_t end = quote != '\0' ? rest.find(quote) : rest.find_first_of(" \t");
    names.emplace_back(rest.substr(0, end));
  }
  return names;
}

}  // namespace

TableDialect look_at_table(const std::string& path, const TableHints& hints) {
  TableDialect out;
  Lines lines = lines_of(path, out.line_end);
  refuse_other_formats(path, lines);
  TableHints known = hints;
  const bool told = lines.size() > 1 && lines.front().size() == 5 && begins_ignoring_case(lines.front(), "sep=");
  if (told && !known.separator) known.separator = lines.front()[4];  // what Excel writes for itself
  refuse_mixed_line_ends(path, lines, out.line_end, known);
  Cut table = best_cut(lines, known);
  if (table.width == 0) {
    throw std::runtime_error(path + ": has one column only, if none of , ; tab | and blanks separates its fields");
  }
  if (table.score < 0.3) {
    throw std::runtime_error(path +
                             ": no separator (, ; tab | or blanks) cuts its lines into equally many fields; by " +
                             shown(table.dialect.separator) + " most have " + std::to_string(table.width));
  }
  out.csv = table.dialect;
  out.line_breaks = table.joined;
  out.width = table.width;
  for (std::size_t c = 0; c < table.width; ++c) out.cell_units.push_back(take_unit(table, c));
  const DecimalMark decimal = hints.decimal_mark ? DecimalMark{*hints.decimal_mark, {}} : decimal_mark_of(table);
  out.decimal_mark = decimal.mark;
  const std::vector<std::string> attributes = attributes_of(lines);
  std::vector<bool> hashes;
  for (std::size_t r = 0; r < std::min(table.rows.size(), most_preamble); ++r) {
    hashes.push_back(take_hash(table.rows[r], table.width));
  }
  const std::size_t first = first_row(table, hashes, told ? 1 : 0, out.decimal_mark);
  out.preamble = table.first_line[first];
  out.row_names = attributes.empty() && table.rows[first].size() + 1 == out.width;
  const TableHeader header = judge_header(table.rows, first, out.width, out.decimal_mark);
  out.header = attributes.empty() && hints.header.value_or(out.row_names || header.there);
  out.row_names = out.row_names && out.header;
  out.hash = out.header && hashes[first];
  out.units = out.header && units_below(table.rows, first, out.width, out.decimal_mark);
  if (!attributes.empty()) out.names = attributes;
  if (out.header) {
    out.names.assign(table.rows[first].begin(), table.rows[first].end());
    if (out.row_names) out.names.insert(out.names.begin(), "");
  }
  if (!out.names.empty()) out.names.resize(out.width);

  const auto say = [&](const std::string& sentence) { out.reasons.push_back(sentence); };
  if (out.line_end == '\r') say("lines end with CR alone");
  if (out.csv.separator != ',') say("between fields stands " + shown(out.csv.separator));
  if (out.csv.quote != '"') say("single quotes stand around fields");
  if (out.line_breaks) say("quoted fields hold line ends");
  if (out.decimal_mark == ',') say("a comma stands in front of decimals");
  for (std::size_t c = 0; c < out.width; ++c) {
    if (out.cell_units[c].empty()) continue;
    say("no part of the numbers of " + (out.header ? ingest::quote(out.names[c]) : "column " + std::to_string(c)) +
        " is the unit " + ingest::quote(out.cell_units[c]));
  }
  if (!decimal.unclear.empty()) {
    say(ingest::quote(decimal.unclear) + " is read as " + (decimal.mark == ',' ? "decimals" : "thousands") +
        ", though no number shows which; --set source.file.decimal says otherwise");
  }
  if (out.preamble > 0) say("lines before the table: " + std::to_string(out.preamble));
  if (!attributes.empty()) say("names are those of @attribute lines");
  if (attributes.empty())
    say((out.header ? "the first line is a header: " : "there is no header: ") + (hints.header ? "as told"
                                                                                  : out.row_names
                                                                                      ? "the rows have one field more"
                                                                                      : header.reason));
  if (out.units) say("the line below the header is left out: texts above all numbers, such as units");
  return out;
}

}  // namespace altmind::file
