#include "config/memory_need.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "config/load.hpp"
#include "config/read_arms.hpp"
#include "config/read_layers.hpp"
#include "core/continual/consolidation.hpp"
#include "core/model/layer.hpp"
#include "core/step/arm.hpp"
#include "core/weights/curvature.hpp"

namespace altmind::config {

namespace {

constexpr double program = 96.0 * 1024 * 1024;  // code, BLAS buffers, stacks, a large response in progress
constexpr double queued = 256.0 * 1024 * 1024;
constexpr double ahead = 32.0 * 1024 * 1024;
constexpr double scalar_bytes = sizeof(Scalar);
constexpr double factored = 256.0;   // maximum inputs for which the second moment is factored
constexpr double directions = 64.0;  // eigenvectors kept of a wider one
constexpr double unheard_of = 1e18;  // more than any machine has; sums of it still fit 64-bit integers
constexpr double judged = 100.0;     // maximum columns added to them in an update

/// Bytes of one layer. All but `buffers` is part of the state.
struct LayerNeed {
  double weights = 0.0;
  double moments = 0.0;
  double protection = 0.0;
  double twin = 0.0;  ///< the same learner without protection
  double buffers = 0.0;

  double state() const { return weights + moments + protection + twin; }
};

/// Returns the need of a layer with n inputs, including the row of ones, and o units.
LayerNeed layer_need(const LearnerOptions& options, double n, double o, bool first, bool last, bool protect) {
  LayerNeed need;
  const bool tuned = options.self_tuned();
  const bool square = n <= static_cast<double>(most_squared);
  const double weight = scalar_bytes * n * o;
  need.weights = weight * (tuned ? 3.0 : 1.0);  // including two averages
  need.buffers = weight * 4.0;                  // undo copy, solved step, published snapshot, next snapshot
  if (tuned && square) {
    need.moments = scalar_bytes * n * (n + (n <= factored ? n : directions));
    need.buffers += scalar_bytes * n * n;
  } else if (tuned) {
    need.moments = scalar_bytes * directions * n;
    need.buffers += scalar_bytes * n * (2.0 * directions + judged);
  } else if (options.learning.rule == Rule::am_mem) {
    need.moments = scalar_bytes * n * n + weight;
    need.buffers += scalar_bytes * n * n + 3.0 * weight;
  } else {
    need.moments = 2.0 * weight;
    need.buffers += 2.0 * weight;
  }
  if (protect) {
    const double outputs = last ? 0.0 : o * o;                 // the last layer has no output protection
    need.protection = scalar_bytes * 3.0 * (n * n + outputs);  // pending, kept, their common basis
    if (first) need.protection += scalar_bytes * n * n;        // the input profile
    need.twin = need.weights + need.moments;
    need.buffers += 2.0 * weight + scalar_bytes * n * n;            // for the twin's step
    need.buffers += scalar_bytes * 3.0 * std::max(n * n, outputs);  // a factor and LAPACK's workspace for eigenvectors
  }
  return need;
}

/// Needs of arms, and what they follow from.
struct ArmNeed {
  LayerNeed layers;
  double codes = 0.0;  ///< of a batch
  double of_inputs = 0.0, of_hidden = 0.0, of_outputs = 0.0;
};

/// Adds an arm of these layers.
void add_arm(const LearnerOptions& options, const std::vector<Layer>& layers, bool first_arm, bool protect,
             ArmNeed& sum) {
  const auto m = static_cast<double>(options.learning.batch_size);
  sum.codes += scalar_bytes * m * 3.0 * static_cast<double>(layers[0].inputs);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const bool last = l + 1 == layers.size();
    const auto columns = static_cast<double>(layers[l].columns);
    const auto rows = static_cast<double>(layers[l].rows);
    LayerNeed layer = layer_need(options, columns + 1.0, rows, first_arm && l == 0, last, protect);
    if (layers[l].batch_norm) {
      layer.weights *= 2.0;  // raw weights, and folded ones for predictions
      layer.buffers += layer.weights + scalar_bytes * 3.0 * m * rows;
    }
    sum.layers.weights += layer.weights;
    sum.layers.moments += layer.moments;
    sum.layers.protection += layer.protection;
    sum.layers.twin += layer.twin;
    sum.layers.buffers += layer.buffers;
    double& follows = l == 0 && (!last || columns >= rows) ? sum.of_inputs : last ? sum.of_outputs : sum.of_hidden;
    follows += 3.0 * layer.state() + layer.buffers;
    sum.codes += scalar_bytes * m * 8.0 * static_cast<double>(layers[l].codes());
    if (layers[l].dropout > 0) sum.codes += scalar_bytes * m * 3.0 * static_cast<double>(layers[l].outputs);  // masks
    // Tables of regressors: for the batch, for the served weights, for requests, three for the probed samples, and one
    // for all holdout samples of a concept when they are scored.
    const auto table = static_cast<double>(layers[l].table_size());
    sum.codes += scalar_bytes * table * (m * 4.0 + static_cast<double>(options.evaluation.holdout_per_concept));
  }
}

std::string size_text(double bytes) {
  constexpr std::array<const char*, 4> units = {"MiB", "GiB", "TiB", "PiB"};
  double shown = bytes / (1024.0 * 1024.0);
  std::size_t unit = 0;
  for (; shown >= 1024.0 && unit + 1 < units.size(); ++unit) shown /= 1024.0;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), shown < 10.0 ? "%.1f %s" : "%.0f %s", shown, units[unit]);
  return text.data();
}

}  // namespace

