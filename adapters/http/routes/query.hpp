#pragma once
// Parses the parameters of a query: `a=b&c=d`.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace altmind::http {

/// The raw text after `name=`, and how often the parameter occurs; nullopt if the query does not have it.
struct QueryValue {
  std::string_view text;
  std::size_t times = 1;
};
inline std::optional<QueryValue> query_value(std::string_view query, std::string_view name) {
  std::optional<QueryValue> found;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    const std::size_t equals = part.find('=');
    if (part.substr(0, equals) != name) continue;
    const std::string_view text = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    found = QueryValue{text, found ? found->times + 1 : 1};
  }
  return found;
}

}  // namespace altmind::http
