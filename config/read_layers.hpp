#pragma once
// [[model.layer]] tables to the layers of the network, and back.

#include <string>
#include <vector>

#include "config/document.hpp"
#include "config/field.hpp"
#include "core/learner_options.hpp"

namespace altmind::config {

/// Keys of a layer.
const std::vector<Field<LayerOptions>>& layer_fields();

/// Reads the layers of `document` into the model. Throws ConfigError.
void read_layers(const Document& document, const Reading& reading, ModelOptions& model);

/// Whether each layer fits the one below, and the rule of learning all of them. Throws ConfigError.
void check_layers(const LearnerOptions& options, const Document& document);

/// "dense 100", "recurrent 15, steps 28": all of a layer that is part of the shape, so not its activation.
std::string describe(const LayerOptions& layer);

/// What comes in and goes out of every layer, with its parameters: a line each, as comments of the file.
std::string layers_text(const ModelOptions& model);

}  // namespace altmind::config
