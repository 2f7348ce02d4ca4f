#pragma once
// Mixes the predictions of several networks, weighted by their recent losses.

#include <span>
#include <vector>

#include "core/evaluate/prequential.hpp"
#include "core/linalg/types.hpp"
#include "core/samples/sample.hpp"

namespace altmind {

/// Loss of a sample at which a network's part in the mixture is counted at most, in nats: p = 1e-4.
inline constexpr double most_mixed_loss = 9.2;

/// Number of samples that the decaying sums reach back.
inline constexpr double most_mixed_count = 500.0;

/// The decaying sum of a network's losses. Part of the state.
///
///   E <- (1 - 1/500)^m (E + sum over a batch of m of min(loss, 9.2))
///
/// so that a weight exp(-0.04 E) is about exp(-20 times the mean loss of the last 500 samples). `count`: the sum for a
/// loss of 1. For regression the largest loss counted is 18.4 `level`, the mean squared error of the best network, so
/// that loss / (2 level) is bounded likewise.
double add_losses(Task task, std::span<const Score> scored, double level, double sum);
double add_count(double m, double count);

/// Returns v, the mean loss of the network with the least sum; 0 before the first sample.
double least_loss(std::span<const double> sums, double count);

/// Returns the weights, which sum to 1: w_i ~ exp(-0.04 E_i); for regression E_i / (2 v) in place of E_i, where v is
/// `least_loss`.
std::vector<double> mixture_weights(Task task, std::span<const double> sums, double count);

/// mixed (outputs, m) <- logits of the mixture of networks. Classification: log sum_i w_i p_i of the first `classes`
/// rows, where p_i are the probabilities by logits[i]; the other rows are 0. Regression: sum_i w_i logits[i].
void mix(Task task, Index classes, std::span<const double> weights, std::span<const Matrix* const> logits,
         Matrix& mixed);

}  // namespace altmind
