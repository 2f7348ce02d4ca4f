#include "adapters/formats/text_parser.hpp"

#include <stdexcept>

#include "adapters/formats/json/sample_parser.hpp"
#include "adapters/formats/sparse/libsvm_parser.hpp"
#include "adapters/formats/sparse/vw_parser.hpp"

namespace altmind::formats {

TextParser make_text_parser(const adapters::SourceOptions& options, const SampleSpec& spec) {
  switch (options.format) {
    case adapters::Format::ndjson:
      return {std::make_unique<SampleParser>(spec)};
    case adapters::Format::csv: {
      auto csv = std::make_unique<CsvParser>(csv_options(options), spec);
      CsvParser* const header = options.header ? csv.get() : nullptr;
      return {std::move(csv), header};
    }
    case adapters::Format::libsvm:
      return {std::make_unique<LibsvmParser>(spec)};
    case adapters::Format::vw:
      return {std::make_unique<VwParser>(spec)};
    case adapters::Format::idx:
    case adapters::Format::cifar10:
      break;
  }
  throw std::invalid_argument("format: here \"ndjson\", \"csv\", \"libsvm\" or \"vw\" is needed");
}

}  // namespace altmind::formats
