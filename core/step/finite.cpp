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
  for_each_layer_matrix(state, matrix);
  for (const auto& [name, statistics] :
       {std::pair("normaliser", &state.statistics), std::pair("targets", &state.targets)}) {
    matrix(std::string(name) + ".mean", statistics->mean);
    matrix(std::string(name) + ".squares", statistics->squares);
    matrix(std::string(name) + ".run_mean", statistics->run_mean);
    matrix(std::string(name) + ".run_squares", statistics->run_squares);
  }
  for_each_tuning_matrix(state.tuning, matrix);
  for_each_tuning_scalar(state.tuning, number);
  for_each_twin_matrix(state.twin, matrix);
  for_each_twin_scalar(state.twin, number);
  for_each_consolidation_matrix(state.consolidation,
                                [&](const std::string& name, const auto& m, Index, Index) { matrix(name, m); });
  for_each_consolidation_scalar(state.consolidation, number);
  number("prequential.loss_bits", state.prequential.state().loss);
  number("drift.adwin.sum_bits", state.drift.adwin.sum);
  number("drift.page_hinkley.sum_bits", state.drift.page_hinkley.sum);
  return first;
}

}  // namespace altmind
