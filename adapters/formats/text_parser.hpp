#pragma once
// Creates the parser of a source's text format.

#include <memory>

#include "adapters/formats/csv/csv_parser.hpp"
#include "adapters/ingest/record_parser.hpp"
#include "adapters/source.hpp"
#include "core/samples/sample.hpp"

namespace altmind::formats {

struct TextParser {
  std::unique_ptr<ingest::RecordParser> parser;
  CsvParser* header = nullptr;  ///< the same parser, if it must be given a header before records
};

/// Throws std::invalid_argument if the format is not a text format, or the columns cannot match the options.
TextParser make_text_parser(const adapters::SourceOptions& options, const SampleSpec& spec);

}  // namespace altmind::formats
