#pragma once
// From raw features to the inputs of an arm's network.

#include <memory>
#include <vector>

#include "core/features/fourier.hpp"
#include "core/features/normaliser.hpp"
#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// The maps of all arms.
struct InputMaps {
  Affine map;                                                    ///< features to normalised inputs
  Affine fourier;                                                ///< features to z of the Fourier features
  std::vector<std::shared_ptr<const FourierFeatures>> features;  ///< one per arm; none: it reads the inputs alone
};

/// Returns the maps' fixed parts.
InputMaps fresh_maps(const LearnerOptions& options);

/// True if an arm reads Fourier features.
bool reads_fourier_features(const LearnerOptions& options);

/// Writes the inputs of arm `i` into all but the last row of `inputs` (n + 1, m). `z`: a buffer.
void write_inputs(const SampleSpec& spec, const InputMaps& maps, std::size_t i, Values x, Matrix& z, Matrix& inputs);

/// Writes only its Fourier features, if it reads any, below the inputs of the samples.
void write_fourier_features(const SampleSpec& spec, const InputMaps& maps, std::size_t i, Values x, Matrix& z,
                            Matrix& inputs);

}  // namespace altmind
