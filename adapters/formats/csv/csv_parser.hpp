#pragma once
// Parses a line of CSV into a sample.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/formats/csv/csv_line.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/record_parser.hpp"
#include "adapters/ingest/row.hpp"
#include "adapters/source.hpp"

namespace altmind::formats {

/// The part of SourceOptions that says what the columns of a CSV line are.
struct CsvOptions {
  bool header = false;               ///< the first line names the columns: hand it to set_header
  std::string label;                 ///< label column, by name (with header) or number from 0; empty: the last one
  std::vector<std::string> columns;  ///< feature columns likewise, in this order; empty: all but the label
  CsvDialect dialect = {};
  char decimal_mark = '.';
  bool odd_is_missing = false;  ///< with a schema: text in a numeric column that is not a number is missing
  /// Words for a missing value, case-insensitive, besides the empty field; nullopt: the usual ones.
  std::optional<std::vector<std::string>> missing = std::nullopt;
  std::vector<std::string> units = {};  ///< such as kg, EUR: stripped from before or after a number
};

CsvOptions csv_options(const adapters::SourceOptions& options);

/// Fields as in RFC 4180, except that one record is one line: a quoted field holds no line end. Spaces and tabs around
/// a field are stripped unless quoted. A column is looked up by name in the header first, then by number.
///
/// Numbers are read by ingest::read_table_number after stripping options.units; nan and inf are not_finite, an empty
/// field is not_a_number. A class index is a number of integral value, so `1.0` is 1. A class name is the text of the
/// field, 1 to 256 bytes, normalised by ingest::class_name. A label that denotes a missing value is label_missing. For
/// regression with several targets, the label column is the first of `outputs` adjacent ones.
///
/// With a schema the features are its columns: looked up by name in the header, whose other columns are ignored; or in
/// the fields given by `columns`; or all fields but the label, in order. An empty field is missing, and so is text in a
/// numeric column for which ingest::means_missing is true; if options.missing lists words, those and no others are
/// missing, in all columns. Other rejections of features are worded by Row.
///
/// Every line has as many fields as the header (whose last field, if empty, is not a column), or one more that is empty
/// (a trailing separator). Without a header it has inputs plus the label if all columns are used, else enough for the
/// columns that are.
class CsvParser final : public ingest::RecordParser {
 public:
  /// Throws std::invalid_argument if the columns cannot match the options, with or without a header.
  CsvParser(CsvOptions options, const SampleSpec& spec);

  /// Takes the column names from `line`. If a column is missing, returns which one, and every later record is rejected.
  /// Must be called before parse() if options.header is set.
  std::optional<ingest::Rejection> set_header(std::string_view line);

  std::optional<ingest::Rejection> parse(std::string_view record, Samples& into) override;

 private:
  std::optional<ingest::Rejection> assign();
  std::optional<ingest::Rejection> find(const std::string& column, ingest::Reason missing, std::size_t& at) const;
  std::optional<ingest::Rejection> read_feature(std::size_t column, float& x, float& residual);
  std::optional<ingest::Rejection> parse_row(Samples& into);
  std::optional<ingest::Rejection> read_cell(std::size_t j, std::string_view text);
  bool is_listed(std::string_view text) const;
  ingest::NumberRead read(std::string_view text, double& value) const;
  std::string_view bare(std::string_view text) const;  ///< without its unit
  std::optional<ingest::Rejection> read_label(std::size_t column, Samples& into);
  std::string column_name(std::size_t column) const;

  // Constant after construction.
  CsvOptions options_;
  SampleSpec spec_;
  std::size_t targets_;  ///< label columns

  // Set by assign(), after the header is known.
  std::vector<std::string> names_;     ///< of the header's columns
  std::vector<std::size_t> features_;  ///< column of each feature
  std::optional<std::size_t> label_;   ///< first label column; nullopt: the last fields of a line
  std::size_t width_ = 0;              ///< fields of a line; 0: only least_width_ is known
  std::size_t least_width_ = 0;
  bool ready_ = false;

  // State of the line being parsed.
  std::optional<ingest::Row> row_;  ///< with a schema
  std::vector<CsvField> fields_;
  std::string scratch_;
  std::string class_scratch_;
};

}  // namespace altmind::formats
