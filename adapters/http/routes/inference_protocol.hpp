#pragma once
// The Open Inference Protocol, version 2, over REST, as spoken by KServe, Triton and their clients.

#include <string>
#include <string_view>

#include "adapters/http/routes/prediction_blocks.hpp"
#include "adapters/http/routes/routes.hpp"

namespace altmind::http {

/// The only version of the model; its step, which does change, is a parameter of every answer.
inline constexpr std::string_view model_version = "1";

/// `{"error": message}`, the protocol's error object.
Response protocol_error(int status, std::string_view message);

Response overloaded();  ///< 503, to be retried

Response server_metadata();
Response server_live();
Response server_ready(bool ready);
Response model_metadata(const Snapshot& snapshot);
Response model_ready(const Snapshot& snapshot, bool ready);

/// Input: one tensor `input` of a number type, shape (n, d) or (d), data flat or nested in row-major order. Outputs:
/// `probabilities` FP32 (n, k) and `label` INT64 or BYTES (n); for regression `values` FP32 (n, k). A body that is not
/// application/json is 415, an answer beyond the limits 413 or 503.
Response infer(const Request& request, std::size_t max_samples, const AnswerLimits& limits, const Snapshot& snapshot);

/// True if infer() will take about a millisecond at most.
bool infers_quickly(const Request& request, const Snapshot& snapshot);

}  // namespace altmind::http
