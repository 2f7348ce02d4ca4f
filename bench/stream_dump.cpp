// Writes the first samples of a built-in stream to stdout, so that the benchmarks and the daemon share one definition.
//
//   stream_dump NAME COUNT SEED DRIFT_EVERY NOISE INPUTS
//
// The arguments are those of a source of type "generator" (docs/configuration.md, "Generated streams"); INPUTS is read
// where the stream takes any number of them. Writes COUNT * inputs float32, one sample after the other, then COUNT
// uint32 labels, or for a regression COUNT float32 targets, in the byte order of the machine. Exits with 1 and a
// message on stderr if an argument is wrong or stdout cannot be written.

#include <algorithm>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/sources/generator/stream_shape.hpp"
#include "adapters/sources/generator/streams.hpp"

using namespace altmind;

namespace {

adapters::GeneratedStream stream_named(const std::string& name) {
  const auto found = std::find_if(generator::stream_shapes.begin(), generator::stream_shapes.end(),
                                  [&](const generator::StreamShape& shape) { return shape.name == name; });
  if (found == generator::stream_shapes.end()) throw std::invalid_argument("no stream is called " + name);
  return static_cast<adapters::GeneratedStream>(found - generator::stream_shapes.begin());
}

SampleSpec spec_of(const generator::StreamShape& shape, std::size_t inputs) {
  SampleSpec spec;
  spec.task = shape.classes == 0 ? Task::regression : Task::classification;
  spec.inputs = shape.inputs == 0 ? inputs : shape.inputs;
  spec.outputs = std::max<std::size_t>(1, shape.classes);
  return spec;
}

template <typename T>
void write(const std::vector<T>& values) {
  std::cout.write(reinterpret_cast<const char*>(values.data()),
                  static_cast<std::streamsize>(values.size() * sizeof(T)));
}

}  // namespace

int main(int count, char** words) try {
  if (count != 7) throw std::invalid_argument("expected NAME COUNT SEED DRIFT_EVERY NOISE INPUTS");
  adapters::SourceOptions options;
  options.type = adapters::SourceType::generator;
  options.name = words[1];
  options.stream = stream_named(words[1]);
  options.seed = std::stoull(words[3]);
  options.drift_every = std::stoull(words[4]);
  options.noise = std::stod(words[5]);

  Samples samples;
  generator::GeneratedSamples stream(options, spec_of(generator::shape_of(options.stream), std::stoul(words[6])));
  stream.append(0, std::stoul(words[2]), samples);
  write(samples.x);
  write(samples.label);
  write(samples.target);
  std::cout.flush();
  if (!std::cout) throw std::runtime_error("stdout cannot be written");
  return 0;
} catch (const std::exception& error) {
  std::cerr << "stream_dump: " << error.what() << '\n';
  return 1;
}
