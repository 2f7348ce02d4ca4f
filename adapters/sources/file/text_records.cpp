#include "adapters/sources/file/text_records.hpp"

#include <stdexcept>
#include <utility>

#include "adapters/formats/framing/encoding.hpp"
#include "adapters/formats/text_parser.hpp"

namespace altmind::file {

TextRecords::TextRecords(const adapters::SourceOptions& options, const SampleSpec& spec)
    : max_line_(options.max_line),
      line_end_(options.line_end == adapters::LineEnd::cr ? '\r' : '\n'),
      preamble_(options.preamble),
      joins_(options.line_breaks),
      framer_(options.max_line, line_end_),
      joiner_(options.max_line, formats::csv_options(options).dialect) {
  try {
    formats::TextParser made = formats::make_text_parser(options, spec);
    parser_ = std::move(made.parser);
    csv_ = made.header;
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error("source \"" + options.name + "\": " + error.what());
  }
}

void TextRecords::begin(std::string name, FirstLine first, std::uint64_t offset) {
  name_ = std::move(name);
  first_ = first;
  framer_ = formats::LineFramer(max_line_, line_end_);
  at_beginning_ = offset == 0;
  preamble_left_ = first == FirstLine::record ? 0 : preamble_;
  joiner_.finish();
  pushed_ = done_ = offset;
}

void TextRecords::push(std::string_view bytes) {
  framer_.push(bytes);
  pushed_ += bytes.size();
}

bool TextRecords::next(std::uint64_t number, Samples* into, const OnRejected* rejected) {
  while (const std::optional<formats::Line> line = framer_.next()) {
    const std::optional<formats::Line> record = record_of(*line);
    if (!record) continue;
    done_ = pushed_ - framer_.unread();
    if (take(*record, number, into, rejected)) return true;
  }
  return false;
}

bool TextRecords::finish(std::uint64_t number, Samples* into, const OnRejected* rejected) {
  std::optional<formats::Line> line = framer_.finish();
  if (line) line = record_of(*line);
  if (!line) line = joiner_.finish();
  done_ = pushed_;
  return line && take(*line, number, into, rejected);
}

// Returns the record that ends with `line`; nullopt if there is none.
std::optional<formats::Line> TextRecords::record_of(formats::Line line) {
  if (std::exchange(at_beginning_, false)) {
    if (formats::is_utf16(line.text)) throw std::runtime_error(name_ + ": " + std::string(formats::utf16_sentence));
    line.text = formats::without_byte_order_mark(line.text);
  }
  if (preamble_left_ > 0) {
    if (!line.text.empty()) --preamble_left_;
    return std::nullopt;
  }
  return joins_ ? joiner_.join(line) : line;
}

void TextRecords::set_header(std::string_view line) {
  if (csv_ == nullptr) return;
  if (const auto rejection = csv_->set_header(line))
    throw std::runtime_error(name_ + ": header: " + rejection->message);
  header_ = line;
}

bool TextRecords::is_header(const formats::Line& line) {
  const FirstLine first = std::exchange(first_, FirstLine::record);
  if (csv_ == nullptr || first == FirstLine::record) return false;
  if (line.too_long) {
    throw std::runtime_error(name_ + ": header: longer than " + std::to_string(max_line_) + " bytes (max_line)");
  }
  if (first == FirstLine::sample_or_header && !header_.empty() && line.text != header_) {
    scratch_ = {};
    if (!csv_->parse(line.text, scratch_)) return false;
  }
  set_header(line.text);
  return true;
}

bool TextRecords::take(const formats::Line& line, std::uint64_t number, Samples* into, const OnRejected* rejected) {
  if (line.text.empty() && !line.too_long) return false;
  if (is_header(line)) return false;
  if (csv_ != nullptr && line.text == header_) return false;  // concatenated files repeat their header
  if (into == nullptr) return true;
  if (line.too_long) {
    (*rejected)(number, {ingest::Reason::line_too_long, "line: longer than " + std::to_string(max_line_) + " bytes"},
                line.text);
  } else if (const auto rejection = parser_->parse(line.text, *into)) {
    (*rejected)(number, *rejection, line.text);
  }
  return true;
}

}  // namespace altmind::file
