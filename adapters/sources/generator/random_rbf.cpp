#include <algorithm>
#include <cmath>
#include <vector>

#include "adapters/sources/generator/drifting_stream.hpp"

namespace altmind::generator {

namespace {

class RandomRbf final : public DriftingStream {
 public:
  explicit RandomRbf(const StreamSettings& settings)
      : settings_(settings), samples_(settings.seed, 0), directions_(settings.seed, 2) {
    const adapters::Random placed(settings.seed, 1), moved(settings.seed, 3);
    const std::size_t d = settings.inputs;
    for (std::size_t c = 0; c < centroids; ++c) {
      const std::uint64_t numbers = c * (d + 3);
      Centroid one;
      double length = 0.0;
      for (std::size_t j = 0; j < d; ++j) {
        one.start.push_back(placed.uniform_at(numbers + j));
        one.direction.push_back(normal_at(moved, c * d + j));
        length += one.direction[j] * one.direction[j];
      }
      for (double& part : one.direction) part /= std::sqrt(length);
      one.label = std::floor(classes * placed.uniform_at(numbers + d));
      one.deviation = placed.uniform_at(numbers + d + 1);
      weight_ += placed.uniform_at(numbers + d + 2);
      one.up_to = weight_;
      all_.push_back(std::move(one));
    }
  }

  double sample(std::uint64_t k, std::span<float> x) override {
    const std::size_t d = x.size();
    const double drawn = weight_ * samples_.uniform_at(k * (d + 1));
    const auto found = std::upper_bound(all_.begin(), all_.end() - 1, drawn,
                                        [](double value, const Centroid& one) { return value < one.up_to; });
    const double gone =
        settings_.drift_every == 0 ? 0.0 : way * static_cast<double>(k) / static_cast<double>(settings_.drift_every);
    offset_.resize(d);
    double length = 0.0;
    for (std::size_t j = 0; j < d; ++j) {
      offset_[j] = normal_at(directions_, k * (d + 1) + j);
      length += offset_[j] * offset_[j];
    }
    const double distance = found->deviation * normal_at(directions_, k * (d + 1) + d) / std::sqrt(length);
    for (std::size_t j = 0; j < d; ++j) {
      const double centre = std::abs(std::remainder(found->start[j] + found->direction[j] * gone, 2.0));
      x[j] = static_cast<float>(centre + distance * offset_[j]);
    }
    return found->label;
  }

 private:
  static constexpr std::size_t centroids = 50;
  static constexpr double classes = 5.0;
  static constexpr double way = 2.0;  ///< distance a centroid moves in N samples

  struct Centroid {
    std::vector<double> start, direction;
    double label = 0.0, deviation = 0.0;
    double up_to = 0.0;  ///< cumulative weight up to and including this one
  };
  StreamSettings settings_;
  adapters::Random samples_, directions_;
  std::vector<Centroid> all_;
  double weight_ = 0.0;  ///< total of all centroids
  std::vector<double> offset_;
};

}  // namespace

std::unique_ptr<DriftingStream> random_rbf(const StreamSettings& settings) {
  return std::make_unique<RandomRbf>(settings);
}

}  // namespace altmind::generator
