#pragma once
// POST /v1/predict.

#include <cstddef>

#include "adapters/formats/json/sample_parser.hpp"
#include "adapters/http/routes/prediction_blocks.hpp"
#include "adapters/http/routes/routes.hpp"

namespace altmind::http {

/// Number of class probabilities in an answer, unless the request says otherwise: all of a model with up to this many.
inline constexpr std::size_t default_top_k = 100;

/// Answers from the published snapshot, all or nothing: a sample that cannot be read, or has no finite prediction,
/// makes the answer 400, so that predictions and samples stay aligned. An answer beyond the limits is 413, or 503 if
/// other answers hold the rest of the budget. `?top_k=n`: only the n most probable classes.
Response predict(const Request& request, std::size_t max_samples, const AnswerLimits& limits, const Services& services,
                 formats::SampleParser& parser);

/// True if predict() will take about a millisecond at most.
bool predicts_quickly(const Request& request, std::size_t max_samples, const Snapshot& snapshot);

}  // namespace altmind::http
