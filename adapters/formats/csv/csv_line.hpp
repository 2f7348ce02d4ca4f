#pragma once
// Splits a line of CSV into fields.

#include <string>
#include <string_view>
#include <vector>

namespace altmind::formats {

/// The characters that separate and quote fields.
struct CsvDialect {
  char separator = ',';  ///< ' ': any number of spaces and tabs
  char quote = '"';
};

struct CsvField {
  std::string_view text;
  bool quoted = false;   ///< text may hold doubled quotes
  bool escaped = false;  ///< text may hold quotes after a backslash
  char quote = '"';
};

/// Splits `line` into `fields` and strips blanks around unquoted ones; false if the quoting is broken. Inside quotes a
/// quote is written twice; a line that cannot be read this way is read with backslash-escaped quotes.
bool split_csv(std::string_view line, std::vector<CsvField>& fields, CsvDialect dialect = {});

/// True if a quoted field is still open at the end of `line`. open: whether one is open at its beginning.
bool ends_quoted(std::string_view line, bool open, CsvDialect dialect = {});

/// Returns the content of the field; if it had to be unescaped, as a view of `scratch`.
std::string_view content_of(const CsvField& field, std::string& scratch);

/// Strips spaces and tabs from both ends.
std::string_view without_blanks(std::string_view text);

}  // namespace altmind::formats
