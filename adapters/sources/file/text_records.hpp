#pragma once
// Parses bytes of ndjson or csv text into samples, and counts the bytes consumed.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/formats/csv/csv_parser.hpp"
#include "adapters/formats/csv/line_joiner.hpp"
#include "adapters/formats/framing/line_framer.hpp"
#include "adapters/sources/file/sample_reader.hpp"

namespace altmind::file {

/// Reads the records of one text after the other. Empty lines, a byte order mark, the lines of a preamble and repeated
/// headers are skipped silently. A text in UTF-16 throws std::runtime_error naming it. Bytes are borrowed until next()
/// has returned false. A header that lacks a column, or is longer than max_line, throws std::runtime_error naming the
/// text.
class TextRecords {
 public:
  /// What the first line of a text is, if the options say that there is a header.
  enum class FirstLine {
    header,
    sample_or_header,  ///< in a text that continues another one: a sample if it can be parsed as one
    record,            ///< the text was entered in the middle
  };

  /// Throws std::runtime_error naming the invalid option.
  TextRecords(const adapters::SourceOptions& options, const SampleSpec& spec);

  /// Begins a text: the next bytes are those at `offset` of the text `name`.
  void begin(std::string name, FirstLine first, std::uint64_t offset = 0);
  void push(std::string_view bytes);

  /// Consumes the next record and appends it to `into` or rejects it; with `into` null skips it. False if more bytes
  /// are needed.
  bool next(std::uint64_t number, Samples* into, const OnRejected* rejected);

  /// Does the same for a last record without a line end. Call after next() has returned false at the end of a text.
  bool finish(std::uint64_t number, Samples* into, const OnRejected* rejected);

  std::uint64_t offset() const { return done_; }  ///< after the last line consumed
  const std::string& header() const { return header_; }
  void set_header(std::string_view line);

 private:
  std::optional<formats::Line> record_of(formats::Line line);
  bool take(const formats::Line& line, std::uint64_t number, Samples* into, const OnRejected* rejected);
  bool is_header(const formats::Line& line);

  const std::size_t max_line_;
  const char line_end_;
  const std::size_t preamble_;
  const bool joins_;  // quoted fields may hold line ends
  std::unique_ptr<ingest::RecordParser> parser_;
  formats::CsvParser* csv_ = nullptr;  // parser_, if its texts have headers
  formats::LineFramer framer_;
  std::string name_;
  FirstLine first_ = FirstLine::record;  // of the next line
  bool at_beginning_ = false;
  std::size_t preamble_left_ = 0;
  formats::LineJoiner joiner_;
  std::string header_;
  Samples scratch_;
  std::uint64_t pushed_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace altmind::file
