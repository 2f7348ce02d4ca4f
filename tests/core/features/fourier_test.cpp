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

namespace {

/// Returns n numbers of one column, N(mean, deviation).
std::vector<float> column(std::size_t n, double mean, double deviation, Random& random) {
  std::vector<float> x;
  for (std::size_t i = 0; i < n; ++i) x.push_back(static_cast<float>(mean + deviation * random.normal()));
  return x;
}

}  // namespace

TEST_CASE("the scale of z is that of a column's first 1000 numbers, without missing and wrong ones") {
  SampleSpec spec;
  spec.inputs = 2;
  Statistics scale = fresh_statistics(2);
  Random random(1);
  const std::vector<float> first = column(1000, 5.0, 2.0, random), later = column(1000, 6.0, 2.5, random);
  std::vector<float> both;
  for (std::size_t i = 0; i < 1200; ++i) {
    const bool missing = i % 10 == 5;
    both.push_back(missing    ? std::numeric_limits<float>::quiet_NaN()
                   : i == 3   ? 1e9F
                   : i < 1000 ? first[i]
                              : later[i - 1000]);
    both.push_back(7.0F);
  }
  for (std::size_t i = 0; i < 1200; i += 40) {
    add_to_scale(
        spec, std::vector<float>(both.begin() + static_cast<long>(2 * i), both.begin() + static_cast<long>(2 * i + 80)),
        {}, scale);
  }
  const Affine to_z = fourier_map(spec, scale);
  CHECK(to_z(0, 5.0) == doctest::Approx(0.0).epsilon(0.1));
  CHECK(to_z(0, 11.0) == doctest::Approx(3.0).epsilon(0.05));
  CHECK(to_z(1, 7.0) == 0.0F);
  const Statistics before = scale;
  CHECK(add_to_scale(spec, std::vector<float>(40, 7.0F), {}, scale));  // the constant column is still waiting
  CHECK(scale.mean[0] == before.mean[0]);
  CHECK(scale.counted[0] == before.counted[0]);
}

TEST_CASE("a column that comes in another unit gets another scale, one that drifts does not") {
  SampleSpec spec;
  spec.inputs = 1;
  Statistics scale = fresh_statistics(1), running = fresh_statistics(1);
  Random random(1);
  const auto learn = [&](const std::vector<float>& x) {
    add(spec, x, running);
    return add_to_scale(spec, x, running, scale);
  };
  learn(column(1200, 0.0, 1.0, random));
  const double deviation = spread(scale, 0).deviation;
  CHECK(deviation == doctest::Approx(1.0).epsilon(0.1));
  for (int i = 0; i < 20; ++i) CHECK_FALSE(learn(column(50, 3.0, 2.0, random)));
  CHECK(spread(scale, 0).deviation == deviation);
  for (int i = 0; i < 60; ++i) learn(column(50, 0.0, 1000.0, random));
  CHECK(spread(scale, 0).deviation == doctest::Approx(1000.0).epsilon(0.2));
}
