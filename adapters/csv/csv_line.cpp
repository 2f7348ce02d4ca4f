#include "adapters/csv/csv_line.hpp"

#include <algorithm>

namespace altmind::formats {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool split_csv(std::string_view line, std::vector<CsvField>& fields) {
  fields.clear();
  std::size_t at = 0;
  for (;;) {
    const std::size_t start = at;
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at < line.size() && line[at] == '"') {
      const std::size_t begin = ++at;
      for (;; at += 2) {
        at = line.find('"', at);
        if (at == std::string_view::npos) return false;
        if (at + 1 == line.size() || line[at + 1] != '"') break;
      }
      fields.push_back({line.substr(begin, at - begin), true});
      ++at;
      while (at < line.size() && is_blank(line[at])) ++at;
      if (at == line.size()) return true;
      if (line[at] != ',') return false;
    } else {
      at = std::min(line.find(',', at), line.size());
      fields.push_back({without_blanks(line.substr(start, at - start)), false});
      if (at == line.size()) return true;
    }
    ++at;
  }
}

std::string_view content_of(const CsvField& field, std::string& scratch) {
  if (!field.quoted || field.text.find('"') == std::string_view::npos) return field.text;
  scratch.clear();
  for (std::size_t i = 0; i < field.text.size(); ++i) {
    scratch.push_back(field.text[i]);
    if (field.text[i] == '"') ++i;  // the second of two
  }
  return scratch;
}

}  // namespace altmind::formats
