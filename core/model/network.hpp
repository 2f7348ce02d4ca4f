#pragma once
// The network: layers, and their weights with the bias in the last column.

#include <cstdint>
#include <vector>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"
#include "core/model/convolution.hpp"
#include "core/model/layer.hpp"

namespace altmind {

/// A value type, copied to be published. weights[l] has shape (rows, columns + 1) of layers[l], l = 0 .. L; the last is
/// the output layer.
struct Network {
  std::vector<Layer> layers;
  std::vector<Matrix> weights;

  std::size_t hidden() const { return weights.size() - 1; }
};

/// Draws initial weights: W ~ N(0, 2 / fan_in) (He and others 2015), bias 0, output weights halved. A recurrent layer
/// starts with W_hh = I and W_xh ~ N(0, 1 / fan_in) (Le, Jaitly and Hinton 2015), so that its requests reach the first
/// time step. Values depend only on the shape and the seed. more_inputs: beside those of a sample.
Network initialise(const ModelOptions& options, std::size_t more_inputs = 0);

/// Codes and activations of one batch. Reused across steps to avoid allocations.
struct Encoding {
  std::vector<Matrix> activation;  ///< a^0 .. a^L, each (n_l + 1, m), last row ones
  std::vector<Matrix> table;       ///< R of layer l at index l; empty if it equals activation[l]
  std::vector<Matrix> code;        ///< c^1 .. c^L, each (rows places, m), at index l - 1
  std::vector<Winners> winners;    ///< winners of the pooling of code[l]; empty without pooling
  std::vector<Matrix> mask;        ///< dropout mask on the activations of code[l]; empty: no dropout
  Matrix logits;                   ///< z (outputs, m)

  /// Returns the regressors R of layer l: (columns + 1, places m).
  const Matrix& regressors(std::size_t l) const { return table[l].size() > 0 ? table[l] : activation[l]; }
};

/// Resizes `encoding` for m samples; sets the rows of ones, clears the masks and leaves the rest uninitialised.
void resize(const Network& network, Index m, Encoding& encoding);

/// Forward pass (Algorithm 2.2, encodeInput): encoding.activation[0] holds the input; fills the rest.
void encode(const Network& network, Encoding& encoding);

/// The forward pass of layer l alone, after that of the layers below.
void encode_layer(const Network& network, std::size_t l, Encoding& encoding);

}  // namespace altmind
