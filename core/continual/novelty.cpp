#include "core/continual/novelty.hpp"

#include <algorithm>
#include <cmath>

#include "core/linalg/blas.hpp"
#include "core/weights/curvature.hpp"

namespace altmind {

namespace {

constexpr double floor_share = 0.1;  // eps
constexpr double unlike_factor = 1.2;
constexpr double unlike_deviations = 6.0;
constexpr double late_deviation = 0.02;  // of log e
constexpr double early_deviation = 0.1;
constexpr std::uint64_t early = 10;
constexpr double least_score = 1e-6;  // positive, since its logarithm is taken
constexpr double most_score = 1e30;
constexpr double mean_weight = 0.02;
constexpr double recent_weight = 0.1;
constexpr double abrupt_share = 0.5;  // of the rise above the mean
constexpr double pooled_samples = 50.0;
constexpr double error_samples = 100.0;
constexpr double risen_deviations = 3.0;
constexpr double risen_samples = 200.0;
constexpr double least_rate = 0.02;  // a single error after none at all is not significant
constexpr double fast_weight = 0.25;
constexpr double fast_samples = 200.0;
constexpr double slow_share = 0.08;
constexpr double jump = 0.15;
constexpr double jump_deviations = 4.0;
constexpr double misprediction = 0.3;
constexpr double settled_batches = 30.0;
constexpr double settled_batch = 50.0;

bool settled(double m, const NoveltyState& state) {
  return static_cast<double>(state.samples) >= settled_batches * std::max(m, settled_batch);
}

void take_error(double error, double m, NoveltyState& state) {
  state.samples += static_cast<std::uint64_t>(m);
  const double own = 1.0 / static_cast<double>(++state.batches);
  const double fast = std::min(fast_weight, m / fast_samples);
  state.fast += std::max(own, fast) * (error - state.fast);
  state.slow += std::max(own, slow_share * fast) * (error - state.slow);
}

void take_novelty_score(bool with_variance, double m, NoveltyState& state) {
  const double least = mean_weight * std::min(1.0, m / settled_batch);
  const double away = std::log(state.pooled) - state.mean;
  const double own = 1.0 / static_cast<double>(++state.count);
  state.mean += std::max(own, least) * away;
  state.recent +=
      std::max(own, recent_weight * std::min(1.0, m / settled_batch)) * (std::log(state.pooled) - state.recent);
  if (!with_variance) return;
  const double weight = std::max(1.0 / static_cast<double>(++state.since_profile + 1), least);
  state.variance = (1.0 - weight) * (state.variance + weight * away * away);
}

}  // namespace

InputProfile profile_of(const Matrix& sum, double samples) {
  InputProfile profile;
  const Index n = sum.rows();
  const Matrix mean = (sum * static_cast<Scalar>(1.0 / samples)).triangularView<Eigen::Lower>();
  const std::optional<Damping> damping =
      factorise(mean, std::max(floor_share * mean.diagonal().cast<double>().mean(), 1e-30), profile.whitening);
  if (!damping || !invert_lower(profile.whitening)) return {};
  double trace = 0.0;  // tr N
  for (Index j = 0; j < n; ++j) trace += static_cast<double>(profile.whitening.col(j).tail(n - j).squaredNorm());
  profile.expected = static_cast<double>(n) - damping->lambda * trace;
  if (!(profile.expected > 0.0)) return {};
  return profile;
}

double novelty_score(const InputProfile& profile, const Matrix& inputs, Matrix& buffer) {
  buffer = inputs;
  multiply_lower(profile.whitening, buffer);
  const double square = buffer.squaredNorm();
  const double found = square / static_cast<double>(inputs.cols()) / profile.expected;
  return found <= most_score ? found : most_score;  // not finite: overflowed float32
}

ErrorSignal observe_error(double error_now, double m, NoveltyState& state) {
  ErrorSignal signal;
  const double slow = state.slow;
  state.error += std::min(1.0, m / error_samples) * (error_now - state.error);
  if (state.batches > 0) {
    const double rate = std::max(slow, least_rate);
    const double spread = std::sqrt(rate * (1.0 - rate) / std::max(m, risen_samples));
    signal.risen = state.error > std::min(state.fast, slow) + risen_deviations * spread;
  }
  take_error(error_now, m, state);
  const double spread = std::sqrt(state.slow * (1.0 - state.slow) / (4.0 * m));
  signal.jumped = settled(m, state) && state.fast > state.slow + jump + jump_deviations * spread;
  return signal;
}

bool observe_novelty(double score, bool risen, double m, NoveltyState& state) {
  const double weight = state.count == 0 ? 1.0 : std::min(1.0, m / pooled_samples);
  state.pooled = std::max(state.pooled + weight * (score - state.pooled), least_score);
  const double deviation =
      std::max(std::sqrt(state.variance), state.since_profile < early ? early_deviation : late_deviation);
  const double above = std::log(state.pooled) - state.mean;
  const bool abrupt = std::log(state.pooled) - state.recent > abrupt_share * above;
  const bool unlike =
      state.count > 0 && above > std::log(unlike_factor) && above > unlike_deviations * deviation && abrupt;
  if (!unlike || !risen) take_novelty_score(!unlike, m, state);
  return unlike;
}

void renew_profile(NoveltyState& state) {
  state.variance = 0.0;
  state.since_profile = 0;
}

bool mispredicted(double error_now, double m, const NoveltyState& state) {
  return settled(m, state) && error_now > state.slow + misprediction;
}

void restart(NoveltyState& state) {
  NoveltyState fresh;
  fresh.error = state.error;
  fresh.level = state.level;
  state = fresh;
}

}  // namespace altmind
