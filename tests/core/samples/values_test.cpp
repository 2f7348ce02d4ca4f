#include "core/samples/values.hpp"

#include <doctest/doctest.h>

using namespace altmind;

TEST_CASE("residuals: a list is as long as its last one that is not 0, so equal lists are equal") {
  Residuals residuals;
  residuals.add(0, 0.0F);
  residuals.add(5, 0.0F);
  CHECK(residuals.empty());
  residuals.add(3, 0.5F);
  residuals.add(7, 0.25F);
  CHECK(residuals.values().size() == 8);
  CHECK(residuals[3] == 0.5F);
  CHECK(residuals[4] == 0.0F);
  CHECK(residuals[100] == 0.0F);
  residuals.cut(7);
  CHECK(residuals.values().size() == 4);
  Residuals same;
  same.add(3, 0.5F);
  CHECK(residuals == same);
  residuals.cut(0);
  CHECK(residuals == Residuals());
}

TEST_CASE("residuals: rows of one list go to the end of another") {
  Residuals from;
  for (std::size_t i = 0; i < 12; i += 2) from.add(i, static_cast<float>(i + 1));
  Residuals to;
  to.append(from, 3, 6, 10);  // numbers 3 .. 8 become 10 .. 15
  for (std::size_t i = 3; i < 9; ++i) CHECK(to[i + 7] == from[i]);
  CHECK(to.values().size() == 16);
  to.append(from, 11, 50, 16);
  CHECK(to.values().size() == 16);
}

TEST_CASE("values: numbers are rounded part and residual together") {
  const std::vector<float> rounded = {1.0F, 2.0F, 3.0F};
  Residuals residuals;
  residuals.add(1, 0.5F);
  const Values values(rounded, residuals);
  CHECK(!values.exact());
  CHECK(values[1] == 2.5);
  CHECK(values[2] == 3.0);
  CHECK(values.wide() == std::vector<double>{1.0, 2.5, 3.0});
  CHECK(values.part(1, 2)[0] == 2.5);
  CHECK(values.part(2, 1).exact());
  CHECK(Values(rounded).exact());
}
