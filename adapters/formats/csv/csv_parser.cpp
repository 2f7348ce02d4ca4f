#include "adapters/formats/csv/csv_parser.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "adapters/formats/framing/encoding.hpp"
#include "adapters/ingest/decimal.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/quote.hpp"
#include "adapters/ingest/table_number.hpp"

namespace altmind::formats {

namespace {

std::optional<std::size_t> column_number(const std::string& text) {
  std::size_t at = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), at);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return at;
}

std::string counted(std::size_t n, const char* thing) {
  return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

}  // namespace

CsvOptions csv_options(const adapters::SourceOptions& options) {
  constexpr std::string_view separators = ",;\t| ";
  CsvOptions csv{options.header, options.label, options.columns};
  csv.dialect.separator = separators[static_cast<std::size_t>(options.separator)];
  csv.dialect.quote = options.quote == adapters::Quote::one_stroke ? '\'' : '"';
  csv.decimal_mark = options.decimal == adapters::DecimalMark::comma ? ',' : '.';
  csv.odd_is_missing = options.not_a_number == adapters::NotANumber::missing;
  csv.missing = options.missing;
  csv.units = options.units;
  return csv;
}

CsvParser::CsvParser(CsvOptions options, const SampleSpec& spec)
    : options_(std::move(options)), spec_(spec), targets_(spec.task == Task::regression ? spec.outputs : 1) {
  if (!spec_.columns.empty()) row_.emplace(spec_.columns);
  if (options_.header && options_.columns.empty()) {
    for (const Column& column : spec_.columns) options_.columns.push_back(column.name);
  }
  if (!options_.columns.empty() && options_.columns.size() != spec_.inputs) {
    throw std::invalid_argument("columns: expected " + std::to_string(spec_.inputs) + " (the model's inputs), got " +
                                std::to_string(options_.columns.size()));
  }
  if (options_.header) return;
  if (const auto rejection = assign()) throw std::invalid_argument(rejection->message);
}

std::optional<ingest::Rejection> CsvParser::set_header(std::string_view line) {
  ready_ = false;
  names_.clear();
  line = without_byte_order_mark(line);
  if (!simdjson::validate_utf8(line.data(), line.size()))
    return ingest::Rejection{ingest::Reason::not_utf8, "header: not UTF-8"};
  if (!split_csv(line, fields_, options_.dialect))
    return ingest::Rejection{ingest::Reason::wrong_dimension, "header: a quoted field does not end where it should"};
  for (const CsvField& field : fields_) names_.emplace_back(without_blanks(content_of(field, scratch_)));
  if (names_.size() > 1 && names_.back().empty()) names_.pop_back();  // a separator at the end
  return assign();
}

std::optional<ingest::Rejection> CsvParser::find(const std::string& column, ingest::Reason missing,
                                                 std::size_t& at) const {
  const auto named = std::find(names_.begin(), names_.end(), column);
  if (named != names_.end()) {
    if (std::find(named + 1, names_.end(), column) != names_.end()) {
      return ingest::Rejection{ingest::Reason::duplicate_key,
                               "header: column " + ingest::quote(column) + " stands twice"};
    }
    at = static_cast<std::size_t>(named - names_.begin());
    return std::nullopt;
  }
  const auto number = column_number(column);
  // A bound, because least_width_ is computed from it.
  if (number && *number < (options_.header ? names_.size() : std::size_t{1} << 24)) {
    at = *number;
    return std::nullopt;
  }
  return ingest::Rejection{missing, options_.header ? "header: has no column " + ingest::quote(column)
                                                    : "column " + ingest::quote(column) +
                                                          ": must be a number from 0 when there is no header"};
}

