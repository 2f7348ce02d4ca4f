// Dropout: its masks, its effect on requests for codes, and that predictions do not use it.

#include "core/model/dropout.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/linalg/random.hpp"
#include "core/model/layer_activation.hpp"
#include "core/model/network.hpp"
#include "tests/support/layered.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/slope.hpp"

using namespace altmind;

namespace {

/// Returns a hidden layer of each type, all with this dropout probability.
std::vector<Layer> layers_with(double probability, Activation activation) {
  std::vector<LayerOptions> asked = {test::convolution(5, 3, 2), test::dense(40)};
  for (LayerOptions& layer : asked) {
    layer.dropout = probability;
    layer.activation = activation;
  }
  return layers_of(test::layered({1, 9, 9}, asked, 3));
}

}  // namespace

TEST_CASE("a mask silences the share that was asked for and keeps the mean, by seed and step alone") {
  const std::vector<Layer> layers = layers_with(0.25, Activation::relu);
  const std::vector<Matrix> masks = dropout_masks(layers, 7, 3, 400);
  REQUIRE(masks.size() == 3);
  CHECK(masks[2].size() == 0);  // the output layer has no mask
  for (std::size_t l = 0; l < 2; ++l) {
    REQUIRE(masks[l].rows() == layers[l].outputs);
    REQUIRE(masks[l].cols() == 400);
    const auto n = static_cast<double>(masks[l].size());
    const auto silenced = static_cast<double>((masks[l].array() == 0.0F).count());
    const auto passed = static_cast<double>((masks[l].array() == static_cast<Scalar>(1.0 / 0.75)).count());
    CHECK(silenced + passed == n);
    CHECK(std::abs(silenced / n - 0.25) < 4.0 * std::sqrt(0.25 * 0.75 / n));
  }
  CHECK(dropout_masks(layers, 7, 3, 400) == masks);
  CHECK(dropout_masks(layers, 7, 4, 400)[1] != masks[1]);
  CHECK(dropout_masks(layers, 8, 3, 400)[1] != masks[1]);
  CHECK(dropout_masks(layers_with(0.0, Activation::relu), 7, 3, 400)[0].size() == 0);
}

TEST_CASE("a request through a mask is the gradient of what passes it, by finite differences") {
  Random random(4);
  for (const Activation activation : {Activation::tanh, Activation::identity}) {
    const std::vector<Layer> layers = layers_with(0.4, activation);
    const std::vector<Matrix> masks = dropout_masks(layers, 1, 1, 2);
    for (std::size_t l = 0; l < 2; ++l) {
      CAPTURE(l);
      const Layer& layer = layers[l];
      Matrix codes = test::random_matrix(layer.codes(), 2, random);
      const Matrix asked = test::random_matrix(layer.outputs, 2, random);
      Matrix a(layer.outputs, 2), request = asked, buffer;
      Winners winners;
      activate(layer, codes, masks[l], a, winners);
      CHECK((masks[l].array() == 0.0F && a.array() != 0.0F).count() == 0);
      pull_back(layer, codes, masks[l], a, winners, request, buffer);
      const auto objective = [&] {
        Winners of_moved;
        activate(layer, codes, masks[l], a, of_moved);
        return a.cast<double>().cwiseProduct(asked.cast<double>()).sum();
      };
      std::size_t compared = 0;
      for (Index i = 0; i < codes.size(); i += 3) {
        if (layer.pool > 1 && request.data()[i] == 0.0F) continue;  // lost its pool, or almost won it
        CHECK(std::abs(test::slope(codes.data()[i], objective) - request.data()[i]) < 2e-3);
        ++compared;
      }
      CHECK(compared > 5);
    }
  }
}

TEST_CASE("a forward pass is masked where masks are set, and by none after a resize") {
  Random random(5);
  LayerOptions hidden = test::dense(30);
  hidden.dropout = 0.5;
  const Network network = initialise(test::layered({1, 4, 4}, {hidden, test::dense(6)}, 3));
  Encoding plain, masked;
  resize(network, 8, plain);
  plain.activation[0].topRows(16) = test::random_matrix(16, 8, random);
  encode(network, plain);
  resize(network, 8, masked);
  masked.activation[0] = plain.activation[0];
  masked.mask = dropout_masks(network.layers, 1, 0, 8);
  encode(network, masked);
  CHECK(masked.code[0] == plain.code[0]);
  CHECK(masked.activation[1].topRows(30) == plain.activation[1].topRows(30).cwiseProduct(masked.mask[0]));
  CHECK(masked.activation[1].row(30).isOnes(0.0F));
  CHECK(masked.logits != plain.logits);
  resize(network, 8, masked);
  encode(network, masked);
  CHECK(masked.logits == plain.logits);
}
