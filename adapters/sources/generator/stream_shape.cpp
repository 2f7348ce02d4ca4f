#include "adapters/sources/generator/stream_shape.hpp"

namespace altmind::generator {

std::string misfit(adapters::GeneratedStream stream, const SampleSpec& spec) {
  const StreamShape& shape = shape_of(stream);
  const bool regression = spec.task == Task::regression;
  if (regression && shape.classes > 0) return "contradicts model.task = \"regression\": its labels are classes";
  if (!regression && shape.classes == 0) return "contradicts model.task = \"classification\": its targets are numbers";
  if (regression && spec.outputs != 1) return "has 1 target, but model.outputs is " + std::to_string(spec.outputs);
  if (shape.inputs != 0 && spec.inputs != shape.inputs) {
    return "has " + std::to_string(shape.inputs) + " features, but model.inputs is " + std::to_string(spec.inputs);
  }
  if (spec.inputs < shape.least_inputs) {
    return "needs at least " + std::to_string(shape.least_inputs) + " features, but model.inputs is " +
           std::to_string(spec.inputs);
  }
  if (!regression && spec.outputs < shape.classes) {
    return "has " + std::to_string(shape.classes) + " classes, but model.max_classes is " +
           std::to_string(spec.outputs);
  }
  return {};
}

}  // namespace altmind::generator
