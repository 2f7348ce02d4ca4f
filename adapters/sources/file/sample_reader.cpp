#include "adapters/sources/file/sample_reader.hpp"

#include "adapters/sources/file/pixel_reader.hpp"
#include "adapters/sources/file/text_reader.hpp"

namespace altmind::file {

std::unique_ptr<SampleReader> open_reader(const adapters::SourceOptions& options, const SampleSpec& spec) {
  switch (options.format) {
    case adapters::Format::idx:
      return open_idx(options, spec);
    case adapters::Format::cifar10:
      return open_cifar10(options, spec);
    case adapters::Format::ndjson:
    case adapters::Format::csv:
    case adapters::Format::libsvm:
    case adapters::Format::vw:
      break;
  }
  return open_text(options, spec);
}

}  // namespace altmind::file
