#include "core/features/normaliser.hpp"

#include <doctest/doctest.h>

#include "tests/support/reference.hpp"

using namespace altmind;

namespace {

NormaliserOptions standardising() {
  NormaliserOptions options;
  options.kind = NormaliserKind::standardise;
  return options;
}

/// Returns n samples of 3 features: ordinary, far from zero with a small spread, constant.
std::vector<float> samples(std::size_t n, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> x;
  for (std::size_t i = 0; i < n; ++i) {
    x.push_back(static_cast<float>(random.normal()));
    x.push_back(static_cast<float>(10'000.0 + random.normal()));
    x.push_back(0.1F);
  }
  return x;
}

Matrix applied(const Affine& map, const std::vector<float>& x, Index m) {
  Matrix out = Matrix::Ones(static_cast<Index>(map.factor.size()) + 1, m);
  apply(map, x, out);
  return out;
}

}  // namespace

TEST_CASE("running statistics equal the two-pass mean and variance in double") {
  const std::vector<float> x = samples(5000, 1);
  Statistics statistics = fresh_statistics(standardising(), 3);
  std::size_t at = 0;
  for (const std::size_t n : {1U, 999U, 4000U}) {  // batches of any size
    add(std::span(x).subspan(at * 3, n * 3), statistics);
    at += n;
  }
  REQUIRE(statistics.samples == 5000);
  for (std::size_t j = 0; j < 3; ++j) {
    CAPTURE(j);
    double mean = 0.0;
    for (std::size_t i = 0; i < 5000; ++i) mean += x[i * 3 + j];
    mean /= 5000;
    double squares = 0.0;
    for (std::size_t i = 0; i < 5000; ++i) squares += (x[i * 3 + j] - mean) * (x[i * 3 + j] - mean);
    const Spread column = spread(statistics, j);
    CHECK(column.mean == doctest::Approx(mean).epsilon(1e-12));
    if (j == 2) {
      CHECK(column.deviation == 0.0);
    } else {
      CHECK(column.deviation == doctest::Approx(std::sqrt(squares / 5000)).epsilon(1e-9));
    }
  }
}

TEST_CASE("standardised features have mean 0 and variance 1, a constant one is centred") {
  const std::vector<float> x = samples(2000, 2);
  Statistics statistics = fresh_statistics(standardising(), 3);
  add(x, statistics);
  const test::Real out = test::real(applied(affine(standardising(), 3, statistics), x, 2000));
  CHECK(std::abs(out.row(0).mean()) < 1e-5);
  CHECK(out.row(0).squaredNorm() / 2000 == doctest::Approx(1.0).epsilon(1e-4));
  CHECK(std::abs(out.row(1).mean()) < 1e-5);
  CHECK(out.row(1).squaredNorm() / 2000 == doctest::Approx(1.0).epsilon(1e-3));
  CHECK(out.row(2).cwiseAbs().maxCoeff() == 0.0);
  CHECK((out.row(3).array() == 1.0).all());  // the bias row is not touched
}

TEST_CASE("a feature whose spread is below float32 is centred, not divided into infinity") {
  std::vector<float> x = {1e-42F, 2e-42F, 3e-42F, 5e-42F};
  Statistics statistics = fresh_statistics(standardising(), 1);
  add(x, statistics);
  x.push_back(0.0F);
  CHECK(applied(affine(standardising(), 1, statistics), x, 5).allFinite());
}

TEST_CASE("standardising before any sample, and no normaliser, leave features as they are") {
  const std::vector<float> x = samples(4, 3);
  const Matrix raw = Eigen::Map<const Matrix>(x.data(), 3, 4);
  const Matrix before = applied(affine(standardising(), 3, fresh_statistics(standardising(), 3)), x, 4);
  CHECK(before.topRows(3) == raw);
  const NormaliserOptions none;
  CHECK(fresh_statistics(none, 3).mean.size() == 0);
  CHECK(applied(affine(none, 3, {}), x, 4).topRows(3) == raw);
}

TEST_CASE("inputs are bounded whatever comes: within 10 deviations, and without statistics nothing beyond 1e12") {
  Statistics statistics = fresh_statistics(standardising(), 3);
  add(samples(500, 4), statistics);
  for (const float wrong : {1e9F, -999999.0F, 1e13F, 3e38F, -3e38F}) {
    CAPTURE(wrong);
    const std::vector<float> x = {wrong, 10'000.0F, wrong};
    const Matrix out = applied(affine(standardising(), 3, statistics), x, 1);
    CHECK(std::abs(out(0, 0)) < 1e-3F);                // as if it were missing
    CHECK(out(2, 0) == (wrong > 0 ? 10.0F : -10.0F));  // constant so far: the scale is unknown
    CHECK(std::abs(out(1, 0)) < 5.0F);
    const Matrix raw = applied(affine(NormaliserOptions(), 3, {}), x, 1);
    CHECK(raw(0, 0) == (std::abs(wrong) > 1e12F ? 0.0F : wrong));
    CHECK(raw(1, 0) == 10'000.0F);
  }
}

TEST_CASE("a number that does not fit is held at 10 deviations, one five times as far away goes to the mean") {
  Random random(2);
  Statistics statistics = fresh_statistics(1);
  std::vector<float> seen;
  for (int i = 0; i < 2000; ++i) seen.push_back(static_cast<float>(5.0 + 2.0 * random.normal()));
  add(seen, statistics);
  const auto out = [&](double x) {
    return static_cast<double>(applied(affine(standardising(), 1, statistics), {static_cast<float>(x)}, 1)(0, 0));
  };
  CHECK(out(7.0) == doctest::Approx(1.0).epsilon(0.1));
  for (const double deviations : {12.0, 21.0, 50.0, 90.0}) CHECK(out(5.0 + 2.0 * deviations) == 10.0);
  for (const double times : {1.5, 10.0, 1e4}) {
    CHECK(out(5.0 + 200.0 * times) == doctest::Approx(10.0 / (times * times)).epsilon(0.1));
    CHECK(out(5.0 - 200.0 * times) == doctest::Approx(-10.0 / (times * times)).epsilon(0.1));
  }
}

TEST_CASE("a value that comes often is no wrong number, however far from the others it is") {
  Random random(2);
  Statistics statistics = fresh_statistics(2);
  std::vector<float> seen;
  for (int i = 0; i < 2000; ++i) {
    const bool off = i % 5 == 0;
    seen.push_back(off ? 0.0F : 1000.0F + static_cast<float>(random.normal()));  // a machine that is off at times
    seen.push_back(i < 100 || off ? 0.0F : 1.0F);
  }
  add(seen, statistics);
  const Matrix out = applied(affine(standardising(), 2, statistics), {0, 0, 1000, 1}, 2);
  CHECK(out(0, 0) == -10.0F);
  CHECK(std::abs(out(0, 1)) < 0.1F);
  CHECK(out(1, 1) - out(1, 0) > 0.9F);
}

TEST_CASE("standardised inputs keep the digits that float32 loses before centring") {
  Random random(6);
  std::vector<float> x;
  Residuals residuals;
  std::vector<double> exact;
  for (std::size_t i = 0; i < 400; ++i) {
    exact.push_back(5.4e6 + 0.1 * random.normal());
    x.push_back(static_cast<float>(exact.back()));
    residuals.add(i, static_cast<float>(exact.back() - static_cast<double>(x.back())));
  }
  Statistics statistics = fresh_statistics(standardising(), 1);
  add(Values(x, residuals), statistics);
  const Spread column = spread(statistics, 0);
  Matrix out = Matrix::Ones(2, 400);
  apply(affine(standardising(), 1, statistics), Values(x, residuals), out);
  for (Index i = 0; i < 400; ++i) {
    const double z = (exact[static_cast<std::size_t>(i)] - column.mean) / column.deviation;
    CHECK(out(0, i) == doctest::Approx(z).epsilon(1e-5));
  }
}

TEST_CASE("a fixed map is (x * scale - mean) / std, by one number or one per feature") {
  const std::vector<float> x = {0, 255, 51, 10, 20, 30};
  NormaliserOptions options;
  options.kind = NormaliserKind::fixed;
  options.scale = 1.0 / 255;
  options.mean = {0.1307};
  options.std = {0.3081};
  Matrix out = applied(affine(options, 3, {}), x, 2);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto row = static_cast<Index>(i % 3);
    const auto col = static_cast<Index>(i / 3);
    CHECK(out(row, col) == doctest::Approx((static_cast<double>(x[i]) / 255 - 0.1307) / 0.3081).epsilon(1e-6));
  }
  options.mean = {1, 2, 3};
  options.std = {2, 4, 8};
  options.scale = 2.0;
  out = applied(affine(options, 3, {}), x, 2);
  CHECK(out(1, 0) == doctest::Approx((510.0 - 2) / 4));
  CHECK(out(2, 1) == doctest::Approx((60.0 - 3) / 8));
}
