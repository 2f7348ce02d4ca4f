#include "core/model/layer.hpp"

#include <algorithm>

namespace altmind {

namespace {

Layer dense_layer(Index inputs, Index units, Activation activation) {
  Layer layer;
  layer.activation = activation;
  layer.inputs = layer.columns = inputs;
  layer.rows = layer.outputs = units;
  return layer;
}

/// The input of the layer being built: `outputs` numbers, which form an image if height is not 0.
struct Below {
  Index outputs = 0;
  Index channels = 0, height = 0, width = 0;
  bool planar = false;
};

std::string image_text(Index channels, Index height, Index width) {
  return std::to_string(channels) + "x" + std::to_string(height) + "x" + std::to_string(width);
}

Layer convolution(const LayerOptions& options, std::size_t number, const Below& below) {
  if (below.height == 0) {
    throw LayerMisfit(number, number == 0
                                  ? "a convolution reads an image: model.image = [channels, height, width] is required"
                                  : "a convolution reads an image, but the layer below gives a row of numbers");
  }
  Layer layer;
  layer.type = LayerType::conv2d;
  layer.activation = options.activation;
  layer.inputs = below.outputs;
  layer.channels = below.channels;
  layer.height = below.height;
  layer.width = below.width;
  layer.planar = below.planar;
  layer.kernel = static_cast<Index>(options.kernel);
  layer.stride = static_cast<Index>(options.stride);
  layer.padding = static_cast<Index>(options.padding);
  layer.pool = static_cast<Index>(options.pool);
  layer.columns = layer.kernel * layer.kernel * layer.channels;
  layer.rows = static_cast<Index>(options.units);
  const Index high = layer.height + 2 * layer.padding - layer.kernel;
  const Index broad = layer.width + 2 * layer.padding - layer.kernel;
  if (layer.kernel < 1 || high < 0 || broad < 0) {
    throw LayerMisfit(number, "a kernel of " + std::to_string(options.kernel) + " does not fit into an image of " +
                                  image_text(layer.channels, layer.height, layer.width) + " with a padding of " +
                                  std::to_string(options.padding));
  }
  layer.out_height = high / layer.stride + 1;
  layer.out_width = broad / layer.stride + 1;
  layer.places = layer.out_height * layer.out_width;
  if (layer.pool > std::min(layer.out_height, layer.out_width)) {
    throw LayerMisfit(number, "a pool of " + std::to_string(options.pool) + " does not fit into its " +
                                  image_text(layer.rows, layer.out_height, layer.out_width));
  }
  layer.outputs = layer.rows * (layer.out_height / layer.pool) * (layer.out_width / layer.pool);
  return layer;
}

Layer recurrence(const LayerOptions& options, std::size_t number, const Below& below) {
  const auto steps = static_cast<Index>(options.steps);
  if (steps < 1 || below.outputs % steps != 0) {
    throw LayerMisfit(number, "its " + std::to_string(below.outputs) + " inputs are no sequence of " +
                                  std::to_string(options.steps) + " steps of one length");
  }
  Layer layer;
  layer.type = LayerType::recurrent;
  layer.activation = options.activation;
  layer.inputs = below.outputs;
  layer.rows = layer.outputs = static_cast<Index>(options.units);
  layer.places = steps;
  layer.columns = below.outputs / steps + layer.rows;
  return layer;
}

Below above(const Layer& layer) {
  Below next;
  next.outputs = layer.outputs;
  if (layer.type != LayerType::conv2d) return next;
  next.channels = layer.rows;
  next.height = layer.out_height / layer.pool;
  next.width = layer.out_width / layer.pool;
  return next;
}

}  // namespace

std::vector<Layer> layers_of(const ModelOptions& options, std::size_t more_inputs) {
  Below below;
  below.outputs = static_cast<Index>(network_inputs(options.spec) + more_inputs);
  below.planar = true;
  if (options.image.size() == 3) {
    below.channels = static_cast<Index>(options.image[0]);
    below.height = static_cast<Index>(options.image[1]);
    below.width = static_cast<Index>(options.image[2]);
    if (below.channels * below.height * below.width != below.outputs) {
      throw std::invalid_argument("model.image: " + image_text(below.channels, below.height, below.width) +
                                  " are not the " + std::to_string(below.outputs) + " inputs of the network");
    }
  }
  std::vector<LayerOptions> asked = options.layers;
  if (asked.empty()) {
    for (const std::size_t units : options.hidden) {
      LayerOptions layer;
      layer.units = units;
      layer.activation = options.activation;
      asked.push_back(layer);
    }
  }
  std::vector<Layer> layers;
  for (std::size_t l = 0; l < asked.size(); ++l) {
    const LayerOptions& layer = asked[l];
    switch (layer.type) {
      case LayerType::dense:
        layers.push_back(dense_layer(below.outputs, static_cast<Index>(layer.units), layer.activation));
        break;
      case LayerType::conv2d:
        layers.push_back(convolution(layer, l, below));
        break;
      case LayerType::recurrent:
        layers.push_back(recurrence(layer, l, below));
        break;
    }
    layers.back().dropout = layer.dropout;
    layers.back().batch_norm = layer.batch_norm;
    below = above(layers.back());
  }
  layers.push_back(dense_layer(below.outputs, static_cast<Index>(options.spec.outputs), Activation::identity));
  return layers;
}

bool dense_and_smooth(const std::vector<Layer>& layers) {
  return std::all_of(layers.begin(), layers.end(),
                     [](const Layer& layer) { return layer.dense() && layer.activation != Activation::sign; });
}

}  // namespace altmind
