#pragma once
// One line of CSV to one sample.

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
  bool odd_is_missing = false;  ///< with a schema: what is no number in a column of numbers is missing
  /// Words for a missing value, in any case of letters, beside nothing at all; none given: the usual ones.
  std::optional<std::vector<std::string>> missing = std::nullopt;
  std::vector<std::string> units = {};  ///< kg, EUR: taken off numbers, behind or in front of which one stands
};

CsvOptions csv_options(const adapters::SourceOptions& options);

/// Fields as in RFC 4180, but one record is one line: a quoted field holds no line end. Spaces and tabs
/// around a field are no part of it unless quoted. A column is taken by its name if the header has that
/// name, else by its number.
///
/// Numbers are those of ingest::read_table_number, options.units taken off; nan and inf are not_finite, an empty field
/// is not_a_number. Class index: a number of integral value, so `1.0` is 1. Class name: the text of the field, 1 to 256
/// bytes, as ingest::class_name has it. A label that says that it is missing is label_missing. Regression with several
/// targets: the label column is the first of `outputs` adjacent ones.
///
/// With a schema the features are its columns: found by name in the header, whose other columns are passed over; or
/// `columns` says which field each is; or all fields but the label, in order. An empty field is missing, and so is
/// in a numeric column what ingest::means_missing says; where options.missing lists words, these are, in all columns,
/// and no others. Other refusals of features as Row words them.
///
/// Every line has as many fields as the header, whose last one is no column if it is empty, or one more that is empty
/// (a separator at the end); without a header, inputs plus the label when all columns are
/// used, else enough for the columns that are.
class CsvParser final : public ingest::RecordParser {
 public:
  /// Throws std::invalid_argument when the columns cannot be what the options say, header or not.
  CsvParser(CsvOptions options, const SampleSpec& spec);

  /// Takes the names of the columns from `line`, or says which column is missing and then refuses every
  /// record. Must be called before parse() when options.header is set.
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

  // Set by assign(), which a header precedes.
  std::vector<std::string> names_;     ///< of the header's columns
  std::vector<std::size_t> features_;  ///< column of each feature
  std::optional<std::size_t> label_;   ///< first label column; nothing: the last fields of a line
  std::size_t width_ = 0;              ///< fields of a line; 0: only least_width_ is known
  std::size_t least_width_ = 0;
  bool ready_ = false;

  // Of the line being parsed.
  std::optional<ingest::Row> row_;  ///< with a schema
  std::vector<CsvField> fields_;
  std::string scratch_;
  std::string class_scratch_;
};

}  // namespace altmind::formats
