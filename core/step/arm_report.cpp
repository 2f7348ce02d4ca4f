#include "core/step/arm_report.hpp"

#include "core/step/answer.hpp"

namespace altmind {

std::vector<ArmReport> arm_reports(const LearnerOptions& options, const LearnerState& state) {
  std::vector<ArmReport> reports;
  if (!options.self_tuned()) return reports;
  const std::vector<double> weights = mixture_weights(options, state);
  for (std::size_t i = 0; i < state.arms.size(); ++i) {
    const Arm& arm = state.arms[i];
    const ServedSets& sets = arm.tuning.sets;
    ArmReport report;
    report.reach = sets.step_fraction();
    if (const auto settings = options.arm(i)) {
      report.reach = settings->reach;
      report.damping = settings->damping;
      report.fourier_features = settings->fourier_features;
    }
    report.weight = weights[i];
    report.loss = state.loss_count > 0 ? arm.loss_sum / state.loss_count : sets.loss[sets.served];
    report.served = sets.served;
    report.recent_loss = sets.loss;
    reports.push_back(report);
  }
  return reports;
}

}  // namespace altmind
