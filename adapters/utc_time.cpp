#include "adapters/utc_time.hpp"

#include <array>
#include <cstdio>

namespace altmind::adapters {

std::tm utc_of(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return utc;
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  std::string text = rfc3339_seconds(time);
  text.pop_back();
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>((since - whole).count()));
  return text + fraction.data();
}

std::string rfc3339_seconds(std::chrono::system_clock::time_point time) {
  const std::tm utc = utc_of(time);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text.data(), size};
}

}  // namespace altmind::adapters
