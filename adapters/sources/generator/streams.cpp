#include "adapters/sources/generator/streams.hpp"

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

namespace altmind::generator {
namespace {

constexpr std::array<double, 4> thetas{8.0, 9.0, 7.0, 9.5};
constexpr double change_per_block = 0.5;  // t
constexpr double turn_probability = 0.1;

// Triangle wave of period 2: reflects a free walk into [0, 1].
double fold(double z) {
  const double within = std::abs(std::remainder(z, 2.0));
  return within;
}

void check(const adapters::SourceOptions& options, const SampleSpec& spec) {
  const auto refuse = [&](const std::string& sentence) {
    throw std::runtime_error("source \"" + options.name + "\": " + sentence);
  };
  if (spec.task != Task::classification) {
    refuse("a generator makes class labels: it cannot feed model.task = \"regression\"");
  }
  if (spec.outputs < 2) {
    refuse("a generator makes 2 classes, but model.max_classes is " + std::to_string(spec.outputs));
  }
  if (options.stream == adapters::GeneratedStream::sea && spec.inputs != 3) {
    refuse("stream \"sea\" has 3 features, but model.inputs is " + std::to_string(spec.inputs));
  }
  if (options.stream == adapters::GeneratedStream::hyperplane && spec.inputs < 2) {
    refuse("stream \"hyperplane\" needs at least 2 features, but model.inputs is " + std::to_string(spec.inputs));
  }
  if (!(options.noise >= 0.0 && options.noise <= 1.0)) {
    refuse("noise: must be in 0 .. 1, got " + std::to_string(options.noise));
  }
}

}  // namespace

GeneratedSamples::GeneratedSamples(const adapters::SourceOptions& options, const SampleSpec& spec)
    : stream_(options.stream),
      labels_(spec.labels),
      inputs_(spec.inputs),
      drift_every_(options.drift_every),
      noise_(options.noise),
      samples_(options.seed, 0),
      changes_(options.seed, 1) {
  check(options, spec);
  if (stream_ != adapters::GeneratedStream::hyperplane) return;
  for (std::size_t j = 0; j < inputs_; ++j) start_.push_back(changes_.uniform_at(j));
  moving_ = (inputs_ + 1) / 2;
  sum_.resize(moving_);
  sign_.resize(moving_);
  go_to_block(0);
}

void GeneratedSamples::go_to_block(std::uint64_t block) {
  if (block < block_ || block == 0) {
    block_ = 0;
    for (std::size_t j = 0; j < moving_; ++j) {
      sum_[j] = 0;
      sign_[j] = changes_.uniform_at(inputs_ + j) < 0.5 ? 1 : -1;
    }
  }
  for (; block_ < block; ++block_) {
    for (std::size_t j = 0; j < moving_; ++j) {
      sum_[j] += sign_[j];
      if (changes_.uniform_at(2 * inputs_ + block_ * moving_ + j) < turn_probability) sign_[j] = -sign_[j];
    }
  }
}

double GeneratedSamples::weight(std::size_t j, double into_block) const {
  if (j >= moving_) return start_[j];
  const double steps = static_cast<double>(sum_[j]) + static_cast<double>(sign_[j]) * into_block;
  return fold(start_[j] + change_per_block * steps);
}

bool GeneratedSamples::sea_label(std::uint64_t k, const float* x) const {
  const std::uint64_t concept_index = drift_every_ == 0 ? 0 : k / drift_every_ % thetas.size();
  return static_cast<double>(x[0]) + static_cast<double>(x[1]) <= thetas[concept_index];
}

bool GeneratedSamples::hyperplane_label(std::uint64_t k, const float* x) {
  double into_block = 0.0;
  if (drift_every_ > 0) {
    if (k / drift_every_ != block_) go_to_block(k / drift_every_);
    into_block = static_cast<double>(k % drift_every_) / static_cast<double>(drift_every_);
  }
  double projection = 0.0;
  double total = 0.0;
  for (std::size_t j = 0; j < inputs_; ++j) {
    const double w = weight(j, into_block);
    projection += w * static_cast<double>(x[j]);
    total += w;
  }
  return projection >= total / 2.0;
}

std::vector<double> GeneratedSamples::weights(std::uint64_t k) {
  go_to_block(drift_every_ == 0 ? 0 : k / drift_every_);
  const double into_block =
      drift_every_ == 0 ? 0.0 : static_cast<double>(k % drift_every_) / static_cast<double>(drift_every_);
  std::vector<double> all;
  for (std::size_t j = 0; j < start_.size(); ++j) all.push_back(weight(j, into_block));
  return all;
}

void GeneratedSamples::append(std::uint64_t first, std::size_t count, Samples& into) {
  const double scale = stream_ == adapters::GeneratedStream::sea ? 10.0 : 1.0;
  into.x.reserve(into.x.size() + count * inputs_);
  for (std::uint64_t k = first; k < first + count; ++k) {
    const std::uint64_t numbers = k * (inputs_ + 1);
    for (std::size_t j = 0; j < inputs_; ++j) {
      into.x.push_back(static_cast<float>(scale * samples_.uniform_at(numbers + j)));
    }
    const float* x = into.x.data() + into.x.size() - inputs_;
    bool label = stream_ == adapters::GeneratedStream::sea ? sea_label(k, x) : hyperplane_label(k, x);
    if (samples_.uniform_at(numbers + inputs_) < noise_) label = !label;
    if (labels_ == LabelKind::named) {
      into.name.push_back(label ? "1" : "0");
    } else {
      into.label.push_back(label ? 1 : 0);
    }
    ++into.count;
  }
}

}  // namespace altmind::generator
