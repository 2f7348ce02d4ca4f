#pragma once
// The network: dense layers as weights with the bias in the last column.

#include <cstdint>
#include <vector>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"

namespace altmind {

/// A value: copy it to publish it. weights[l] is (n_(l+1), n_l + 1), l = 0 .. L; the last is the output
/// layer.
struct Network {
  Activation activation = Activation::relu;
  std::vector<Matrix> weights;

  std::size_t hidden() const { return weights.size() - 1; }
};

/// W ~ N(0, 2 / fan_in) (He and others 2015), bias 0, output weights halved. Values depend on the shape and
/// the seed alone.
Network initialise(const ModelOptions& options);

/// Codes and activations of one batch. Kept between steps so that nothing is allocated twice.
struct Encoding {
  std::vector<Matrix> activation;  ///< a^0 .. a^L, each (n_l + 1, m), last row ones
  std::vector<Matrix> code;        ///< c^1 .. c^L, each (n_l, m), at index l - 1
  Matrix logits;                   ///< z (outputs, m)
};

/// Gives `encoding` the shapes for m samples; rows of ones are set, the rest is left for the caller.
void resize(const Network& network, Index m, Encoding& encoding);

/// Forward pass (Algorithm 2.2, encodeInput): encoding.activation[0] holds the input, the rest is filled.
void encode(const Network& network, Encoding& encoding);

}  // namespace altmind