// Finds the column of every feature and of the label. Called when the header, if any, is known.
std::optional<ingest::Rejection> CsvParser::assign() {
  features_.clear();
  label_.reset();
  width_ = options_.header ? names_.size() : 0;
  if (!options_.header && options_.columns.empty()) width_ = spec_.inputs + targets_;
  if (!options_.label.empty()) {
    std::size_t at = 0;
    if (auto rejection = find(options_.label, ingest::Reason::label_missing, at)) return rejection;
    label_ = at;
  } else if (width_ != 0) {
    if (width_ < targets_)
      return ingest::Rejection{ingest::Reason::label_missing, "header: has no column for the label"};
    label_ = width_ - targets_;
  }
  least_width_ = label_ ? *label_ + targets_ : targets_;
  if (width_ != 0 && least_width_ > width_) {
    return ingest::Rejection{ingest::Reason::label_missing, "label: needs " + counted(least_width_, "column") +
                                                                ", the lines have " + std::to_string(width_)};
  }
  const auto is_label = [this](std::size_t c) { return label_ && c >= *label_ && c < *label_ + targets_; };
  if (options_.columns.empty()) {
    for (std::size_t c = 0; c < width_; ++c) {
      if (!is_label(c)) features_.push_back(c);
    }
    if (features_.size() != spec_.inputs) {
      return ingest::Rejection{
          ingest::Reason::wrong_dimension,
          "header: expected " + counted(spec_.inputs, "feature column") + ", got " + std::to_string(features_.size())};
    }
  }
  for (const std::string& column : options_.columns) {
    std::size_t at = 0;
    if (auto rejection = find(column, ingest::Reason::features_missing, at)) return rejection;
    if (is_label(at)) {
      return ingest::Rejection{ingest::Reason::duplicate_key,
                               "column " + ingest::quote(column) + ": is the label and cannot be a feature"};
    }
    features_.push_back(at);
    least_width_ = std::max(least_width_, at + (label_ ? 1 : 1 + targets_));
  }
  ready_ = true;
  return std::nullopt;
}

std::string CsvParser::column_name(std::size_t column) const {
  return column < names_.size() ? ingest::quote(names_[column]) : "column " + std::to_string(column);
}

ingest::NumberRead CsvParser::read(std::string_view text, double& value) const {
  if (!options_.missing && options_.decimal_mark == '.') {  // fast path: most cells of most tables
    const ingest::NumberRead plain = ingest::read_number(text, value);
    if (plain != ingest::NumberRead::nothing) return plain;
  }
  if (options_.missing && is_listed(text)) return ingest::NumberRead::nothing;
  return ingest::read_table_number(bare(text), options_.decimal_mark, value);
}

std::string_view CsvParser::bare(std::string_view text) const {
  return options_.units.empty() ? text : ingest::without_unit(text, options_.units);
}

bool CsvParser::is_listed(std::string_view text) const {
  return text.empty() || ingest::is_one_of(text, *options_.missing);
}

std::optional<ingest::Rejection> CsvParser::read_feature(std::size_t column, float& x, float& residual) {
  std::string_view text = fields_[column].text;
  if (fields_[column].quoted) text = without_blanks(content_of(fields_[column], scratch_));
  double value = 0.0;
  const ingest::NumberRead read = this->read(text, value);
  if (read == ingest::NumberRead::nothing) {
    return ingest::Rejection{ingest::Reason::not_a_number, column_name(column) + ": must be a number, got " +
                                                               (text.empty() ? "an empty field" : ingest::quote(text))};
  }
  if (read == ingest::NumberRead::number && ingest::to_float(value, x)) {
    residual = ingest::residual_of(value, x, bare(text));
    return std::nullopt;
  }
  return ingest::Rejection{ingest::Reason::not_finite,
                           column_name(column) + ": " + ingest::quote(text) + " is not a finite float32"};
}

std::optional<ingest::Rejection> CsvParser::read_label(std::size_t column, Samples& into) {
  const std::string_view text = without_blanks(content_of(fields_[column], scratch_));
  const bool regression = spec_.task == Task::regression;
  const bool missing = options_.missing ? is_listed(text)
                       : regression     ? ingest::means_missing(text)
                                        : ingest::means_no_label(text);
  if (missing) {
    return ingest::Rejection{ingest::Reason::label_missing,
                             column_name(column) + " (label): " +
                                 (text.empty() ? "is empty" : ingest::quote(text) + " says that it is missing")};
  }
  if (spec_.task == Task::classification && spec_.labels == LabelKind::named) {
    if (text.size() <= ingest::max_name_bytes) {
      into.name.emplace_back(ingest::class_name(text, class_scratch_));
      return std::nullopt;
    }
    return ingest::Rejection{ingest::Reason::label_out_of_range, column_name(column) + " (label): must have 1 to " +
                                                                     std::to_string(ingest::max_name_bytes) +
                                                                     " bytes, got " + std::to_string(text.size())};
  }
  if (spec_.task == Task::classification) {
    double value = -1.0;
    if (read(text, value) == ingest::NumberRead::number && value >= 0.0 && std::floor(value) == value &&
        value < static_cast<double>(spec_.outputs)) {
      into.label.push_back(static_cast<std::uint32_t>(value));
      return std::nullopt;
    }
    return ingest::Rejection{ingest::Reason::label_out_of_range,
                             column_name(column) + " (label): must be an integer from 0 to " +
                                 std::to_string(spec_.outputs - 1) + ", got " + ingest::quote(text)};
  }
  for (std::size_t k = 0; k < targets_; ++k) {
    float target = 0.0F;
    float residual = 0.0F;
    if (auto rejection = read_feature(column + k, target, residual)) return rejection;
    into.target_residual.add(into.target.size(), residual);
    into.target.push_back(target);
  }
  return std::nullopt;
}

