#pragma once
// One line of CSV to its fields.

#include <string>
#include <string_view>
#include <vector>

namespace altmind::formats {

/// What stands between fields and around those that hold it.
struct CsvDialect {
  char separator = ',';  ///< ' ': any number of spaces and tabs
  char quote = '"';
};

struct CsvField {
  std::string_view text;
  bool quoted = false;   ///< text may hold doubled quotes
  bool escaped = false;  ///< or quotes behind a backslash
  char quote = '"';
};

/// Fills `fields`, blanks around unquoted ones taken off; false if the quoting is broken. Inside quotes a quote is
/// written twice; a line that cannot be read so is read with backslashes in front of quotes.
bool split_csv(std::string_view line, std::vector<CsvField>& fields, CsvDialect dialect = {});

/// Whether a quoted field is still open at the end of `line`, at whose beginning one is open if `open` says so.
bool ends_quoted(std::string_view line, bool open, CsvDialect dialect = {});

/// What the field says: with doubled quotes it is written to `scratch`, on which the answer then rests.
std::string_view content_of(const CsvField& field, std::string& scratch);

/// Without the spaces and tabs around it.
std::string_view without_blanks(std::string_view text);

}  // namespace altmind::formats
