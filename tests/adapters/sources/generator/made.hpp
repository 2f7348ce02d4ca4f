#pragma once
// Samples of a built-in stream.

#include <algorithm>
#include <cstdint>

#include "adapters/source.hpp"
#include "adapters/sources/generator/stream_shape.hpp"
#include "adapters/sources/generator/streams.hpp"
#include "core/samples/sample.hpp"

namespace altmind::generator {

inline adapters::SourceOptions options_of(adapters::GeneratedStream stream, double noise = 0.0,
                                          std::uint64_t drift_every = 20'000) {
  adapters::SourceOptions options;
  options.type = adapters::SourceType::generator;
  options.name = "made";
  options.stream = stream;
  options.noise = noise;
  options.drift_every = drift_every;
  options.seed = 3;
  return options;
}

/// A model that fits the stream; `inputs` where it takes any number.
inline SampleSpec spec_of(adapters::GeneratedStream stream, std::size_t inputs = 3) {
  const StreamShape& shape = shape_of(stream);
  SampleSpec spec;
  spec.task = shape.classes == 0 ? Task::regression : Task::classification;
  spec.labels = LabelKind::index;
  spec.inputs = shape.inputs == 0 ? inputs : shape.inputs;
  spec.outputs = std::max<std::size_t>(1, shape.classes);
  return spec;
}

inline Samples make(const adapters::SourceOptions& options, std::uint64_t first, std::size_t count,
                    std::size_t inputs = 3) {
  Samples samples;
  GeneratedSamples(options, spec_of(options.stream, inputs)).append(first, count, samples);
  return samples;
}

inline double share_of_ones(const Samples& samples) {
  return static_cast<double>(std::count(samples.label.begin(), samples.label.end(), 1u)) /
         static_cast<double>(samples.count);
}

}  // namespace altmind::generator
