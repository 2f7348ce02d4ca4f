#include "adapters/formats/csv/csv_line.hpp"

#include <algorithm>

namespace altmind::formats {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Splits a line. The kind of dialect is a template parameter, so that it is not tested at every byte. A tab that is
/// the separator is not a blank.
template <bool by_blanks_>
class Splitter {
 public:
  Splitter(std::string_view line, CsvDialect dialect, bool escapes)
      : line_(line), dialect_(dialect), escapes_(escapes) {}

  bool split(std::vector<CsvField>& fields) {
    fields.clear();
    const char quote = dialect_.quote;
    std::size_t at = 0;
    for (;;) {
      const std::size_t start = at;
      at = skip_blanks(at);
      if (at < line_.size() && line_[at] == quote) {
        const std::size_t begin = at + 1;
        at = closing(begin);
        if (at == std::string_view::npos) return false;
        fields.push_back({line_.substr(begin, at - begin), true, escapes_, dialect_.quote});
        const std::size_t behind = at + 1;
        at = skip_blanks(behind);
        if (at == line_.size()) return true;
        if (by_blanks_ ? at == behind : line_[at] != dialect_.separator) return false;
        if (!by_blanks_) ++at;
        continue;
      }
      if (by_blanks_ && at == line_.size() && !fields.empty()) return true;
      at = end_of_plain(by_blanks_ ? at : start);
      fields.push_back({without_blanks(line_.substr(start, at - start)), false});
      if (at == line_.size()) return true;
      ++at;
    }
  }

  std::size_t skip_blanks(std::size_t at) const {
    while (at < line_.size() && is_blank(line_[at]) && (by_blanks_ || line_[at] != dialect_.separator)) ++at;
    return at;
  }
  std::size_t end_of_plain(std::size_t at) const {
    return std::min(by_blanks_ ? line_.find_first_of(" \t", at) : line_.find(dialect_.separator, at), line_.size());
  }
  /// Returns the index of the quote that ends the field whose content begins at `at`, or npos.
  std::size_t closing(std::size_t at) const {
    for (;; at += 2) {
      at = line_.find(dialect_.quote, at);
      if (at == std::string_view::npos) return at;
      if (escapes_ && is_escaped(at)) {
        --at;  // continue right after it
        continue;
      }
      if (at + 1 == line_.size() || line_[at + 1] != dialect_.quote) return at;
    }
  }

 private:
  bool is_escaped(std::size_t at) const {
    std::size_t slashes = 0;
    while (slashes < at && line_[at - 1 - slashes] == '\\') ++slashes;
    return slashes % 2 == 1;
  }

  std::string_view line_;
  CsvDialect dialect_;
  bool escapes_;
};

template <bool by_blanks>
bool split(std::string_view line, std::vector<CsvField>& fields, CsvDialect dialect) {
  if (Splitter<by_blanks>(line, dialect, false).split(fields)) return true;
  return line.find('\\') != std::string_view::npos && Splitter<by_blanks>(line, dialect, true).split(fields);
}

template <bool by_blanks>
bool ends_open(std::string_view line, bool open, CsvDialect dialect) {
  const Splitter<by_blanks> splitter(line, dialect, false);
  for (std::size_t at = 0;; ++at) {
    if (!open) at = splitter.skip_blanks(at);
    if (open || (at < line.size() && line[at] == dialect.quote)) {
      at = splitter.closing(open ? at : at + 1);
      if (at == std::string_view::npos) return true;
      open = false;
    }
    at = splitter.end_of_plain(at);
    if (at >= line.size()) return false;
  }
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool split_csv(std::string_view line, std::vector<CsvField>& fields, CsvDialect dialect) {
  return dialect.separator == ' ' ? split<true>(line, fields, dialect) : split<false>(line, fields, dialect);
}

bool ends_quoted(std::string_view line, bool open, CsvDialect dialect) {
  return dialect.separator == ' ' ? ends_open<true>(line, open, dialect) : ends_open<false>(line, open, dialect);
}

std::string_view content_of(const CsvField& field, std::string& scratch) {
  if (!field.quoted) return field.text;
  const bool slashes = field.escaped && field.text.find('\\') != std::string_view::npos;
  if (!slashes && field.text.find(field.quote) == std::string_view::npos) return field.text;
  scratch.clear();
  for (std::size_t i = 0; i < field.text.size(); ++i) {
    if (slashes && field.text[i] == '\\' && i + 1 < field.text.size()) {
      scratch.push_back(field.text[++i]);
      continue;
    }
    scratch.push_back(field.text[i]);
    if (field.text[i] == field.quote) ++i;  // the second of two
  }
  return scratch;
}

}  // namespace altmind::formats
