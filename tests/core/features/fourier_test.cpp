#include "core/features/fourier.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/linalg/random.hpp"

using namespace altmind;

TEST_CASE("Fourier features approximate a kernel of the distance alone, wide and narrow") {
  // Mean over j of E cos(omega_j^T (z - z')) = mean over widths s_j of exp(-s_j^2 ||z - z'||^2 / 2) (Rahimi and Recht).
  constexpr std::size_t count = 4096, d = 3;
  const FourierFeatures features(count, d);
  Matrix z(3, 5), phi(4096, 5);
  z.setZero();
  z.col(1) << 0.1F, 0.0F, 0.0F;
  z.col(2) << 0.0F, 0.6F, -0.8F;
  z.col(3) << 3.0F, 1.0F, 2.0F;
  z.col(4) << 3.0F, 1.6F, 1.2F;
  features.apply(z, phi);
  CHECK(phi.cwiseAbs().maxCoeff() <= std::sqrt(2.0F) * 1.0001F);
  const auto expected = [](double distance) {
    double sum = 0.0;
    for (std::size_t j = 0; j < count; ++j) {
      const double s = std::exp2(2.0 * (2.0 * static_cast<double>(j) / (count - 1) - 1.0)) / std::sqrt(d / 2.0);
      sum += std::exp(-0.5 * s * s * distance * distance) / count;
    }
    return sum;
  };
  const auto kernel = [&](Index i, Index j) { return static_cast<double>(phi.col(i).dot(phi.col(j))) / count; };
  CHECK(kernel(0, 0) == doctest::Approx(1.0).epsilon(0.05));
  CHECK(kernel(0, 1) == doctest::Approx(expected(0.1)).epsilon(0.05));
  CHECK(kernel(0, 2) == doctest::Approx(expected(1.0)).epsilon(0.1));
  CHECK(kernel(3, 4) == doctest::Approx(expected(1.0)).epsilon(0.1));
  CHECK(std::abs(kernel(0, 3) - expected(std::sqrt(14.0))) < 0.05);
}

TEST_CASE("the scale of z is that of the first 1000 samples, without missing and wrong values") {
  SampleSpec spec;
  spec.inputs = 2;
  FourierScale scale = fresh_fourier_scale(2);
  Affine map;
  map.fits = {{0.0, 20.0}, {0.0, std::numeric_limits<double>::infinity()}};
  Random random(1);
  double sum = 0.0, squares = 0.0, values = 0.0;
  std::vector<float> before, after;
  for (int i = 0; i < 1000; ++i) {
    const auto x = static_cast<float>(5.0 + 2.0 * random.normal());
    const bool missing = i % 10 == 0, wrong = i % 10 == 1;
    before.push_back(missing ? std::numeric_limits<float>::quiet_NaN() : wrong ? 1e6F : x);
    before.push_back(7.0F);
    if (missing || wrong) continue;
    sum += x;
    squares += static_cast<double>(x) * x;
    ++values;
  }
  add(spec, map, before, scale);
  CHECK(scale.frozen());
  after.assign(2000, 100.0F);
  add(spec, map, after, scale);
  const double mean = sum / values;
  const double deviation = std::sqrt(squares / values - mean * mean);
  const Affine to_z = fourier_map(scale);
  CHECK(to_z(0, mean + 3.0 * deviation) == doctest::Approx(3.0).epsilon(1e-5));
  CHECK(to_z(1, 7.0) == 0.0F);
  CHECK(to_z(1, 8.0) == 0.0F);  // a constant column
}
