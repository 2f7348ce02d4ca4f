#include "adapters/sources/file/pixel_reader.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "adapters/sources/file/paths_reader.hpp"

namespace altmind::file {
namespace {

constexpr std::size_t block_bytes = 1 << 20;

std::uint8_t byte_at(const std::vector<char>& bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

/// Appends records of `spec.inputs` bytes whose labels the model can have; rejects the others.
void append(const SampleSpec& spec, const char* pixels, std::size_t stride, const std::uint8_t* labels,
            std::size_t count, std::uint64_t first_record, Samples& into, const OnRejected& rejected) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(pixels);
  const bool named = spec.labels == LabelKind::named;
  // Copies whole runs, so that the usual block without a rejected label is one conversion.
  const auto copy = [&](std::size_t from, std::size_t to) {
    if (stride == spec.inputs) {
      into.x.insert(into.x.end(), bytes + from * stride, bytes + to * stride);
    } else {
      for (std::size_t i = from; i < to; ++i) {
        into.x.insert(into.x.end(), bytes + i * stride, bytes + i * stride + spec.inputs);
      }
    }
    for (std::size_t i = from; i < to; ++i) {
      if (named) {
        into.name.push_back(std::to_string(labels[i]));
      } else {
        into.label.push_back(labels[i]);
      }
    }
    into.count += to - from;
  };
  std::size_t run = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (named || labels[i] < spec.outputs) continue;
    copy(run, i);
    run = i + 1;
    rejected(first_record + i,
             {ingest::Reason::label_out_of_range, "label: " + std::to_string(labels[i]) + " is not in 0 .. " +
                                                      std::to_string(spec.outputs - 1) + " (model.max_classes)"},
             {});
  }
  copy(run, count);
}

struct IdxHeader {
  std::uint32_t count = 0;
  std::uint64_t record_bytes = 1;
  std::string shape;  ///< "60000 x 28 x 28"
};

std::uint32_t big_endian(const std::array<char, 4>& bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

IdxHeader read_header(ByteStream& bytes, const char* what) {
  const auto number = [&] {
    std::array<char, 4> raw{};
    if (bytes.read(raw) != raw.size()) {
      throw std::runtime_error(bytes.path() + ": too short for an idx header of " + what);
    }
    return big_endian(raw);
  };
  const std::uint32_t magic = number();
  const std::uint32_t dimensions = magic & 0xff;
  if (magic >> 8 != 0x08 || dimensions == 0) {
    throw std::runtime_error(bytes.path() + ": not an idx file of unsigned bytes: magic number " +
                             std::to_string(magic) +
                             ", expected 2049 (labels), 2051 (images) or another of 2049 .. 2303");
  }
  IdxHeader header;
  header.count = number();
  header.shape = std::to_string(header.count);
  for (std::uint32_t i = 1; i < dimensions; ++i) {
    const std::uint32_t size = number();
    header.shape += " x " + std::to_string(size);
    // Beyond any sensible size the product need not be exact, only recognisably wrong.
    if (header.record_bytes < 1ull << 31) header.record_bytes *= size;
  }
  return header;
}

void refuse_regression(const char* format, const SampleSpec& spec) {
  if (spec.task == Task::regression) {
    throw std::runtime_error(std::string("format \"") + format +
                             "\" holds class labels: it cannot feed model.task = \"regression\"");
  }
}

class IdxReader final : public PathsReader {
 public:
  IdxReader(const adapters::SourceOptions& options, const SampleSpec& spec)
      : PathsReader(options), spec_(spec), labels_paths_(options.labels_paths) {
    for (std::size_t i = 0; i < options.paths.size(); ++i) {
      check(*open_bytes(options.paths[i]), *open_bytes(labels_paths_[i]));
    }
  }

 private:
  // Reads both headers; returns the number of records.
  std::uint32_t check(ByteStream& images, ByteStream& labels) const {
    const IdxHeader image_header = read_header(images, "images");
    if (image_header.record_bytes != spec_.inputs) {
      throw std::runtime_error(images.path() + ": records of " + std::to_string(image_header.record_bytes) +
                               " values (" + image_header.shape + "), but model.inputs is " +
                               std::to_string(spec_.inputs));
    }
    const IdxHeader label_header = read_header(labels, "labels");
    if (label_header.record_bytes != 1) {
      throw std::runtime_error(labels.path() + ": not a file of labels: its shape is " + label_header.shape +
                               ", expected one number (magic 2049)");
    }
    if (image_header.count != label_header.count) {
      throw std::runtime_error(images.path() + " has " + std::to_string(image_header.count) + " records, " +
                               labels.path() + " has " + std::to_string(label_header.count) + " labels");
    }
    return image_header.count;
  }

  void opened() override {
    label_bytes_ = open_bytes(labels_paths_[path_index()]);
    count_ = check(bytes(), *label_bytes_);
    done_ = 0;
  }

  std::size_t consume(std::size_t max, Samples* into, const OnRejected* rejected) override {
    const std::size_t fit = std::max<std::size_t>(1, block_bytes / spec_.inputs);
    const std::size_t count = std::min({max, fit, static_cast<std::size_t>(count_ - done_)});
    if (count == 0) {
      expect_end(bytes());
      expect_end(*label_bytes_);
      return 0;
    }
    pixels_.resize(count * spec_.inputs);
    labels_.resize(count);
    if (bytes().read(pixels_) != pixels_.size()) ends_early(bytes());
    if (label_bytes_->read(std::span(reinterpret_cast<char*>(labels_.data()), count)) != count) {
      ends_early(*label_bytes_);
    }
    if (into) append(spec_, pixels_.data(), spec_.inputs, labels_.data(), count, record(), *into, *rejected);
    done_ += static_cast<std::uint32_t>(count);
    return count;
  }

  // Also makes the decompressor reach and check the end of a packed file.
  static void expect_end(ByteStream& bytes) {
    std::array<char, 1> more{};
    if (bytes.read(more) != 0) throw std::runtime_error(bytes.path() + ": holds more than its header announces");
  }
  [[noreturn]] void ends_early(const ByteStream& bytes) const {
    throw std::runtime_error(bytes.path() + ": ends before record " + std::to_string(count_) +
                             " that its header announces");
  }

  const SampleSpec spec_;
  const std::vector<std::string> labels_paths_;
  std::unique_ptr<ByteStream> label_bytes_;
  std::uint32_t count_ = 0;  // of the open path
  std::uint32_t done_ = 0;
  std::vector<char> pixels_;
  std::vector<std::uint8_t> labels_;
};

class CifarReader final : public PathsReader {
 public:
  static constexpr std::size_t pixels = 3072;
  static constexpr std::size_t record_bytes = 1 + pixels;

  CifarReader(const adapters::SourceOptions& options, const SampleSpec& spec) : PathsReader(options), spec_(spec) {
    if (spec.inputs != pixels) {
      throw std::runtime_error(options.paths.front() + ": cifar10 records have 3072 values, but model.inputs is " +
                               std::to_string(spec.inputs));
    }
  }

 private:
  void opened() override { done_ = 0; }

  std::size_t consume(std::size_t max, Samples* into, const OnRejected* rejected) override {
    block_.resize(std::min(max, block_bytes / record_bytes) * record_bytes);
    const std::size_t got = bytes().read(block_);
    const std::size_t count = got / record_bytes;
    if (got % record_bytes != 0) {
      throw std::runtime_error(path_name() + ": ends in the middle of record " + std::to_string(done_ + count) +
                               " (cifar10 records have 3073 bytes)");
    }
    done_ += count;
    if (into == nullptr) return count;
    labels_.resize(count);
    for (std::size_t i = 0; i < count; ++i) labels_[i] = byte_at(block_, i * record_bytes);
    append(spec_, block_.data() + 1, record_bytes, labels_.data(), count, record(), *into, *rejected);
    return count;
  }

  const SampleSpec spec_;
  std::uint64_t done_ = 0;  // records of the open path
  std::vector<char> block_;
  std::vector<std::uint8_t> labels_;
};

}  // namespace

std::unique_ptr<SampleReader> open_idx(const adapters::SourceOptions& options, const SampleSpec& spec) {
  refuse_regression("idx", spec);
  if (options.labels_paths.size() != options.paths.size()) {
    throw std::runtime_error("source \"" + options.name + "\": format \"idx\" needs one label file per path: " +
                             std::to_string(options.paths.size()) + " paths, " +
                             std::to_string(options.labels_paths.size()) + " label files");
  }
  return std::make_unique<IdxReader>(options, spec);
}

std::unique_ptr<SampleReader> open_cifar10(const adapters::SourceOptions& options, const SampleSpec& spec) {
  refuse_regression("cifar10", spec);
  return std::make_unique<CifarReader>(options, spec);
}

}  // namespace altmind::file
