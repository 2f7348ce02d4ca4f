#pragma once
// POST /v1/predict.

#include <cstddef>

#include "adapters/formats/json/sample_parser.hpp"
#include "adapters/http/routes/prediction_blocks.hpp"
#include "adapters/http/routes/routes.hpp"

namespace altmind::http {

/// Classes whose probabilities an answer has where the request does not say: all of a model of up to so many.
inline constexpr std::size_t default_top_k = 100;

/// Answers from the published snapshot. All or nothing: a sample that cannot be read, or has no finite answer, makes
/// the answer 400, so that answers and samples never shift. An answer beyond the limits is 413, or 503 where others
/// hold what is left. `?top_k=n`: the n most probable classes only.
Response predict(const Request& request, std::size_t max_samples, const AnswerLimits& limits, const Services& services,
                 formats::SampleParser& parser);

/// Whether that takes about a millisecond at most.
bool predicts_quickly(const Request& request, std::size_t max_samples, const Snapshot& snapshot);

}  // namespace altmind::http
