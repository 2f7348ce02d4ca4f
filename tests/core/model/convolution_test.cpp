#include "core/model/convolution.hpp"

#include <doctest/doctest.h>

#include "core/model/layer_activation.hpp"
#include "core/model/linear_map.hpp"
#include "tests/support/layered.hpp"
#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

/// Returns the index of a pixel within an image below `layer`.
Index pixel(const Layer& layer, Index channel, Index y, Index x) {
  return layer.planar ? (channel * layer.height + y) * layer.width + x
                      : (y * layer.width + x) * layer.channels + channel;
}

/// Returns the code of one output as the textbook sum over its window.
double naive_code(const Layer& layer, const Matrix& w, const Matrix& images, Index sample, Index out, Index y,
                  Index x) {
  double sum = w(out, layer.columns);
  for (Index ky = 0; ky < layer.kernel; ++ky) {
    for (Index kx = 0; kx < layer.kernel; ++kx) {
      const Index py = y * layer.stride + ky - layer.padding;
      const Index px = x * layer.stride + kx - layer.padding;
      if (py < 0 || px < 0 || py >= layer.height || px >= layer.width) continue;
      for (Index c = 0; c < layer.channels; ++c) {
        const double weight = w(out, (ky * layer.kernel + kx) * layer.channels + c);
        sum += weight * images(pixel(layer, c, py, px), sample);
      }
    }
  }
  return sum;
}

/// Returns a convolution as the first layer (channel by channel) or between layers (pixel by pixel).
Layer conv(std::size_t kernel, std::size_t stride, std::size_t padding, std::size_t pool, bool planar) {
  LayerOptions options = test::convolution(4, kernel, pool);
  options.stride = stride;
  options.padding = padding;
  Layer layer = layers_of(test::layered({3, 7, 9}, {options}, 2))[0];
  layer.planar = planar;
  return layer;
}

std::vector<Layer> kinds() {
  std::vector<Layer> all;
  for (const bool planar : {true, false}) {
    all.push_back(conv(3, 1, 0, 1, planar));
    all.push_back(conv(3, 2, 1, 2, planar));
    all.push_back(conv(5, 1, 4, 3, planar));
    all.push_back(conv(1, 3, 0, 1, planar));
    all.push_back(conv(7, 1, 0, 1, planar));
  }
  return all;
}

}  // namespace

TEST_CASE("codes of a convolution are sums over windows, whatever stride, padding and layout") {
  Random random(1);
  for (const Layer& layer : kinds()) {
    CAPTURE(layer.kernel);
    CAPTURE(layer.planar);
    const Matrix w = test::random_matrix(layer.rows, layer.columns + 1, random);
    Matrix below = test::random_matrix(layer.inputs + 1, 3, random);
    below.row(layer.inputs).setOnes();
    Matrix table, codes;
    apply(layer, w, below, table, codes);
    REQUIRE(codes.rows() == layer.codes());
    for (Index i = 0; i < 3; ++i) {
      for (Index y = 0; y < layer.out_height; ++y) {
        for (Index x = 0; x < layer.out_width; ++x) {
          for (Index out = 0; out < layer.rows; ++out) {
            const double expected = naive_code(layer, w, below, i, out, y, x);
            CHECK(codes((y * layer.out_width + x) * layer.rows + out, i) == doctest::Approx(expected).epsilon(1e-4));
          }
        }
      }
    }
  }
}

TEST_CASE("fold is the transpose of unfold") {
  Random random(2);
  for (const Layer& layer : kinds()) {
    CAPTURE(layer.kernel);
    const Matrix images = test::random_matrix(layer.inputs, 2, random);
    const Matrix patches = test::random_matrix(layer.columns, layer.places * 2, random);
    Matrix unfolded, folded;
    unfold(layer, images, unfolded);
    CHECK(unfolded.row(layer.columns).isOnes(0.0F));
    fold(layer, patches, folded);
    const double there = unfolded.topRows(layer.columns).cast<double>().cwiseProduct(patches.cast<double>()).sum();
    const double back = images.cast<double>().cwiseProduct(folded.cast<double>()).sum();
    CHECK(there == doctest::Approx(back).epsilon(1e-4));
  }
}

TEST_CASE("a pool keeps the greatest code of its window, and requests go back to that one alone") {
  Random random(3);
  const Layer layer = conv(3, 1, 1, 2, true);  // 7 x 9: the last row and column are in no window
  const Matrix codes = test::random_matrix(layer.codes(), 2, random);
  Matrix a(layer.outputs, 2);
  Winners winners;
  activate(layer, codes, Matrix(), a, winners);
  REQUIRE(layer.outputs == 4 * 3 * 4);
  Matrix request = test::random_matrix(layer.outputs, 2, random);
  const Matrix asked = request;
  Matrix buffer;
  pull_back(layer, codes, Matrix(), a, winners, request, buffer);
  REQUIRE(request.rows() == layer.codes());
  Matrix expected = Matrix::Zero(layer.codes(), 2);
  for (Index i = 0; i < 2; ++i) {
    for (Index y = 0; y < 3; ++y) {
      for (Index x = 0; x < 4; ++x) {
        for (Index c = 0; c < 4; ++c) {
          Index best = -1;
          for (const auto& [dy, dx] : {std::pair(0, 0), std::pair(0, 1), std::pair(1, 0), std::pair(1, 1)}) {
            const Index at = ((2 * y + dy) * 9 + 2 * x + dx) * 4 + c;
            if (best < 0 || codes(at, i) > codes(best, i)) best = at;
          }
          const Index pooled = (y * 4 + x) * 4 + c;
          CHECK(a(pooled, i) == std::max(0.0F, codes(best, i)));
          if (codes(best, i) > 0) expected(best, i) = asked(pooled, i);
        }
      }
    }
  }
  CHECK(request == expected);
}
