#pragma once
// Convolution by unfolding: images to patches and back, and max-pooling.

#include "core/linalg/types.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// For each pooled value the number of the code that was the greatest of its window, within its sample.
using Winners = Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic>;

/// patches (k k C + 1, places m) <- what every output position sees of the images in `below` (C H W + 1, m), a row of
/// ones last; zeros outside. Rows run over the kernel's rows, in them over its columns, in them over channels.
void unfold(const Layer& layer, const ConstView& below, Matrix& patches);

/// The transpose of `unfold`: images (C H W, m) <- sums over all patches (k k C, places m) that see a pixel.
void fold(const Layer& layer, const Matrix& patches, Matrix& images);

/// out (outputs, m) <- the greatest code of each window of pool x pool positions, by channel; the first of equals.
/// What is left at the right and lower edge is in no window.
void max_pool(const Layer& layer, const ConstView& codes, View out, Winners& winners);

/// request (codes, m) <- that on pooled values (outputs, m), at the winners; 0 elsewhere.
void unpool(const Layer& layer, const Winners& winners, const ConstView& pooled, Matrix& request);

}  // namespace altmind
