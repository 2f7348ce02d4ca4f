#pragma once
// Splits the body of a request into records, before any of them is parsed.

#include <boost/system/result.hpp>
#include <cstddef>
#include <string_view>
#include <vector>

#include "adapters/http/message.hpp"

namespace altmind::http {

enum class BodyKind { json, ndjson };

/// Returns the kind that Content-Type declares, JSON if it is missing. 415 for everything else, above all text/plain
/// and forms, which any web page may send to this machine without a preflight request.
boost::system::result<BodyKind, Response> body_kind(const Request& request);

/// Returns the records of a body as views of it: the object itself, the elements of a list, or the lines that are not
/// blank. Elements are found in one pass by counting brackets outside strings; the parser checks whether each is valid.
/// Errors: 400 not_json, 400 no_samples, or 413 too_many_samples beyond `most`.
boost::system::result<std::vector<std::string_view>, Response> split_records(std::string_view body, BodyKind kind,
                                                                             std::size_t most);

}  // namespace altmind::http
