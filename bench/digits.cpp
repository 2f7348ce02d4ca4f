#include "bench/digits.hpp"

#include <zlib.h>

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "core/linalg/random.hpp"

namespace altmind::bench {

namespace {

/// Returns the data of an idx.gz file of bytes, without its header, cut to `most` bytes.
std::vector<unsigned char> idx_bytes(const std::string& file, std::size_t header, std::size_t most) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
  if (!in) throw std::runtime_error(file + ": cannot be opened");
  std::vector<unsigned char> bytes(header + most);
  const int read = gzread(in.get(), bytes.data(), static_cast<unsigned>(bytes.size()));
  if (read != static_cast<int>(bytes.size())) throw std::runtime_error(file + ": shorter than expected");
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  return bytes;
}

/// Draws one shape per class: ink on a random walk through the middle of the image.
std::vector<std::vector<float>> shapes(std::size_t inputs, std::size_t width, Random& random) {
  std::vector<std::vector<float>> drawn(10, std::vector<float>(inputs, 0.0F));
  const std::size_t height = inputs / width;
  for (auto& shape : drawn) {
    std::size_t inked = 0;
    std::size_t row = height / 2;
    std::size_t column = width / 2;
    while (inked < inputs / 4) {
      float& pixel = shape[row * width + column];
      if (pixel == 0.0F) ++inked;
      pixel = 255.0F;
      const auto turn = random.below(4);
      if (turn == 0 && row + 4 < height) ++row;
      if (turn == 1 && row > 3) --row;
      if (turn == 2 && column + 4 < width) ++column;
      if (turn == 3 && column > 3) --column;
    }
  }
  return drawn;
}

Digits drawn_digits(std::size_t inputs, std::size_t count, std::size_t size) {
  Random random(7);
  const std::size_t width = inputs % 28 == 0 ? 28 : 32;
  const auto shape = shapes(inputs, width, random);
  Digits result{"drawn", std::vector<Batch>(count)};
  for (Batch& batch : result.batches) {
    batch.samples.count = size;
    for (std::size_t i = 0; i < size; ++i) {
      const auto label = static_cast<std::uint32_t>(random.below(10));
      const std::size_t moved = random.below(3) + width * random.below(3);
      batch.samples.label.push_back(label);
      for (std::size_t j = 0; j < inputs; ++j) {
        const bool ink = j >= moved && shape[label][j - moved] > 0 && random.uniform() < 0.76;
        batch.samples.x.push_back(ink ? static_cast<float>(64 + random.below(192)) : 0.0F);
      }
    }
  }
  return result;
}

}  // namespace

Digits digits(const std::string& folder, std::size_t inputs, std::size_t count, std::size_t size) {
  const std::string images = folder + "/mnist/train-images-idx3-ubyte.gz";
  if (inputs != 784 || !std::filesystem::exists(images)) return drawn_digits(inputs, count, size);
  const auto pixels = idx_bytes(images, 16, count * size * inputs);
  const auto labels = idx_bytes(folder + "/mnist/train-labels-idx1-ubyte.gz", 8, count * size);
  Digits result{"MNIST", std::vector<Batch>(count)};
  for (std::size_t k = 0; k < count; ++k) {
    const auto from = static_cast<std::ptrdiff_t>(k * size);
    const auto to = static_cast<std::ptrdiff_t>((k + 1) * size);
    const auto d = static_cast<std::ptrdiff_t>(inputs);
    Samples& samples = result.batches[k].samples;
    samples.count = size;
    samples.x.assign(pixels.begin() + from * d, pixels.begin() + to * d);
    samples.label.assign(labels.begin() + from, labels.begin() + to);
  }
  return result;
}

}  // namespace altmind::bench
