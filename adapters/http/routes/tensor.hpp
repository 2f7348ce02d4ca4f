#pragma once
// Parses and validates the body of an Open Inference Protocol request.

#include <boost/system/result.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/samples/values.hpp"

namespace altmind::http {

struct InferenceRequest {
  std::optional<std::string> id;
  std::vector<std::string> outputs;  ///< requested, in this order; empty: all
  std::vector<float> x;              ///< samples * inputs, one sample after the other; all finite
  Residuals residuals;               ///< rounding residuals of `x`
};

/// Returns the request, or a sentence that says what is wrong. `parameters` anywhere are ignored, as are unknown
/// members.
boost::system::result<InferenceRequest, std::string> read_inference(std::string_view body, std::size_t inputs,
                                                                    std::size_t max_samples);

}  // namespace altmind::http
