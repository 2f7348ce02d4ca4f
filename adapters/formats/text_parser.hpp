#pragma once
// The parser of a source's text format.

#include <memory>

#include "adapters/formats/csv/csv_parser.hpp"
#include "adapters/ingest/record_parser.hpp"
#include "adapters/source.hpp"
#include "core/samples/sample.hpp"

namespace altmind::formats {

struct TextParser {
  std::unique_ptr<ingest::RecordParser> parser;
  CsvParser* header = nullptr;  ///< the same, where it must be given a header before records
};

/// Throws std::invalid_argument when the format is none of text, or the columns cannot be what the options say.
TextParser make_text_parser(const adapters::SourceOptions& options, const SampleSpec& spec);

}  // namespace altmind::formats
