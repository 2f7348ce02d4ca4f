#include "adapters/telemetry/log_line.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "adapters/telemetry/printable.hpp"
#include "adapters/utc_time.hpp"

namespace altmind::telemetry {
namespace {

std::string_view level_name(LogLevel level) {
  constexpr std::array<std::string_view, 4> names = {"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Returns `text` unchanged if it is unambiguous, otherwise quoted: no value can forge a line.
std::string text_value(std::string_view text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
  return plain ? std::string(text) : json_quoted(text);
}

/// Escapes control characters: the event is written by this program, but may contain a name from outside.
std::string text_event(std::string_view text) {
  const std::string quoted = json_quoted(text);
  const std::string inside = quoted.substr(1, quoted.size() - 2);
  return inside.size() == text.size() ? std::string(text) : inside;
}

}  // namespace

std::string log_line(LogFormat format, LogLevel level, std::chrono::system_clock::time_point time,
                     std::string_view event, std::initializer_list<LogField> fields) {
  if (format == LogFormat::text) {
    std::string line = adapters::rfc3339(time) + ' ';
    line.append(level_name(level)).append(" ").append(text_event(event));
    for (const auto& [key, value] : fields) line.append(" ").append(text_value(key)).append("=") += text_value(value);
    return printable(line);
  }
  nlohmann::ordered_json object;
  object["time"] = adapters::rfc3339(time);
  object["level"] = level_name(level);
  object["event"] = event;
  for (const auto& [key, value] : fields) {
    std::string name(key);
    while (object.contains(name)) name += '_';
    object[name] = value;
  }
  return printable(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace altmind::telemetry
