#pragma once
// Samples of the built-in streams in the format of a model.

#include <cstdint>
#include <memory>

#include "adapters/random.hpp"
#include "adapters/source.hpp"
#include "adapters/sources/generator/drifting_stream.hpp"
#include "core/samples/sample.hpp"

namespace altmind::generator {

/// Generates sample k of a stream from (options, k) alone. The streams are defined in drifting_stream.hpp and
/// hyperplane.hpp. With u = number k (d + 1) + d of Random(seed, 0), a class y of C becomes, if u < noise,
///
///   (y + 1 + floor((C - 1) u / noise)) mod C,
///
/// that is, another class. "led", "friedman" and "planes" have their own kind of noise instead.
///
/// Not thread-safe.
class GeneratedSamples {
 public:
  /// Throws std::runtime_error naming the key if the model does not fit the stream.
  GeneratedSamples(const adapters::SourceOptions& options, const SampleSpec& spec);

  /// Appends samples first .. first + count - 1.
  void append(std::uint64_t first, std::size_t count, Samples& into);

 private:
  std::uint32_t with_noise(std::uint64_t k, std::uint32_t label) const;

  SampleSpec spec_;
  std::uint32_t classes_;
  double noise_;
  adapters::Random samples_;
  std::unique_ptr<DriftingStream> stream_;
};

}  // namespace altmind::generator
