#pragma once
// From raw features to the inputs of an arm's network.

#include "core/features/fourier.hpp"
#include "core/features/normaliser.hpp"
#include "core/learner_options.hpp"
#include "core/linalg/types.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// The maps that the arms share.
struct InputMaps {
  Affine map;      ///< features to normalised inputs
  Affine fourier;  ///< features to z of the Fourier features
};

/// True if an arm reads Fourier features.
bool reads_fourier_features(const LearnerOptions& options);

/// Writes the inputs of a network into all but the last row of `inputs` (n + 1, m): those of the samples, and below
/// them the Fourier features if it reads any. `z`: a buffer.
void write_inputs(const SampleSpec& spec, const InputMaps& maps, const FourierFeatures* features, Values x, Matrix& z,
                  Matrix& inputs);

/// Writes only the Fourier features.
void write_fourier_features(const SampleSpec& spec, const InputMaps& maps, const FourierFeatures* features, Values x,
                            Matrix& z, Matrix& inputs);

}  // namespace altmind
