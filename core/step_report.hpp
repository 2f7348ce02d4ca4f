#pragma once
// What one step did, in numbers only: for probes, the status page and tests.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/drift.hpp"

namespace altmind {

/// Diagnostics of one layer after a step; hidden layers first, the output layer last.
struct LayerReport {
  double residual_ratio = 0.0;       ///< ||c_new - c0||_F / ||c0||_F: how far the codes asked to move
  double damping = 0.0;              ///< lambda; 0 where the layer has no memory
  double weight_change_ratio = 0.0;  ///< ||W_new - W_old||_F / ||W_old||_F
  std::size_t dead_units = 0;        ///< units inactive for every sample of the batch (ReLU)
  std::size_t units = 0;
};

struct StepReport {
  std::uint64_t step = 0;      ///< steps taken, this one included
  std::uint64_t sequence = 0;  ///< last sample's journal number
  std::size_t samples = 0;
  double loss = 0.0;      ///< mean over the batch, before learning from it
  double accuracy = 0.0;  ///< share of the batch predicted right, before learning from it; 0 for regression
  std::vector<LayerReport> layers;
  std::vector<DriftAlarm> alarms;  ///< raised by this batch
  bool skipped = false;            ///< codes or memory would not be finite: weights and memory unchanged
};

/// Phases of a step, in order.
enum class Phase { encode, codes, memory, weights, output };
inline constexpr std::size_t phase_count = 5;

/// Called when a phase has ended (core reads no clock; the caller does). May be empty.
using PhaseEnded = std::function<void(Phase)>;

}  // namespace altmind
