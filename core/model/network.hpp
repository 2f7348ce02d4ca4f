#pragma once
// The network: layers, and their weights with the bias in the last column.

#include <cstdint>
#include <vector>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"
#include "core/model/convolution.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// A value: copy it to publish it. weights[l] is (rows, columns + 1) of layers[l], l = 0 .. L; the last is the output
/// layer.
struct Network {
  std::vector<Layer> layers;
  std::vector<Matrix> weights;

  std::size_t hidden() const { return weights.size() - 1; }
};

/// W ~ N(0, 2 / fan_in) (He and others 2015), bias 0, output weights halved. A recurrent layer begins with
/// W_hh = I and W_xh ~ N(0, 1 / fan_in) (Le, Jaitly and Hinton 2015): its requests reach the first step. Values depend
/// on the shape and the seed alone.
Network initialise(const ModelOptions& options);

/// Codes and activations of one batch. Kept between steps so that nothing is allocated twice.
struct Encoding {
  std::vector<Matrix> activation;  ///< a^0 .. a^L, each (n_l + 1, m), last row ones
  std::vector<Matrix> table;       ///< R of layer l at index l; empty where that is activation[l]
  std::vector<Matrix> code;        ///< c^1 .. c^L, each (rows places, m), at index l - 1
  std::vector<Winners> winners;    ///< of the pool above code[l]; empty without one
  std::vector<Matrix> mask;        ///< of dropout, over the activations above code[l]; empty: all pass
  Matrix logits;                   ///< z (outputs, m)

  /// What layer l regresses on: (columns + 1, places m).
  const Matrix& regressors(std::size_t l) const { return table[l].size() > 0 ? table[l] : activation[l]; }
};

/// Gives `encoding` the shapes for m samples; rows of ones are set, no mask is, the rest is left for the caller.
void resize(const Network& network, Index m, Encoding& encoding);

/// Forward pass (Algorithm 2.2, encodeInput): encoding.activation[0] holds the input, the rest is filled.
void encode(const Network& network, Encoding& encoding);

/// The part of it that layer l does, those below having done theirs.
void encode_layer(const Network& network, std::size_t l, Encoding& encoding);

}  // namespace altmind
