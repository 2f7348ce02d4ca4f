#include "adapters/sources/generator/streams.hpp"

#include <span>
#include <stdexcept>
#include <string>

#include "adapters/sources/generator/hyperplane.hpp"
#include "adapters/sources/generator/stream_shape.hpp"

namespace altmind::generator {
namespace {

using adapters::GeneratedStream;

std::unique_ptr<DriftingStream> make(GeneratedStream stream, const StreamSettings& settings) {
  switch (stream) {
    case GeneratedStream::sea:
      return sea(settings);
    case GeneratedStream::hyperplane:
      return std::make_unique<Hyperplane>(settings);
    case GeneratedStream::stagger:
      return stagger(settings);
    case GeneratedStream::led:
      return led(settings);
    case GeneratedStream::agrawal:
      return agrawal(settings);
    case GeneratedStream::random_rbf:
      return random_rbf(settings);
    case GeneratedStream::interchanging_rbf:
      return interchanging_rbf(settings);
    case GeneratedStream::moving_squares:
      return moving_squares(settings);
    case GeneratedStream::chessboard:
      return chessboard(settings);
    case GeneratedStream::mixed_drift:
      return mixed_drift(settings);
    case GeneratedStream::friedman:
      return friedman(settings);
    case GeneratedStream::planes:
      return planes(settings);
  }
  throw std::logic_error("a stream without a definition");
}

bool noise_is_its_own(GeneratedStream stream) {
  return stream == GeneratedStream::led || shape_of(stream).classes == 0;
}

std::unique_ptr<DriftingStream> checked(const adapters::SourceOptions& options, const SampleSpec& spec) {
  const auto refuse = [&](const std::string& sentence) {
    throw std::runtime_error("source \"" + options.name + "\": " + sentence);
  };
  if (const std::string text = misfit(options.stream, spec); !text.empty()) {
    refuse("stream \"" + std::string(shape_of(options.stream).name) + "\" " + text);
  }
  if (!(options.noise >= 0.0 && options.noise <= 1.0)) {
    refuse("noise: must be in 0 .. 1, got " + std::to_string(options.noise));
  }
  return make(options.stream, {options.seed, options.drift_every, options.noise, spec.inputs});
}

}  // namespace

GeneratedSamples::GeneratedSamples(const adapters::SourceOptions& options, const SampleSpec& spec)
    : spec_(spec),
      classes_(static_cast<std::uint32_t>(shape_of(options.stream).classes)),
      noise_(noise_is_its_own(options.stream) ? 0.0 : options.noise),
      samples_(options.seed, 0),
      stream_(checked(options, spec)) {}

std::uint32_t GeneratedSamples::with_noise(std::uint64_t k, std::uint32_t label) const {
  if (noise_ == 0.0) return label;
  const double u = samples_.uniform_at(k * (spec_.inputs + 1) + spec_.inputs);
  if (u >= noise_) return label;
  const auto further = static_cast<std::uint32_t>(static_cast<double>(classes_ - 1) * (u / noise_));
  return (label + 1 + further) % classes_;
}

void GeneratedSamples::append(std::uint64_t first, std::size_t count, Samples& into) {
  for (std::uint64_t k = first; k < first + count; ++k) {
    into.x.resize(into.x.size() + spec_.inputs);
    const double answer = stream_->sample(k, std::span(into.x).last(spec_.inputs));
    ++into.count;
    if (spec_.task == Task::regression) {
      into.target.push_back(static_cast<float>(answer));
      continue;
    }
    const std::uint32_t label = with_noise(k, static_cast<std::uint32_t>(answer));
    if (spec_.labels == LabelKind::named) {
      into.name.push_back(std::to_string(label));
    } else {
      into.label.push_back(label);
    }
  }
}

}  // namespace altmind::generator
