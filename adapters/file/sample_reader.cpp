#include "adapters/file/sample_reader.hpp"

#include "adapters/file/pixel_reader.hpp"
#include "adapters/file/text_reader.hpp"

namespace altmind {

std::unique_ptr<SampleReader> open_reader(const SourceOptions& options, const SampleSpec& spec) {
  switch (options.format) {
    case Format::idx:
      return open_idx(options, spec);
    case Format::cifar10:
      return open_cifar10(options, spec);
    case Format::ndjson:
    case Format::csv:
    case Format::libsvm:
    case Format::vw:
      break;
  }
  return open_text(options, spec);
}

}  // namespace altmind
