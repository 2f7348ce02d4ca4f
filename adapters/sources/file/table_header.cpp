#include "adapters/sources/file/table_header.hpp"

#include <algorithm>
#include <set>

#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/quote.hpp"
#include "adapters/ingest/table_number.hpp"

namespace altmind::file {

namespace {

constexpr std::size_t most_rows = 300;

bool number_of(const std::string& text, char mark, double& value) {
  return ingest::read_table_number(text, mark, value) == ingest::NumberRead::number;
}

/// The contents of one column below a line.
struct Below {
  std::size_t numbers = 0;
  std::size_t texts = 0;
  bool again = false;  ///< the text of the line occurs again
  std::set<std::string> words;
  bool of_numbers() const { return numbers > 0 && texts * 10 <= numbers; }
  /// True if few texts occur again and again: a text that is not among them is not a value.
  bool of_few_texts() const { return numbers == 0 && texts >= 10 && words.size() * 5 <= texts; }
};

Below look_below(const std::vector<TableRow>& rows, std::size_t at, std::size_t column, const std::string& text,
                 char mark) {
  Below below;
  const std::size_t end = std::min(rows.size(), at + 1 + most_rows);
  for (std::size_t i = at + 1; i < end; ++i) {
    if (column >= rows[i].size() || ingest::means_missing(rows[i][column])) continue;
    if (rows[i] == rows[at]) continue;  // concatenated files repeat their header
    double value = 0.0;
    const bool number = number_of(rows[i][column], mark, value);
    ++(number ? below.numbers : below.texts);
    if (!number) below.words.insert(rows[i][column]);
    below.again = below.again || rows[i][column] == text;
  }
  return below;
}

/// True for 0, 1, 2, ... or 2020, 2021, ...: names of columns more often than values.
bool counts_up(const TableRow& row, std::size_t width, char mark) {
  double before = 0.0;
  std::size_t numbers = 0;
  for (std::size_t c = 0; c < std::min(row.size(), width); ++c) {
    double value = 0.0;
    if (row[c].empty() && numbers == 0 && c == 0) continue;
    if (!number_of(row[c], mark, value) || (numbers > 0 && value != before + 1.0)) return false;
    before = value;
    ++numbers;
  }
  return numbers >= 3;
}

}  // namespace

TableHeader judge_header(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char mark) {
  const TableRow& first = rows[at];
  if (at + 1 >= rows.size()) {
    double value = 0.0;
    const bool number =
        std::any_of(first.begin(), first.end(), [&](const auto& t) { return number_of(t, mark, value); });
    return {!number, "there is one line only"};
  }
  if (counts_up(first, width, mark) && !counts_up(rows[at + 1], width, mark)) {
    return {true, "its fields count up by one"};
  }
  bool columns_of_numbers = false;
  bool again = false;
  std::size_t plain_numbers = 0;
  bool category_again = false;
  const std::string* above = nullptr;
  const std::string* unlike = nullptr;
  for (std::size_t c = 0; c < std::min(first.size(), width); ++c) {
    // A line that is one field short lacks the name of the row names, which come first.
    const std::size_t column = first.size() + 1 == width ? c + 1 : c;
    const Below below = look_below(rows, at, column, first[c], mark);
    double value = 0.0;
    const bool number = number_of(first[c], mark, value);
    columns_of_numbers = columns_of_numbers || below.of_numbers();
    if (number && below.of_numbers()) ++plain_numbers;
    if (first[c].empty()) continue;
    again = again || below.again;
    if (number && !below.of_numbers() && below.numbers + below.texts > 0) again = true;
    const bool text = !number && !ingest::means_missing(first[c]);
    category_again = category_again || (text && below.again && below.of_few_texts());
    if (text && below.of_numbers() && !below.again && above == nullptr) above = &first[c];
    if (text && below.of_few_texts() && !below.again && unlike == nullptr) unlike = &first[c];
  }
  if (category_again) return {false, "what stands in the first line is like what is below it"};
  if (unlike != nullptr && above == nullptr) {
    return {true, ingest::quote(*unlike) + " is none of the texts below it"};
  }
  if (above != nullptr) return {true, ingest::quote(*above) + " stands above numbers"};
  if (columns_of_numbers) return {false, "what stands in the first line is like what is below it"};
  if (plain_numbers == 0 && !again) return {true, "none of its texts comes again below it"};
  return {false, "its texts come again below it"};
}

bool is_header(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char decimal_mark) {
  return at < rows.size() && judge_header(rows, at, width, decimal_mark).there;
}

bool units_below(const std::vector<TableRow>& rows, std::size_t at, std::size_t width, char mark) {
  if (at + 2 >= rows.size()) return false;
  const TableRow& units = rows[at + 1];
  std::size_t numbers = 0;
  for (std::size_t c = 0; c < std::min(units.size(), width); ++c) {
    const Below below = look_below(rows, at + 1, c, units[c], mark);
    if (!below.of_numbers()) continue;
    double value = 0.0;
    if (number_of(units[c], mark, value) || below.again || units[c].empty() || ingest::means_missing(units[c]))
      return false;
    ++numbers;
  }
  return numbers >= 2;
}

}  // namespace altmind::file
