#pragma once
// One layer of a network, with all sizes resolved.

#include <stdexcept>
#include <string>
#include <vector>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"

namespace altmind {

/// A layer is a linear map with weights W (rows, columns + 1), the bias last, followed by an activation. Its regressors
/// form a table R (columns + 1, places m) built from the m inputs of a batch: c = W R. A dense layer has one place, the
/// activations below unchanged; a convolution one per output position (unfolded patches); a recurrent layer one per
/// time step (input and previous state). In the table of codes (rows, places m) the places of a sample are adjacent:
/// codes are stored as a matrix (rows places, m), with one column per sample.
struct Layer {
  LayerType type = LayerType::dense;
  Activation activation = Activation::identity;
  Index inputs = 0;   ///< n_in, per sample
  Index columns = 0;  ///< of W, without the bias
  Index rows = 0;     ///< of W
  Index places = 1;
  Index outputs = 0;  ///< n_out, per sample: the inputs of the next layer
  bool batch_norm = false;
  double dropout = 0.0;  ///< probability that a step zeroes an activation

  // Convolutions only. Input images are read by strides: that of the first layer is planar (one channel after the
  // other), those between layers are interleaved (all channels of a pixel adjacent).
  Index channels = 0, height = 0, width = 0;  ///< of the input image
  Index kernel = 0, stride = 1, padding = 0, pool = 1;
  Index out_height = 0, out_width = 0;  ///< before pooling
  bool planar = false;                  ///< the input image is planar

  bool dense() const { return type == LayerType::dense; }
  /// True if what old data used of its weights can be kept: each sample is one regressor.
  bool protectable() const { return dense(); }
  /// Numbers per sample of its table of regressors; 0 if its input is that table.
  Index table_size() const { return dense() ? 0 : places * (columns + 1); }
  /// Number of codes per sample.
  Index codes() const { return rows * places; }
  /// Number of codes, the last ones of a sample, that the next layer sees: all, or those of the last time step.
  Index telling() const { return type == LayerType::recurrent ? rows : codes(); }
};

/// Thrown for a layer that does not fit the one below; explains why in a sentence.
class LayerMisfit : public std::invalid_argument {
 public:
  LayerMisfit(std::size_t number, const std::string& sentence)
      : std::invalid_argument("model.layer[" + std::to_string(number) + "]: " + sentence), number_(number) {}
  std::size_t number() const { return number_; }  ///< from 0

 private:
  std::size_t number_;
};

/// Returns the hidden layers and the dense output layer. Throws LayerMisfit, or std::invalid_argument if `image` does
/// not match the network's inputs.
std::vector<Layer> layers_of(const ModelOptions& options, std::size_t more_inputs = 0);

/// True if every layer is dense with a differentiable activation, like the networks of the paper.
bool dense_and_smooth(const std::vector<Layer>& layers);

/// Views codes (rows places, m) as a table (rows, places m).
inline Eigen::Map<const Matrix> as_table(const Layer& layer, const Matrix& codes) {
  return {codes.data(), layer.rows, layer.places * codes.cols()};
}
inline Eigen::Map<Matrix> as_table(const Layer& layer, Matrix& codes) {
  return {codes.data(), layer.rows, layer.places * codes.cols()};
}

}  // namespace altmind
