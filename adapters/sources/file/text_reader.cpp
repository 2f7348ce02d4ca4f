#include "adapters/sources/file/text_reader.hpp"

#include "adapters/sources/file/paths_reader.hpp"
#include "adapters/sources/file/text_records.hpp"

namespace altmind::file {
namespace {

constexpr std::size_t text_chunk_bytes = 256 * 1024;

class TextReader final : public PathsReader {
 public:
  TextReader(const adapters::SourceOptions& options, const SampleSpec& spec)
      : PathsReader(options), records_(options, spec) {
    // Check at once what the files reveal by themselves: packing, and the columns of a header.
    for (std::size_t path = options.paths.size(); path-- > 0;) open_path(path);
    if (options.header) read_header();
    open_path(0);
  }

  ReaderPlace place() const override { return place_; }

  void approach(const ReaderPlace& place) override {
    if (!place.offset) return;
    open_path(place.path);
    read_header();
    bytes().seek(*place.offset);
    records_.begin(path_name(), TextRecords::FirstLine::record, *place.offset);
    ended_ = false;
    set_record(place.record);
    place_ = place;
  }

 private:
  void opened() override {
    records_.begin(path_name(), TextRecords::FirstLine::header);
    ended_ = false;
  }

  // Reads the first record only to get the header before it.
  void read_header() {
    while (!records_.next(0, nullptr, nullptr) && fill()) {
    }
  }

  bool fill() {
    const std::size_t got = bytes().read(chunk_);
    records_.push({chunk_.data(), got});
    return got > 0;
  }

  std::size_t consume(std::size_t max, Samples* into, const OnRejected* rejected) override {
    std::size_t count = 0;
    while (count < max && !ended_) {
      if (records_.next(record() + count, into, rejected)) {
        ++count;
      } else if (!fill()) {
        ended_ = true;
        if (records_.finish(record() + count, into, rejected)) ++count;
      }
    }
    if (count > 0) {
      place_ = {record() + count, path_index(), std::nullopt};
      if (bytes().packing() == Packing::none) place_.offset = records_.offset();
    }
    return count;
  }

  TextRecords records_;
  std::vector<char> chunk_ = std::vector<char>(text_chunk_bytes);
  bool ended_ = false;  // the open path has no more bytes
  ReaderPlace place_;
};

}  // namespace

std::unique_ptr<SampleReader> open_text(const adapters::SourceOptions& options, const SampleSpec& spec) {
  return std::make_unique<TextReader>(options, spec);
}

}  // namespace altmind::file