// Reads the cell of feature `j` (with a schema).
std::optional<ingest::Rejection> CsvParser::read_cell(std::size_t j, std::string_view text) {
  const bool listed = options_.missing && is_listed(text);
  if (listed) return row_->missing(j);
  if (row_->column(j).type == ColumnType::categorical) return row_->category(j, text);
  double value = 0.0;
  const ingest::NumberRead read = ingest::read_table_number(bare(text), options_.decimal_mark, value);
  if (read == ingest::NumberRead::number) return row_->number(j, value, bare(text));
  if (!options_.missing && ingest::means_missing(text)) return row_->missing(j);
  if (options_.odd_is_missing) return row_->odd_text(j);
  return row_->unreadable(j, read, text);
}

std::optional<ingest::Rejection> CsvParser::parse_row(Samples& into) {
  row_->begin();
  for (std::size_t j = 0; j < features_.size(); ++j) {
    const CsvField& field = fields_[features_[j]];
    if (auto rejection = read_cell(j, field.quoted ? without_blanks(content_of(field, scratch_)) : field.text))
      return rejection;
  }
  const std::size_t targets_before = into.target.size();
  if (auto rejection = read_label(label_ ? *label_ : fields_.size() - targets_, into)) {
    into.target.resize(targets_before);
    into.target_residual.cut(targets_before);
    return rejection;
  }
  row_->finish(into);  // cannot fail: every column was set
  ++into.count;
  return std::nullopt;
}

std::optional<ingest::Rejection> CsvParser::parse(std::string_view record, Samples& into) {
  if (!ready_) return ingest::Rejection{ingest::Reason::features_missing, "header: the columns are not known"};
  if (!simdjson::validate_utf8(record.data(), record.size()))
    return ingest::Rejection{ingest::Reason::not_utf8, "not UTF-8"};
  if (!split_csv(record, fields_, options_.dialect)) {
    return ingest::Rejection{ingest::Reason::wrong_dimension, "a quoted field does not end where it should"};
  }
  const std::size_t wanted = width_ != 0 ? width_ : least_width_;
  if (width_ != 0 && fields_.size() == width_ + 1 && fields_.back().text.empty())
    fields_.pop_back();  // a separator at the end
  if (fields_.size() < wanted || (width_ != 0 && fields_.size() > wanted)) {
    const bool blank = fields_.size() == 1 && fields_[0].text.empty();
    return ingest::Rejection{ingest::Reason::wrong_dimension,
                             "expected " + std::string(width_ != 0 ? "" : "at least ") + counted(wanted, "field") +
                                 ", got " + (blank ? "an empty line" : std::to_string(fields_.size()))};
  }
  if (row_) return parse_row(into);
  const std::size_t before = into.x.size();
  into.x.resize(before + spec_.inputs);
  float* const x = into.x.data() + before;
  const std::size_t targets_before = into.target.size();
  std::optional<ingest::Rejection> rejection;
  for (std::size_t i = 0; i < features_.size() && !rejection; ++i) {
    float residual = 0.0F;
    rejection = read_feature(features_[i], x[i], residual);
    into.x_residual.add(before + i, residual);
  }
  if (!rejection) rejection = read_label(label_ ? *label_ : fields_.size() - targets_, into);
  if (rejection) {
    into.x.resize(before);
    into.x_residual.cut(before);
    into.target.resize(targets_before);
    into.target_residual.cut(targets_before);
    return rejection;
  }
  ++into.count;
  return std::nullopt;
}

}  // namespace altmind::formats
