#include "adapters/sources/file/table_dialect.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string_view>

#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/quote.hpp"
#include "adapters/ingest/table_number.hpp"
#include "adapters/sources/file/first_lines.hpp"
#include "adapters/sources/file/line_ends.hpp"
#include "adapters/sources/file/table_cut.hpp"
#include "adapters/sources/file/table_header.hpp"

namespace altmind::file {

namespace {

constexpr std::size_t most_preamble = 100;

std::string shown(char separator) {
  if (separator == '\t') return "a tab";
  if (separator == ' ') return "a number of blanks";
  std::string quoted(3, '"');
  quoted[1] = separator;
  return quoted;
}

void refuse_mixed_line_ends(const std::string& path, const Lines& lines, char line_end, std::optional<char> separator) {
  const char other = line_end == '\n' ? '\r' : '\n';
  Lines pieces;
  bool mixed = false;
  for (const std::string& line : lines) {
    mixed = mixed || line.find(other) != std::string::npos;
    for (std::size_t at = 0; at < line.size() && pieces.size() < most_first_lines;) {
      const std::size_t end = std::min(line.find(other, at), line.size());
      if (end > at) pieces.push_back(line.substr(at, end - at));
      at = end + 1;
    }
  }
  if (!mixed) return;
  const TableCut table = best_cut(pieces, separator);
  if (table.width > 0 && std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return holds_rows({line, false}, line_end, table.dialect, table.width);
      })) {
    throw std::runtime_error(mixed_line_ends(path));
  }
}

/// Returns the unit beside nearly all numbers of column `c` and strips it from them; empty if there is none.
std::string take_unit(TableCut& table, std::size_t c) {
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
  std::string unclear;  ///< a number with an ambiguous comma, if no other number decides; empty if there is none
};

/// Finds the decimal mark from the numbers that can be read in one way only.
DecimalMark decimal_mark_of(const TableCut& table) {
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

/// Returns the index of the first row that is the header or a row of the table.
std::size_t first_row(const TableCut& table, const std::vector<bool>& hashes, std::size_t from, char mark) {
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

/// Strips the # before a header. True if there was one.
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

/// Returns the names in an ARFF file's @attribute lines.
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

/// Returns a sentence for each difference from RFC 4180. `unclear` is that of DecimalMark, `header` says why there is a
/// header or none, `named` whether names are those of @attribute lines.
std::vector<std::string> reasons_of(const TableDialect& dialect, const std::string& unclear, const std::string& header,
                                    bool named) {
  std::vector<std::string> reasons;
  const auto say = [&](const std::string& sentence) { reasons.push_back(sentence); };
  if (dialect.line_end == '\r') say("lines end with CR alone");
  if (dialect.csv.separator != ',') say("between fields stands " + shown(dialect.csv.separator));
  if (dialect.csv.quote != '"') say("single quotes stand around fields");
  if (dialect.line_breaks) say("quoted fields hold line ends");
  if (dialect.decimal_mark == ',') say("a comma stands in front of decimals");
  for (std::size_t c = 0; c < dialect.width; ++c) {
    if (dialect.cell_units[c].empty()) continue;
    say("no part of the numbers of " +
        (dialect.header ? ingest::quote(dialect.names[c]) : "column " + std::to_string(c)) + " is the unit " +
        ingest::quote(dialect.cell_units[c]));
  }
  if (!unclear.empty()) {
    say(ingest::quote(unclear) + " is read as " + (dialect.decimal_mark == ',' ? "decimals" : "thousands") +
        ", though no number shows which; --set source.file.decimal says otherwise");
  }
  if (dialect.preamble > 0) say("lines before the table: " + std::to_string(dialect.preamble));
  if (named) say("names are those of @attribute lines");
  if (!named) say((dialect.header ? "the first line is a header: " : "there is no header: ") + header);
  if (dialect.units) say("the line below the header is left out: texts above all numbers, such as units");
  return reasons;
}

}  // namespace

TableDialect look_at_table(const std::string& path, const TableHints& hints) {
  TableDialect out;
  const Lines lines = first_lines(path, out.line_end);
  std::optional<char> separator = hints.separator;
  const bool told = lines.size() > 1 && lines.front().size() == 5 && begins_ignoring_case(lines.front(), "sep=");
  if (told && !separator) separator = lines.front()[4];  // Excel writes it for itself
  refuse_mixed_line_ends(path, lines, out.line_end, separator);
  TableCut table = best_cut(lines, separator);
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

  const std::string why = hints.header ? "as told" : out.row_names ? "the rows have one field more" : header.reason;
  out.reasons = reasons_of(out, decimal.unclear, why, !attributes.empty());
  return out;
}

}  // namespace altmind::file
