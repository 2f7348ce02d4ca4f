#pragma once
// Options of small networks with all types of layers.

#include <vector>

#include "core/learner_options.hpp"

namespace altmind::test {

inline LayerOptions dense(std::size_t units, Activation activation = Activation::relu) {
  LayerOptions layer;
  layer.units = units;
  layer.activation = activation;
  return layer;
}

inline LayerOptions convolution(std::size_t channels, std::size_t kernel, std::size_t pool = 1) {
  LayerOptions layer;
  layer.type = LayerType::conv2d;
  layer.units = channels;
  layer.kernel = kernel;
  layer.pool = pool;
  return layer;
}

inline LayerOptions recurrent(std::size_t units, std::size_t steps, Activation activation = Activation::relu) {
  LayerOptions layer;
  layer.type = LayerType::recurrent;
  layer.units = units;
  layer.steps = steps;
  layer.activation = activation;
  return layer;
}

inline LayerOptions dropped(LayerOptions layer, double probability) {
  layer.dropout = probability;
  return layer;
}

/// Returns a classifier of images (channels, height, width) with these layers below its output.
inline ModelOptions layered(std::vector<std::size_t> image, std::vector<LayerOptions> layers, std::size_t classes) {
  ModelOptions model;
  model.spec.inputs = image[0] * image[1] * image[2];
  model.spec.outputs = classes;
  model.image = std::move(image);
  model.layers = std::move(layers);
  return model;
}

}  // namespace altmind::test
