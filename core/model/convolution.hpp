#pragma once
// Convolution by unfolding (im2col): images to patches and back, and max-pooling.

#include "core/linalg/types.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// For each pooled value the index, within its sample, of the largest code in its window.
using Winners = Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic>;

/// patches (k k C + 1, places m) <- the receptive field of every output position in the images `below` (C H W + 1, m),
/// followed by a row of ones; zero-padded. Rows are ordered by kernel row, then kernel column, then channel.
void unfold(const Layer& layer, const ConstView& below, Matrix& patches);

/// The transpose of `unfold`: images (C H W, m) <- for each pixel, the sum over all patches (k k C, places m) that
/// contain it.
void fold(const Layer& layer, const Matrix& patches, Matrix& images);

/// out (outputs, m) <- the largest code of each window of pool x pool positions, per channel; the first on a tie.
/// Positions left over at the right and lower edge belong to no window.
void max_pool(const Layer& layer, const ConstView& codes, View out, Winners& winners);

/// request (codes, m) <- the request `pooled` on the pooled values (outputs, m), at the winners; 0 elsewhere.
void unpool(const Layer& layer, const Winners& winners, const ConstView& pooled, Matrix& request);

}  // namespace altmind
