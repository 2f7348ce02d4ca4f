#include "core/model/network.hpp"

#include <cmath>

#include "core/linalg/random.hpp"
#include "core/model/layer_activation.hpp"
#include "core/model/linear_map.hpp"

namespace altmind {

Network initialise(const ModelOptions& options, std::size_t more_inputs) {
  Network network;
  network.layers = layers_of(options, more_inputs);
  Random random(options.seed);
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    const bool output = l + 1 == network.layers.size();
    const bool recurrent = layer.type == LayerType::recurrent;
    const Index drawn = recurrent ? layer.columns - layer.rows : layer.columns;
    const double deviation = std::sqrt((recurrent ? 1.0 : 2.0) / static_cast<double>(drawn)) * (output ? 0.5 : 1.0);
    Matrix w = Matrix::Zero(layer.rows, layer.columns + 1);
    for (Index j = 0; j < drawn; ++j) {
      for (Index i = 0; i < w.rows(); ++i) w(i, j) = static_cast<Scalar>(random.normal() * deviation);
    }
    if (recurrent) w.middleCols(drawn, layer.rows).setIdentity();
    network.weights.push_back(std::move(w));
  }
  return network;
}

void resize(const Network& network, Index m, Encoding& encoding) {
  const std::size_t hidden = network.hidden();
  encoding.activation.resize(hidden + 1);
  encoding.table.resize(hidden + 1);
  encoding.code.resize(hidden);
  encoding.winners.resize(hidden);
  encoding.mask.assign(hidden + 1, Matrix());
  for (std::size_t l = 0; l <= hidden; ++l) {
    const Layer& layer = network.layers[l];
    Matrix& a = encoding.activation[l];
    if (a.rows() != layer.inputs + 1 || a.cols() != m) {
      a.resize(layer.inputs + 1, m);
      a.row(layer.inputs).setOnes();
    }
    if (regresses_on_input(layer)) encoding.table[l].resize(0, 0);
    if (l < hidden) encoding.code[l].resize(layer.codes(), m);
  }
  encoding.logits.resize(network.layers[hidden].codes(), m);
}

void encode(const Network& network, Encoding& encoding) {
  for (std::size_t l = 0; l < network.weights.size(); ++l) encode_layer(network, l, encoding);
}

void encode_layer(const Network& network, std::size_t l, Encoding& encoding) {
  const Layer& layer = network.layers[l];
  const bool output = l == network.hidden();
  Matrix& code = output ? encoding.logits : encoding.code[l];
  apply(layer, network.weights[l], encoding.activation[l], encoding.table[l], code);
  if (output) return;
  activate(layer, code, encoding.mask[l], encoding.activation[l + 1].topRows(layer.outputs), encoding.winners[l]);
}

}  // namespace altmind
