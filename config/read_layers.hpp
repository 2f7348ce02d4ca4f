#pragma once
// Reads [[model.layer]] tables into the layers of the network, and writes them back.

#include <string>
#include <vector>

#include "config/document.hpp"
#include "config/field.hpp"
#include "core/learner_options.hpp"

namespace altmind::config {

/// Returns the keys of a layer.
const std::vector<Field<LayerOptions>>& layer_fields();

/// Reads the layers of `document` into the model. Throws ConfigError.
void read_layers(const Document& document, const Reading& reading, ModelOptions& model);

/// Checks that each layer fits the one below, and that the learning rule supports all of them. Throws ConfigError.
void check_layers(const LearnerOptions& options, const Document& document);

/// Returns the shape of a layer, "dense 100" or "recurrent 15, steps 28", without its activation.
std::string describe(const LayerOptions& layer);

/// Returns one comment line per layer with its inputs, outputs and number of parameters.
std::string layers_text(const ModelOptions& model);

}  // namespace altmind::config
