#include "config/read_layers.hpp"

#include <algorithm>
#include <stdexcept>

#include "config/read_sections.hpp"
#include "config/schema.hpp"
#include "core/model/layer.hpp"

namespace altmind::config {
namespace {

using Of = FieldOf<LayerOptions>;
constexpr std::uint64_t most_units = 100'000;
constexpr std::uint64_t most_side = 1024;

/// Read and written only for layers of one type.
Field<LayerOptions> only(LayerType type, Field<LayerOptions> field) {
  field.write = [type, write = field.write](const LayerOptions& layer) {
    return layer.type == type ? write(layer) : std::nullopt;
  };
  return field;
}

/// `units`, under the name used for each layer type.
Field<LayerOptions> units_field(std::string_view key, LayerType type) {
  return only(type, Of::whole(
                        key, [](auto& o) -> auto& { return o.units; }, 1, most_units));
}

std::vector<Field<LayerOptions>> make_fields() {
  const LayerType conv = LayerType::conv2d;
  return {Of::choice("type", [](auto& o) -> auto& { return o.type; }, {"dense", "conv2d", "recurrent"}),
          units_field("units", LayerType::dense),
          units_field("channels", conv),
          units_field("hidden", LayerType::recurrent),
          only(conv, Of::whole(
                         "kernel", [](auto& o) -> auto& { return o.kernel; }, 1, most_side)),
          only(conv, Of::whole(
                         "stride", [](auto& o) -> auto& { return o.stride; }, 1, most_side)),
          only(conv, Of::whole(
                         "padding", [](auto& o) -> auto& { return o.padding; }, 0, most_side)),
          only(conv, Of::whole(
                         "pool", [](auto& o) -> auto& { return o.pool; }, 1, most_side)),
          only(LayerType::recurrent, Of::whole(
                                         "steps", [](auto& o) -> auto& { return o.steps; }, 1, 100'000)),
          Of::choice("activation", [](auto& o) -> auto& { return o.activation; }, {"relu", "tanh", "identity", "sign"}),
          Of::number("dropout", [](auto& o) -> auto& { return o.dropout; }, {0, 0.95}),
          only(LayerType::dense, Of::flag(
                                     "batch_norm", [](auto& o) -> auto& { return o.batch_norm; }))};
}

std::string_view type_name(LayerType type) {
  return type == LayerType::dense ? "dense" : type == LayerType::conv2d ? "conv2d" : "recurrent";
}

LayerOptions read_layer(const Table& table, const Reading& reading, Activation activation) {
  LayerOptions layer;
  layer.activation = activation;
  read_fields(table, "model.layer", layer_fields(), reading, layer);
  for (const auto& field : layer_fields()) {
    const Entry* entry = table.find(field.key);
    if (entry == nullptr || field.write(layer)) continue;
    fail(table, *entry, "is no key of a layer of type \"" + std::string(type_name(layer.type)) + '"', 0, "");
  }
  const auto required = [&table](std::string_view key, const std::string& what) {
    if (table.find(key) == nullptr) fail(table, key, "is required: " + what + ", a whole number from 1");
  };
  switch (layer.type) {
    case LayerType::dense:
      required("units", "the width of the layer");
      break;
    case LayerType::conv2d:
      required("channels", "the number of kernels");
      required("kernel", "the side of the square that an output sees");
      break;
    case LayerType::recurrent:
      required("hidden", "the units of its state");
      required("steps", "the parts of a sequence");
      break;
  }
  return layer;
}

void read_tables(const Document& document, const Reading& reading, ModelOptions& model) {
  if (document.layers.empty()) return;
  const Table* table = document.section("model");
  const Entry* hidden = table != nullptr ? table->find("hidden") : nullptr;
  if (hidden != nullptr)
    fail(*table, *hidden, "contradicts [[model.layer]]: the layers are either here or there", 0, "");
  if (document.layers.size() > 32) {
    fail_at(document.layers[32].origin, document.layers[32].line, "model.layer: at most 32 layers are possible");
  }
  for (const Table& layer : document.layers) model.layers.push_back(read_layer(layer, reading, model.activation));
}

/// Returns the dimensions of a sample for the first layer; check_layers reports if they do not fit.
std::vector<std::size_t> dimensions_of(const ModelOptions& model) {
  if (!model.spec.columns.empty()) return {};
  if (model.layers.empty() || model.layers.front().type != LayerType::recurrent) return model.image;
  const std::size_t steps = model.layers.front().steps;
  return {steps, model.spec.inputs / steps};
}

}  // namespace

const std::vector<Field<LayerOptions>>& layer_fields() {
  static const std::vector<Field<LayerOptions>> fields = make_fields();
  return fields;
}

void read_layers(const Document& document, const Reading& reading, ModelOptions& model) {
  read_tables(document, reading, model);
  model.spec.dimensions = dimensions_of(model);
}

void check_layers(const LearnerOptions& options, const Document& document) {
  const ModelOptions& model = options.model;
  try {
    layers_of(model);
  } catch (const LayerMisfit& misfit) {
    const Table& layer = document.layers.at(misfit.number());
    fail_at(layer.origin, layer.line, misfit.what());
  } catch (const std::invalid_argument& misfit) {
    const Entry* image = document.section("model")->find("image");
    fail_at(image->origin, image->value.line, misfit.what());
  }
  for (std::size_t l = 0; l < model.layers.size(); ++l) {
    const LayerType type = model.layers[l].type;
    if (model.layers[l].batch_norm && options.learning.rule == Rule::am_mem) {
      fail(document.layers[l], "batch_norm",
           "is learned by learning.rule = \"am-sgd\" or \"am-adam\" only: to a memory it is of no use");
    }
    if (model.layers[l].batch_norm && options.learning.batch_size < 2) {
      fail(document.layers[l], "batch_norm", "needs a learning.batch_size of at least 2: one sample has no variance");
    }
    if (type == LayerType::dense) continue;
    const std::string why =
        std::string("\"") + std::string(type_name(type)) + "\" is learned by self-tuned steps only: ";
    if (!options.self_tuned()) {
      fail(document.layers[l], "type", why + "learning.rule = \"am-mem\" with memory.gain = \"auto\"");
    }
    if (options.learning.code_rate) fail(document.layers[l], "type", why + "learning.code_rate = \"auto\"");
  }
}

std::string describe(const LayerOptions& layer) {
  std::string text = std::string(type_name(layer.type)) + ' ' + std::to_string(layer.units);
  if (layer.type == LayerType::conv2d) {
    text += ", kernel " + std::to_string(layer.kernel) + ", stride " + std::to_string(layer.stride) + ", padding " +
            std::to_string(layer.padding) + ", pool " + std::to_string(layer.pool);
  }
  if (layer.type == LayerType::recurrent) text += ", steps " + std::to_string(layer.steps);
  if (layer.batch_norm) text += ", batch_norm";
  return text;
}

std::string layers_text(const ModelOptions& model) {
  std::string text;
  std::size_t number = 0;
  for (const Layer& layer : layers_of(model)) {
    const bool output = number == model.layers.size();
    text += "#   " + (output ? std::string("output") : "layer " + std::to_string(number)) + ": ";
    if (layer.type == LayerType::conv2d) {
      text += std::to_string(layer.channels) + 'x' + std::to_string(layer.height) + 'x' + std::to_string(layer.width);
      text += " -> " + std::to_string(layer.rows) + 'x' + std::to_string(layer.out_height / layer.pool) + 'x' +
              std::to_string(layer.out_width / layer.pool);
    } else if (layer.type == LayerType::recurrent) {
      text += std::to_string(layer.places) + 'x' + std::to_string(layer.inputs / layer.places) + " -> " +
              std::to_string(layer.outputs);
    } else {
      text += std::to_string(layer.inputs) + " -> " + std::to_string(layer.outputs);
    }
    text += ", " + std::to_string(layer.rows * (layer.columns + 1)) + " parameters\n";
    ++number;
  }
  return text;
}

}  // namespace altmind::config
