#include "adapters/sources/generator/hyperplane.hpp"

#include <cmath>

namespace altmind::generator {

namespace {

constexpr double change_per_block = 0.5;  // t
constexpr double turn_probability = 0.1;

// Triangle wave of period 2: reflects a free walk into [0, 1].
double fold(double z) {
  return std::abs(std::remainder(z, 2.0));
}

}  // namespace

Hyperplane::Hyperplane(const StreamSettings& settings)
    : settings_(settings), samples_(settings.seed, 0), changes_(settings.seed, 1), moving_((settings.inputs + 1) / 2) {
  for (std::size_t j = 0; j < settings.inputs; ++j) start_.push_back(changes_.uniform_at(j));
  sum_.resize(moving_);
  sign_.resize(moving_);
  go_to_block(0);
}

void Hyperplane::go_to_block(std::uint64_t block) {
  const std::size_t inputs = start_.size();
  if (block < block_ || block == 0) {
    block_ = 0;
    for (std::size_t j = 0; j < moving_; ++j) {
      sum_[j] = 0;
      sign_[j] = changes_.uniform_at(inputs + j) < 0.5 ? 1 : -1;
    }
  }
  for (; block_ < block; ++block_) {
    for (std::size_t j = 0; j < moving_; ++j) {
      sum_[j] += sign_[j];
      if (changes_.uniform_at(2 * inputs + block_ * moving_ + j) < turn_probability) sign_[j] = -sign_[j];
    }
  }
}

double Hyperplane::weight(std::size_t j, double into_block) const {
  if (j >= moving_) return start_[j];
  const double steps = static_cast<double>(sum_[j]) + static_cast<double>(sign_[j]) * into_block;
  return fold(start_[j] + change_per_block * steps);
}

/// Advances the sums to the block of sample k; returns f.
double Hyperplane::go_to(std::uint64_t k) {
  if (const std::uint64_t block = block_of(settings_, k); block != block_) go_to_block(block);
  if (settings_.drift_every == 0) return 0.0;
  return static_cast<double>(k % settings_.drift_every) / static_cast<double>(settings_.drift_every);
}

double Hyperplane::sample(std::uint64_t k, std::span<float> x) {
  const double into_block = go_to(k);
  double projection = 0.0;
  double total = 0.0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    x[j] = static_cast<float>(samples_.uniform_at(k * (x.size() + 1) + j));
    const double w = weight(j, into_block);
    projection += w * static_cast<double>(x[j]);
    total += w;
  }
  return projection >= total / 2.0 ? 1.0 : 0.0;
}

std::vector<double> Hyperplane::weights(std::uint64_t k) {
  const double into_block = go_to(k);
  std::vector<double> all;
  for (std::size_t j = 0; j < start_.size(); ++j) all.push_back(weight(j, into_block));
  return all;
}

}  // namespace altmind::generator