std::size_t batches_ahead(const LearnerOptions& learner) {
  const double bytes = scalar_bytes * static_cast<double>(learner.model.spec.inputs * learner.learning.batch_size);
  return static_cast<std::size_t>(std::clamp(ahead / bytes, 4.0, 256.0));
}

std::size_t queue_capacity(const Config& config) {
  const double sample = scalar_bytes * static_cast<double>(config.learner.model.spec.inputs);
  const auto fitting = static_cast<std::size_t>(queued / sample);
  return std::min(config.queue_samples, std::max(fitting, config.learner.learning.batch_size));
}

MemoryNeed memory_need(const Config& config) {
  const LearnerOptions& options = config.learner;
  const SampleSpec& spec = options.model.spec;
  const bool protect = options.self_tuned() && options.consolidation.enabled && can_protect(layers_of(options.model));
  const std::vector<Layer> layers = layers_of(options.model);
  const auto m = static_cast<double>(options.learning.batch_size);
  const auto inputs = static_cast<double>(spec.inputs);

  ArmNeed sum;
  for (std::size_t i = 0; i < options.arms(); ++i) {
    const std::size_t features = fourier_features(options, i);
    if (features > 0)
      sum.layers.buffers +=
          scalar_bytes * static_cast<double>((features + options.learning.batch_size) * network_inputs(spec));
    add_arm(options, layers_of(options.model, fourier_features(options, i)), i == 0, protect, sum);
  }
  double of_inputs = sum.of_inputs;
  double of_outputs = sum.of_outputs;
  const double waiting =
      scalar_bytes * inputs *
      (m * static_cast<double>(batches_ahead(options) + 3) + static_cast<double>(queue_capacity(config)));
  const auto held = static_cast<double>(options.evaluation.holdout_per_concept * options.evaluation.holdout_concepts);
  of_inputs += waiting + scalar_bytes * (3.0 * m + held) * static_cast<double>(layers[0].inputs);
  of_outputs += scalar_bytes * 8.0 * m * static_cast<double>(spec.outputs);

  MemoryNeed need;
  const auto part = [&need](const char* what, double bytes) {
    need.parts.push_back({what, static_cast<std::uint64_t>(std::min(bytes, unheard_of))});
    need.total += need.parts.back().bytes;
  };
  part("weights and their averages", sum.layers.weights);
  part("second moments", sum.layers.moments);
  part("consolidated memory", sum.layers.protection);
  part("the learner without protection, which goes along", sum.layers.twin);
  part("buffers of a step and published models",
       sum.layers.buffers + (protect ? 2.0 : 1.0) * sum.codes);  // the twin's too
  part("copies while a checkpoint is written or a start checks one", 2.0 * sum.layers.state());
  part("samples that wait", waiting);
  part("samples kept for scoring", scalar_bytes * held * inputs);
  part("the program itself", program);
  std::sort(need.parts.begin(), need.parts.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  const bool classes = spec.task == Task::classification;
  if (of_outputs > std::max(of_inputs, sum.of_hidden)) {
    need.key = classes ? "model.max_classes" : "model.outputs";
  } else if (sum.of_hidden > of_inputs) {
    need.key = options.model.layers.empty() ? "model.hidden" : "model.layer";
  } else {
    need.key = spec.columns.empty() ? "model.inputs" : "features.column";
  }
  return need;
}

void check_memory_need(const Config& config, const MemoryLimit& limit) {
  const MemoryNeed need = memory_need(config);
  if (need.total <= limit.bytes) return;
  const ModelOptions& model = config.learner.model;
  std::string text = need.key + ": a network of " + std::to_string(network_inputs(model.spec));
  for (const Layer& layer : layers_of(model)) text.append("-").append(std::to_string(layer.outputs));
  text += " and batches of " + std::to_string(config.learner.learning.batch_size) + " need about " +
          size_text(static_cast<double>(need.total)) + " of memory, most of it for " + need.parts[0].what + " (" +
          size_text(static_cast<double>(need.parts[0].bytes)) + ") and " + need.parts[1].what + " (" +
          size_text(static_cast<double>(need.parts[1].bytes)) + "); " + limit.name + " " +
          size_text(static_cast<double>(limit.bytes));
  if (config.learner.arms() > 1) {
    Config one = config;
    one.learner.learning.arms.clear();
    text += "; with learning.arms = 1 in place of " + std::to_string(config.learner.arms()) + " it is about " +
            size_text(static_cast<double>(memory_need(one).total));
  }
  throw ConfigError(text);
}

void check_checkpoint_need(const std::string& file, std::uint64_t bytes, const MemoryLimit& limit) {
  const double need = 2.0 * static_cast<double>(bytes) + program;
  if (need <= static_cast<double>(limit.bytes)) return;
  throw ConfigError(file + ": to predict with its " + size_text(static_cast<double>(bytes)) + " needs about " +
                    size_text(need) + " of memory; " + limit.name + " " + size_text(static_cast<double>(limit.bytes)));
}

std::string memory_text(const Config& config, const MemoryLimit& limit) {
  const MemoryNeed need = memory_need(config);
  std::string text = "# Needs about ";
  text.append(size_text(static_cast<double>(need.total))).append(" of memory; ").append(limit.name).append(" ");
  text.append(size_text(static_cast<double>(limit.bytes))).append(".\n");
  for (const MemoryPart& part : need.parts) {
    if (part.bytes == 0) continue;
    text.append("#   ").append(size_text(static_cast<double>(part.bytes))).append(" ").append(part.what).append("\n");
  }
  const LearnerOptions& options = config.learner;
  if (options.arms() > 1) text += arms_text(options.learning.arms);
  if (options.self_tuned() && options.consolidation.enabled && !can_protect(layers_of(options.model))) {
    text += options.model.all_dense()
                ? "# Nothing is consolidated: a layer has more than " + std::to_string(most_squared - 1) + " inputs.\n"
                : "# Nothing is consolidated: old tasks are protected in networks of dense layers only.\n";
  }
  if (!options.model.layers.empty()) text += "# The network, layer by layer:\n" + layers_text(options.model);
  return text;
}

}  // namespace altmind::config
