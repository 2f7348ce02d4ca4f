#pragma once
// One layer of a network with every size settled.

#include <stdexcept>
#include <string>
#include <vector>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"

namespace altmind {

/// A layer is a linear map with weights W (rows, columns + 1), the bias last, and an activation. Its regressors are a
/// table R (columns + 1, places m) made of the m inputs of a batch: c = W R. A dense layer has one place, the
/// activations below as they are; a convolution one for each output position (unfolded patches); a recurrent layer one
/// for each time step (input and last state). The table of codes (rows, places m) has the places of one sample behind
/// each other: as a matrix (rows places, m) it has a column for each sample, and that is how codes are kept.
struct Layer {
  LayerType type = LayerType::dense;
  Activation activation = Activation::identity;
  Index inputs = 0;   ///< n_in of a sample
  Index columns = 0;  ///< of W, without the bias
  Index rows = 0;     ///< of W
  Index places = 1;
  Index outputs = 0;  ///< n_out of a sample: what the next layer gets
  bool batch_norm = false;
  double dropout = 0.0;  ///< probability that a step silences an activation

  // Of a convolution. An image below is read by strides: the first layer's is one channel after the other, those
  // between layers have all channels of a pixel side by side.
  Index channels = 0, height = 0, width = 0;  ///< in
  Index kernel = 0, stride = 1, padding = 0, pool = 1;
  Index out_height = 0, out_width = 0;  ///< before pooling
  bool planar = false;                  ///< channel by channel

  bool dense() const { return type == LayerType::dense; }
  /// Whether sigma takes each code by itself to the activation at the same place.
  bool elementwise() const { return places == 1 && pool == 1; }
  /// Codes of a sample (rows places), of which these, the last, decide what the next layer gets: all, or those of the
  /// last time step.
  Index codes() const { return rows * places; }
  Index telling() const { return type == LayerType::recurrent ? rows : codes(); }
};

/// A layer that does not fit the one below, in a sentence.
class LayerMisfit : public std::invalid_argument {
 public:
  LayerMisfit(std::size_t number, const std::string& sentence)
      : std::invalid_argument("model.layer[" + std::to_string(number) + "]: " + sentence), number_(number) {}
  std::size_t number() const { return number_; }  ///< from 0

 private:
  std::size_t number_;
};

/// The hidden layers and the output layer, which is dense. Throws LayerMisfit, or std::invalid_argument where an image
/// is not what the network reads.
std::vector<Layer> layers_of(const ModelOptions& options);

/// Whether every layer is dense with an activation that has a derivative: the nets of the paper.
bool dense_and_smooth(const std::vector<Layer>& layers);

/// Codes of every sample (rows places, m) as a table (rows, places m).
inline Eigen::Map<const Matrix> as_table(const Layer& layer, const Matrix& codes) {
  return {codes.data(), layer.rows, layer.places * codes.cols()};
}
inline Eigen::Map<Matrix> as_table(const Layer& layer, Matrix& codes) {
  return {codes.data(), layer.rows, layer.places * codes.cols()};
}

}  // namespace altmind
