#pragma once
// One line of CSV to its fields.

#include <string>
#include <string_view>
#include <vector>

namespace altmind::formats {

struct CsvField {
  std::string_view text;
  bool quoted = false;  ///< text may hold doubled quotes
};

/// Fills `fields`, blanks around unquoted ones taken off; false if the quoting is broken.
bool split_csv(std::string_view line, std::vector<CsvField>& fields);

/// What the field says: with doubled quotes it is written to `scratch`, on which the answer then rests.
std::string_view content_of(const CsvField& field, std::string& scratch);

/// Without the spaces and tabs around it.
std::string_view without_blanks(std::string_view text);

}  // namespace altmind::formats
