#include "adapters/http/wire/response_head.hpp"

#include <array>
#include <boost/beast/http/status.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "adapters/utc_time.hpp"

namespace altmind::http {

namespace {

namespace beast = boost::beast::http;

/// Returns the current time as in `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
std::string http_date() {
  const std::tm utc = adapters::utc_of(std::chrono::system_clock::now());
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                 months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                                 utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::string response_head(const Response& response, bool keep_alive, int minor) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  out.append(beast::obsolete_reason(static_cast<beast::status>(response.status)));
  out += "\r\nDate: " + http_date();
  out += "\r\nContent-Type: " + response.content_type;
  out += "\r\nX-Content-Type-Options: nosniff";
  out += "\r\nContent-Length: " + std::to_string(response.body.size());
  for (const auto& [name, value] : response.headers) out += "\r\n" + name + ": " + value;
  if (!keep_alive) out += "\r\nConnection: close";
  if (keep_alive && minor == 0) out += "\r\nConnection: keep-alive";
  return out + "\r\n\r\n";
}

}  // namespace altmind::http
