#pragma once
// Batches for timing a step: real digits if available, otherwise drawn images that are as sparse.

#include <cstddef>
#include <string>
#include <vector>

#include "core/samples/sample.hpp"

namespace altmind::bench {

struct Digits {
  std::string origin;  ///< where they come from, for the report
  std::vector<Batch> batches;
};

/// Returns `count` batches of `size` samples with `inputs` features 0..255. 784 inputs: the first images of MNIST
/// under `folder` (idx.gz) if it exists. Otherwise ten random shapes, moved about and thinned, with ink on
/// about 19 % of the pixels as in MNIST; the same in every call. `inputs` must be a whole number of rows of 28
/// or of 3 x 32 x 32.
Digits digits(const std::string& folder, std::size_t inputs, std::size_t count, std::size_t size);

}  // namespace altmind::bench
