#pragma once
// POST /v1/predict.

#include <cstddef>

#include "adapters/http/routes.hpp"
#include "adapters/json/sample_parser.hpp"

namespace altmind::http {

/// Answers from the published snapshot, all samples of the request in one forward pass. All or nothing:
/// a sample that cannot be read makes the answer 400, so that answers and samples never shift.
Response predict(const Request& request, std::size_t max_samples, const Services& services,
                 formats::SampleParser& parser);

}  // namespace altmind::http
