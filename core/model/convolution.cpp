#include "core/model/convolution.hpp"

#include <algorithm>

namespace altmind {

namespace {

/// Offsets between neighbouring rows, columns and channels of an image.
struct Steps {
  Index row, column, channel;
};

Steps steps_of(const Layer& layer) {
  if (layer.planar) return {layer.width, 1, layer.height * layer.width};
  return {layer.width * layer.channels, layer.channels, 1};
}

/// Calls `use(row of the patch, first pixel, pixels)` for each row of the kernel at an output position, clipped to the
/// image.
template <typename Use>
void for_each_run(const Layer& layer, Index y, Index x, const Steps& steps, const Use& use) {
  const Index top = y * layer.stride - layer.padding;
  const Index left = x * layer.stride - layer.padding;
  const Index from = std::max<Index>(0, -left);
  const Index to = std::min(layer.kernel, layer.width - left);
  if (from >= to) return;
  for (Index ky = std::max<Index>(0, -top); ky < std::min(layer.kernel, layer.height - top); ++ky) {
    use((ky * layer.kernel + from) * layer.channels, (top + ky) * steps.row + (left + from) * steps.column, to - from);
  }
}

}  // namespace

void unfold(const Layer& layer, const ConstView& below, Matrix& patches) {
  const Steps steps = steps_of(layer);
  const Index m = below.cols();
  patches.resize(layer.columns + 1, layer.places * m);
  const bool side_by_side = steps.channel == 1 && steps.column == layer.channels;
  const bool clipped = layer.padding > 0;
  Index place = 0;
  for (Index i = 0; i < m; ++i) {
    const Scalar* const image = below.data() + i * below.outerStride();
    for (Index y = 0; y < layer.out_height; ++y) {
      for (Index x = 0; x < layer.out_width; ++x, ++place) {
        Scalar* const patch = patches.data() + place * patches.rows();
        if (clipped) std::fill_n(patch, layer.columns, 0.0F);
        patch[layer.columns] = 1.0F;
        for_each_run(layer, y, x, steps, [&](Index row, Index pixel, Index pixels) {
          if (side_by_side || layer.channels == 1) {
            std::copy_n(image + pixel, pixels * layer.channels, patch + row);
            return;
          }
          for (Index p = 0; p < pixels; ++p) {
            for (Index c = 0; c < layer.channels; ++c) {
              patch[row + p * layer.channels + c] = image[pixel + p * steps.column + c * steps.channel];
            }
          }
        });
      }
    }
  }
}

void fold(const Layer& layer, const Matrix& patches, Matrix& images) {
  const Steps steps = steps_of(layer);
  const Index m = patches.cols() / layer.places;
  images.setZero(layer.inputs, m);
  Index place = 0;
  for (Index i = 0; i < m; ++i) {
    Scalar* const image = images.data() + i * images.rows();
    for (Index y = 0; y < layer.out_height; ++y) {
      for (Index x = 0; x < layer.out_width; ++x, ++place) {
        const Scalar* const patch = patches.data() + place * patches.rows();
        for_each_run(layer, y, x, steps, [&](Index row, Index pixel, Index pixels) {
          for (Index p = 0; p < pixels; ++p) {
            for (Index c = 0; c < layer.channels; ++c) {
              image[pixel + p * steps.column + c * steps.channel] += patch[row + p * layer.channels + c];
            }
          }
        });
      }
    }
  }
}

void max_pool(const Layer& layer, const ConstView& codes, View out, Winners& winners) {
  const Index m = codes.cols();
  const Index channels = layer.rows;
  winners.resize(layer.outputs, m);
  for (Index i = 0; i < m; ++i) {
    const Scalar* const code = codes.data() + i * codes.outerStride();
    Scalar* greatest = out.data() + i * out.outerStride();
    std::int32_t* winner = winners.data() + i * winners.rows();
    for (Index y = 0; y + layer.pool <= layer.out_height; y += layer.pool) {
      for (Index x = 0; x + layer.pool <= layer.out_width; x += layer.pool) {
        const Index first = (y * layer.out_width + x) * channels;
        for (Index c = 0; c < channels; ++c) {
          greatest[c] = code[first + c];
          winner[c] = static_cast<std::int32_t>(first + c);
        }
        for (Index w = 1; w < layer.pool * layer.pool; ++w) {
          const Index at = first + ((w / layer.pool) * layer.out_width + w % layer.pool) * channels;
          for (Index c = 0; c < channels; ++c) {
            const bool more = code[at + c] > greatest[c];
            greatest[c] = more ? code[at + c] : greatest[c];
            winner[c] = more ? static_cast<std::int32_t>(at + c) : winner[c];
          }
        }
        greatest += channels;
        winner += channels;
      }
    }
  }
}

void unpool(const Layer& layer, const Winners& winners, const ConstView& pooled, Matrix& request) {
  request.setZero(layer.codes(), pooled.cols());
  for (Index i = 0; i < pooled.cols(); ++i) {
    for (Index j = 0; j < pooled.rows(); ++j) request(winners(j, i), i) = pooled(j, i);
  }
}

}  // namespace altmind
