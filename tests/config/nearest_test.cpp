#include "config/nearest.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using altmind::config::nearest;

TEST_CASE("a misspelt word finds the one that was meant") {
  constexpr std::array<std::string_view, 4> words = {"batch_size", "momentum", "mu", "code_rate"};
  CHECK(nearest("batchsize", words) == "batch_size");
  CHECK(nearest("batch-size", words) == "batch_size");
  CHECK(nearest("momnetum", words) == "momentum");  // swapping two neighbours counts as one edit
  CHECK(nearest("code_rates", words) == "code_rate");
  CHECK_FALSE(nearest("learning", words));
  CHECK_FALSE(nearest("m", words));  // half of "mu" is not a misspelling
  CHECK_FALSE(nearest(std::string_view(), words));
  CHECK_FALSE(nearest(std::string(100'000, 'x'), words));
}

TEST_CASE("of equally near words the first is taken") {
  constexpr std::array<std::string_view, 2> words = {"rate_a", "rate_b"};
  CHECK(nearest("rate_c", words) == "rate_a");
}
