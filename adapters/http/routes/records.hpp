#pragma once
// The body of a request as single records, before any of them is parsed.

#include <boost/system/result.hpp>
#include <cstddef>
#include <string_view>
#include <vector>

#include "adapters/http/message.hpp"

namespace altmind::http {

enum class BodyKind { json, ndjson };

/// What Content-Type says; a missing one is JSON. 415 for everything else: above all not text/plain or a
/// form, which any web page may send to this machine without asking.
boost::system::result<BodyKind, Response> body_kind(const Request& request);

/// The records of a body, as parts of it: the object itself, or the elements of a list, or the lines that
/// are not blank. Elements are found by counting brackets outside of strings, in one pass; whether each is
/// valid is for the parser to say. 400 not_json, 400 no_samples, or 413 too_many_samples beyond `most`.
boost::system::result<std::vector<std::string_view>, Response> split_records(std::string_view body, BodyKind kind,
                                                                             std::size_t most);

}  // namespace altmind::http
