// Two idx files, images and labels: the first two bytes give the offset of the second.

#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include "adapters/sources/file/sample_reader.hpp"
#include "tests/fuzz/memory_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace altmind;
  if (size < 2) return 0;
  const std::span<const std::uint8_t> bytes(data + 2, size - 2);
  const std::size_t cut = (data[0] | std::size_t{data[1]} << 8) % (bytes.size() + 1);
  const fuzz::MemoryFile images(bytes.first(cut)), labels(bytes.subspan(cut));
  adapters::SourceOptions options;
  options.name = "fuzzed";
  options.format = adapters::Format::idx;
  options.paths = {images.path()};
  options.labels_paths = {labels.path()};
  const SampleSpec spec{Task::classification, LabelKind::index, 4, 3};
  Samples samples;
  try {
    const auto reader = file::open_reader(options, spec);
    const file::OnRejected ignore = [](std::uint64_t, const ingest::Rejection&, std::string_view) {};
    while (reader->read(100, samples, ignore) > 0) {
    }
  } catch (const std::runtime_error& refusal) {
    if (*refusal.what() == '\0') std::abort();
  }
  if (samples.x.size() != samples.count * spec.inputs || samples.label.size() != samples.count) std::abort();
  return 0;
}
