#pragma once
// Small synthetic streams for the learner.

#include <utility>

#include "core/linalg/random.hpp"
#include "core/samples/sample.hpp"

namespace altmind::test {

/// Returns m samples of `classes` Gaussian blobs in `inputs` dimensions; the centres depend only on the shape.
inline Batch blobs(std::size_t m, std::size_t inputs, std::uint32_t classes, Random& random, double spread = 0.5) {
  Batch batch;
  batch.samples.count = m;
  for (std::size_t i = 0; i < m; ++i) {
    const auto label = static_cast<std::uint32_t>(random.below(classes));
    Random centre(1000 + label);
    for (std::size_t j = 0; j < inputs; ++j) {
      const double at = centre.normal();  // named: one draw from each, in this order
      batch.samples.x.push_back(static_cast<float>(at + spread * random.normal()));
    }
    batch.samples.label.push_back(label);
  }
  return batch;
}

/// Returns m samples of y = M x + b with x normal; M and b depend only on the shape.
inline Batch linear_map(std::size_t m, std::size_t inputs, std::size_t outputs, Random& random) {
  Batch batch;
  batch.samples.count = m;
  for (std::size_t i = 0; i < m; ++i) {
    Random map(77);
    std::vector<double> x;
    for (std::size_t j = 0; j < inputs; ++j) {
      x.push_back(random.normal());
      batch.samples.x.push_back(static_cast<float>(x.back()));
    }
    for (std::size_t k = 0; k < outputs; ++k) {
      double y = map.normal();
      for (const double value : x) y += map.normal() * value;
      batch.samples.target.push_back(static_cast<float>(y));
    }
  }
  return batch;
}

}  // namespace altmind::test
