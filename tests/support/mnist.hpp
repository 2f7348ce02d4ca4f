#pragma once
// MNIST digits, and a shuffled order that is the same in every build.

#include <zlib.h>

#include <array>
#include <cstddef>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/linalg/random.hpp"
#include "tests/support/data_path.hpp"

namespace altmind::test {

/// Returns 0 to n - 1, shuffled (Fisher and Yates).
inline std::vector<std::size_t> shuffled(std::size_t n, Random& random) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

/// Returns the first `count` records of `record` bytes after the header of an idx.gz file.
inline std::vector<unsigned char> idx(const std::filesystem::path& path, unsigned header, std::size_t record,
                                      std::size_t count) {
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("cannot open " + path.string());
  std::vector<unsigned char> bytes(record * count);
  std::array<unsigned char, 16> skipped{};
  const bool whole = gzread(file, skipped.data(), header) == static_cast<int>(header) &&
                     gzread(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size());
  gzclose(file);
  if (!whole) throw std::runtime_error("short file " + path.string());
  return bytes;
}

struct Mnist {
  static constexpr std::size_t side = 28, pixels = side * side;
  std::vector<unsigned char> x;  ///< row by row, one picture after the other
  std::vector<unsigned char> y;
};

/// Returns the first `count` digits of `part`, "train" or "t10k"; nothing if the file is missing, see `shared_file`.
inline std::optional<Mnist> mnist(const std::string& part, std::size_t count) {
  const auto images = data_file("mnist/" + part + "-images-idx3-ubyte.gz");
  const auto labels = data_file("mnist/" + part + "-labels-idx1-ubyte.gz");
  if (!images || !labels) return std::nullopt;
  return Mnist{idx(*images, 16, Mnist::pixels, count), idx(*labels, 8, 1, count)};
}

}  // namespace altmind::test
