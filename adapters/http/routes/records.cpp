#include "adapters/http/routes/records.hpp"

#include <array>
#include <string>

#include "adapters/http/error.hpp"
#include "adapters/http/text.hpp"

namespace altmind::http {
namespace {

constexpr std::string_view json_blanks = " \t\r\n";

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(json_blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(json_blanks) - first + 1);
}

Response not_json(const char* what) {
  return error_response(400, "not_json", std::string("body: ").append(what));
}

Response too_many(std::size_t most) {
  return error_response(413, "too_many_samples",
                        std::string("body: at most ").append(std::to_string(most)).append(" samples in one request"));
}

/// The bytes at which a scan of a JSON list stops.
using Stops = std::array<bool, 256>;

constexpr Stops stops_at(std::string_view bytes) {
  Stops stops{};
  for (const char c : bytes) stops[static_cast<unsigned char>(c)] = true;
  return stops;
}

// Elements end at commas of the list itself only: those of the thousand numbers in an element need no look.
constexpr Stops of_list = stops_at("[]{},\"");
constexpr Stops within_element = stops_at("[]{}\"");

/// Returns the index of the first stop from `at` on, or npos.
std::size_t next_stop(std::string_view text, const Stops& stops, std::size_t at) {
  while (at < text.size() && !stops[static_cast<unsigned char>(text[at])]) ++at;
  return at < text.size() ? at : std::string_view::npos;
}

/// Returns the index after the string that begins at `at`, or npos.
std::size_t skip_string(std::string_view text, std::size_t at) {
  while (true) {
    at = text.find_first_of("\"\\", at + 1);
    if (at == std::string_view::npos) return at;
    if (text[at] == '"') return at + 1;
    ++at;
  }
}

boost::system::result<std::vector<std::string_view>, Response> split_list(std::string_view list, std::size_t most) {
  std::vector<std::string_view> elements;
  std::size_t depth = 0;
  std::size_t begin = 1;
  std::size_t at = 0;
  while (at != std::string_view::npos) {
    at = next_stop(list, depth > 1 ? within_element : of_list, at);
    if (at == std::string_view::npos) break;
    const char c = list[at];
    if (c == '"') {
      at = skip_string(list, at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;  // never below 0: at 0 the list has ended
    const bool ends = depth == 0;
    if (ends || (c == ',' && depth == 1)) {
      const std::string_view element = without_blanks(list.substr(begin, at - begin));
      if (!(ends && elements.empty() && element.empty())) {
        if (elements.size() == most) return too_many(most);
        elements.push_back(element);
      }
      begin = at + 1;
    }
    if (ends) {
      if (c != ']' || at + 1 != list.size()) break;
      if (elements.empty()) return error_response(400, "no_samples", "body: the list is empty");
      return elements;
    }
    ++at;
  }
  return not_json("the list has no end, or something stands behind it");
}

boost::system::result<std::vector<std::string_view>, Response> split_lines(std::string_view body, std::size_t most) {
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = without_blanks(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.empty()) continue;
    if (lines.size() == most) return too_many(most);
    lines.push_back(line);
  }
  if (lines.empty()) return error_response(400, "no_samples", "body: there is no sample in it");
  return lines;
}

}  // namespace

boost::system::result<BodyKind, Response> body_kind(const Request& request) {
  const auto header = request.headers.find("content-type");
  if (header == request.headers.end()) return BodyKind::json;
  const std::string_view value = header->second;
  const std::size_t semicolon = value.find(';');
  const std::string type = lower_case(trimmed(value.substr(0, semicolon)));
  bool utf8 = true;
  if (semicolon != std::string_view::npos) {
    const std::string parameters = lower_case(value.substr(semicolon));
    utf8 = parameters.find("charset") == std::string::npos || parameters.find("utf-8") != std::string::npos;
  }
  const auto encoding = request.headers.find("content-encoding");
  const bool plain = encoding == request.headers.end() || lower_case(encoding->second) == "identity";
  if (utf8 && plain && type == "application/json") return BodyKind::json;
  if (utf8 && plain && (type == "application/x-ndjson" || type == "application/ndjson")) return BodyKind::ndjson;
  return error_response(415, "unsupported_media_type",
                        plain
                            ? with_value("Content-Type: application/json or application/x-ndjson in UTF-8, got ", value)
                            : with_value("Content-Encoding: none is understood, got ", encoding->second));
}

boost::system::result<std::vector<std::string_view>, Response> split_records(std::string_view body, BodyKind kind,
                                                                             std::size_t most) {
  if (kind == BodyKind::ndjson) return split_lines(body, most);
  const std::string_view text = without_blanks(body);
  if (text.empty()) return error_response(400, "no_samples", "body: it is empty");
  if (text.front() == '[') return split_list(text, most);
  if (text.front() != '{') return not_json("neither an object nor a list of objects");
  return std::vector<std::string_view>{text};
}

}  // namespace altmind::http
