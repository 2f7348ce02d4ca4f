// Features that are bytes take one byte each in the journal; all others do not.

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "adapters/store/journal/journal_format.hpp"
#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

constexpr std::size_t inputs = 800;
const SampleSpec pixels{Task::classification, LabelKind::index, inputs, 2};

/// Returns three samples of whole numbers that cover every byte value.
Group pixel_group() {
  Group group;
  group.samples.count = 3;
  group.samples.label = {0, 1, 0};
  for (std::size_t i = 0; i < 3 * inputs; ++i) group.samples.x.push_back(static_cast<float>(i * 37 % 256));
  return group;
}

/// Returns the bytes that a group takes on disk. CHECKs that it is read back bit for bit.
std::uint64_t bytes_of(const Group& group) {
  const TempDirectory temp;
  Journal journal({temp / "j"}, pixels, 1);
  journal.append(group);
  journal.sync();
  const Records read = collect(temp / "j");
  REQUIRE(read.size() == 1);
  const std::vector<float>& x = std::get<GroupRecord>(read[0]).group.samples.x;
  REQUIRE(x.size() == group.samples.x.size());
  std::size_t changed = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    changed += std::bit_cast<std::uint32_t>(x[i]) != std::bit_cast<std::uint32_t>(group.samples.x[i]) ? 1 : 0;
  }
  CHECK(changed == 0);
  return journal.bytes();
}

}  // namespace

TEST_CASE("journal bytes: whole numbers from 0 to 255 take one byte; a single other one, and all take four") {
  const std::uint64_t packed = bytes_of(pixel_group());
  CHECK(packed < 3 * inputs + 300);
  using limits = std::numeric_limits<float>;
  for (const float other : {-0.0f, 0.5f, 254.5f, 256.0f, -1.0f, 1e-45f, -1e-45f, 8388608.0f, 8388609.0f, 16777216.0f,
                            limits::max(), limits::lowest(), limits::infinity(), -limits::infinity(),
                            limits::quiet_NaN(), std::nextafter(255.0f, 256.0f), std::nextafter(1.0f, 0.0f)}) {
    CAPTURE(other);
    for (const std::size_t at : {std::size_t{0}, std::size_t{1023}, std::size_t{1024}, 3 * inputs - 1}) {
      CAPTURE(at);
      Group group = pixel_group();
      group.samples.x[at] = other;
      CHECK(bytes_of(group) == packed + 3 * 3 * inputs);
    }
  }
}

TEST_CASE(
    "journal bytes: what float32 left of some columns and of targets comes back, and takes room for those columns "
    "alone") {
  const SampleSpec spec{Task::regression, LabelKind::index, 40, 2};
  for (const std::size_t count : {1U, 3U, 700U}) {
    for (const bool targets : {false, true}) {
      Group group;
      Samples& samples = group.samples;
      samples.count = count;
      for (std::size_t i = 0; i < count * 40; ++i) samples.x.push_back(static_cast<float>(i % 7));
      for (std::size_t i = 0; i < count * 2; ++i) samples.target.push_back(static_cast<float>(i));
      const TempDirectory temp;
      Journal journal({temp / "j"}, spec, 1);
      journal.append(group);
      journal.sync();
      const std::uint64_t bytes = journal.bytes();
      for (std::size_t i = 0; i < count; i += 2) {
        samples.x_residual.add(i * 40 + 3, 1e-3F);
        samples.x_residual.add(i * 40 + 39, -1e-9F * static_cast<float>(i + 1));
      }
      if (targets) samples.target_residual.add(1, 0.25F);
      journal.append(group);
      journal.sync();
      const Records read = collect(temp / "j");
      REQUIRE(read.size() == 2);
      CHECK(std::get<GroupRecord>(read[0]).group.samples.x_residual.empty());
      CHECK(std::get<GroupRecord>(read[1]).group.samples == samples);
      CHECK(std::get<GroupRecord>(read[1]).first_sequence == count + 1);
      CHECK(journal.bytes() - bytes < 400 + count * 4 * (40 + 2 + 2 + (targets ? 2 : 0)));
    }
  }
}

TEST_CASE("journal bytes: of random floats those are packed that are whole, from 0 to 255 and not -0") {
  std::mt19937 random(5);
  std::vector<std::byte> bytes;
  std::size_t packed = 0;
  for (int k = 0; k < 200'000; ++k) {
    float x = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (k % 2 == 0) x = std::ldexp(static_cast<float>(random() % 2048), -static_cast<int>(random() % 4));
    const bool is_byte = x >= 0.0f && x <= 255.0f && std::floor(x) == x && !std::signbit(x);
    REQUIRE(pack_features(std::span(&x, 1), bytes) == is_byte);
    if (!is_byte) continue;
    ++packed;
    REQUIRE(bytes == std::vector{static_cast<std::byte>(x)});
  }
  CHECK(packed > 1000);
}
