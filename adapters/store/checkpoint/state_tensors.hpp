#pragma once
// Conversions between parts of a state and the tensors of a checkpoint image.

#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapters/store/checkpoint/checkpoints.hpp"

namespace altmind::store {

using Tensors = std::map<std::string, Tensor>;
/// Scalars of a state by name, as 64-bit integers, in the order in which they are hashed.
using Scalars = std::vector<std::pair<std::string, std::uint64_t>>;

template <typename T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return DType::u64;
  if constexpr (std::is_same_v<T, std::uint32_t>) return DType::u32;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
}

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

template <typename T>
Tensor tensor(const T* data, std::vector<std::uint64_t> shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t n : shape) count *= n;
  Tensor result{dtype_of<T>(), std::move(shape), std::vector<std::byte>(count * sizeof(T))};
  if (count > 0) std::memcpy(result.bytes.data(), data, result.bytes.size());
  return result;
}

/// Returns a column-major (r, c) matrix as a row-major (c, r) tensor.
template <typename Dense>
Tensor dense(const Dense& m) {
  if (m.cols() == 1 && Dense::ColsAtCompileTime == 1) return tensor(m.data(), {static_cast<std::uint64_t>(m.rows())});
  return tensor(m.data(), {static_cast<std::uint64_t>(m.cols()), static_cast<std::uint64_t>(m.rows())});
}

template <typename T>
Tensor list(const std::vector<T>& values) {
  return tensor(values.data(), {values.size()});
}

/// Reads the parts of an image. Throws CheckpointError if a part is missing or has another type or shape.
class ImageReader {
 public:
  explicit ImageReader(const CheckpointImage& image) : image_(image) {}

  bool has(const std::string& name) const { return image_.tensors.count(name) > 0; }

  template <typename Dense>
  void into(const std::string& name, Dense& m) const {
    const Tensor expected = dense(m);
    const Tensor& found = get(name);
    if (found.dtype != expected.dtype || found.shape != expected.shape) {
      throw CheckpointError("tensor " + name + " has shape " + text(found.shape) + ", expected " +
                            text(expected.shape));
    }
    if (!found.bytes.empty()) std::memcpy(m.data(), found.bytes.data(), found.bytes.size());
  }
  template <typename T>
  void into(const std::string& name, std::vector<T>& values, std::size_t most) const {
    const Tensor& found = get(name);
    if (found.dtype != dtype_of<T>() || found.shape.size() != 1 || found.shape[0] > most) {
      throw CheckpointError("tensor " + name + " has shape " + text(found.shape) + ", expected a list of at most " +
                            std::to_string(most));
    }
    values.resize(found.shape[0]);
    if (!values.empty()) std::memcpy(values.data(), found.bytes.data(), found.bytes.size());
  }
  const std::string& metadata(const std::string& name) const {
    const auto at = image_.metadata.find(name);
    if (at == image_.metadata.end()) throw CheckpointError("metadata has no " + name);
    return at->second;
  }

 private:
  const Tensor& get(const std::string& name) const {
    const auto at = image_.tensors.find(name);
    if (at == image_.tensors.end()) throw CheckpointError("there is no tensor " + name);
    return at->second;
  }
  static std::string text(const std::vector<std::uint64_t>& shape) {
    std::string result = "[";
    for (const std::uint64_t n : shape) result += (result.size() > 1 ? ", " : "") + std::to_string(n);
    return result + "]";
  }
  const CheckpointImage& image_;
};

}  // namespace altmind::store
