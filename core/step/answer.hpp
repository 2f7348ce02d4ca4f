#pragma once
// What the arms predict together for raw features.

#include <memory>
#include <vector>

#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"
#include "core/model/network.hpp"
#include "core/samples/sample.hpp"
#include "core/step/input_map.hpp"
#include "core/step/learner_state.hpp"

namespace altmind {

/// The networks of all arms as views, and their weights in the mixture.
struct Voices {
  InputMaps maps;
  std::vector<const Network*> networks;
  std::vector<std::shared_ptr<const FourierFeatures>> features;  ///< that each of them reads; none
  std::vector<double> weights;
  Index classes = 0;  ///< known ones
};

/// Buffers of `answer`, reused across calls.
struct AnswerBuffers {
  std::vector<Encoding> encodings;
  Matrix z, mixed;
};

/// Returns the weight of every arm's prediction in the mixture; they sum to 1.
std::vector<double> mixture_weights(const LearnerOptions& options, const LearnerState& state);

/// Returns the served weights of all arms, as views of `state`.
Voices voices_of(const LearnerOptions& options, const LearnerState& state);

/// Returns the logits (outputs, n) of n samples, for regression scaled for the network; valid until the next call.
/// x: n * spec.inputs cells.
const Matrix& answer(const SampleSpec& spec, const Voices& voices, Values x, AnswerBuffers& buffers);

}  // namespace altmind
