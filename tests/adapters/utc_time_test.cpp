#include "adapters/utc_time.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace altmind::adapters;

TEST_CASE("times are RFC 3339 in UTC, with milliseconds or without") {
  const std::chrono::system_clock::time_point leap_day{std::chrono::milliseconds{1709251199123}};
  CHECK(rfc3339(leap_day) == "2024-02-29T23:59:59.123Z");
  CHECK(rfc3339_seconds(leap_day) == "2024-02-29T23:59:59Z");
  CHECK(rfc3339(std::chrono::system_clock::time_point{}) == "1970-01-01T00:00:00.000Z");
}
