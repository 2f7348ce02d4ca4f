#include "core/step/finite.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "core/step/state_parts.hpp"

namespace altmind {

namespace {

// No early exit, so that the loop is vectorised. NaN compares false.
template <typename Dense>
bool within_bound(const Dense& m, typename Dense::Scalar bound) {
  const auto* const values = m.data();
  int outside = 0;
  for (Index i = 0; i < m.size(); ++i) outside |= std::abs(values[i]) <= bound ? 0 : 1;
  return outside == 0;
}

template <typename Dense>
bool finite(const Dense& m) {
  return within_bound(m, std::numeric_limits<typename Dense::Scalar>::max());
}

/// Calls `matrix` and `number` with the arm's parts.
template <typename ForMatrix, typename ForNumber>
void look_into(const Arm& arm, const std::string& prefix, const ForMatrix& matrix, const ForNumber& number) {
  const auto of_matrix = [&](const std::string& name, const auto& m) { matrix(prefix + name, m); };
  const auto of_number = [&](const std::string& name, auto value) { number(prefix + name, value); };
  for_each_layer_matrix(arm, of_matrix);
  for_each_tuning_matrix(arm.tuning, of_matrix);
  for_each_tuning_scalar(arm.tuning, of_number);
  for_each_twin_matrix(arm.twin, of_matrix);
  for_each_twin_scalar(arm.twin, of_number);
  for_each_protection_matrix(arm.protections,
                             [&](const std::string& name, const auto& m, Index, Index) { of_matrix(name, m); });
  of_number("loss_sum", arm.loss_sum);
}

}  // namespace

bool small_enough(const Matrix& m) {
  return within_bound(m, largest_kept);
}

std::string not_finite(const LearnerState& state) {
  std::string first;
  const auto matrix = [&first](const std::string& name, const auto& m) {
    if (first.empty() && !finite(m)) first = name;
  };
  const auto number = [&first](const std::string& name, auto value) {
    if (first.empty() && !std::isfinite(static_cast<double>(value))) first = name;
  };
  for (std::size_t i = 0; i < state.arms.size(); ++i) look_into(state.arms[i], arm_prefix(i), matrix, number);
  for (const auto& [name, statistics] : {std::pair("normaliser", &state.statistics),
                                         std::pair("targets", &state.targets), std::pair("fourier", &state.fourier)}) {
    matrix(std::string(name) + ".mean", statistics->mean);
    matrix(std::string(name) + ".squares", statistics->squares);
    matrix(std::string(name) + ".run_mean", statistics->run_mean);
    matrix(std::string(name) + ".run_squares", statistics->run_squares);
  }
  if (!state.arms.empty() && state.protects()) {
    for_each_profile_matrix(state, [&](const std::string& name, const auto& m, Index, Index) { matrix(name, m); });
    for_each_consolidation_scalar(state.consolidation, number);
  }
  number("loss_count", state.loss_count);
  number("prequential.loss_bits", state.prequential.state().loss);
  number("drift.adwin.sum_bits", state.drift.adwin.sum);
  number("drift.page_hinkley.sum_bits", state.drift.page_hinkley.sum);
  return first;
}

}  // namespace altmind
