#include "core/evaluate/holdout.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

using namespace altmind;

namespace {

constexpr EvaluationOptions keep_twenty{20, 3, 1};

/// Returns n samples of two features, the sample's number and its label `label`.
Samples block(std::uint64_t before, std::size_t n, std::uint32_t label) {
  Samples samples;
  samples.count = n;
  for (std::size_t i = 0; i < n; ++i) {
    samples.x.push_back(static_cast<float>(before + i));
    samples.x.push_back(static_cast<float>(label));
    samples.label.push_back(label);
  }
  return samples;
}

/// Predicts the first `right` of every 20 samples correctly.
LabelSamples right_about(std::size_t right) {
  return [right](Values x) {
    std::vector<std::uint32_t> labels;
    for (std::size_t i = 0; i < x.size() / 2; ++i) {
      labels.push_back(static_cast<std::uint32_t>(x[2 * i + 1]) + (i < right ? 0U : 1U));
    }
    return labels;
  };
}

}  // namespace

TEST_CASE("holdout keeps each sample of a concept with the same probability, whole") {
  std::vector<int> kept(200);
  const int concepts = 3000;
  HoldoutReservoirs held;
  std::uint64_t before = 0;
  for (int c = 0; c < concepts; ++c) {
    for (int batch = 0; batch < 4; ++batch) {
      offer(keep_twenty, block(before, 50, 7), before, held);
      before += 50;
    }
    const HeldConcept& present = held.concepts.back();
    REQUIRE(present.position.size() == 20);
    REQUIRE(present.offered == 200);
    CHECK(std::set(present.position.begin(), present.position.end()).size() == 20);
    for (std::size_t i = 0; i < 20; ++i) {
      CHECK(present.x[2 * i] == static_cast<float>(present.position[i]));
      CHECK(present.x[2 * i + 1] == 7.0F);
      CHECK(present.label[i] == 7);
      ++kept[present.position[i] - present.begun];
    }
    begin_concept(keep_twenty, before, 0, right_about(20), held);
    CHECK(held.concepts.size() <= keep_twenty.holdout_concepts);
  }
  CHECK(held.begun == concepts + 1);
  // Each count is binomial(3000, 0.1): 300 with a deviation of 16.4; 4.5 of them are exceeded once in 700 runs of 200.
  for (const int count : kept) CHECK(std::abs(count - 300) < 74);
}

TEST_CASE("holdout: what a concept reached is the last score before the drift began, not when it was noticed") {
  HoldoutReservoirs held;
  for (std::uint64_t before = 0; before < 400; before += 50) {
    offer(keep_twenty, block(before, 50, 1), before, held);
    score(right_about(before < 300 ? 18 : 5), before + 50, before / 50 + 1, held);
  }
  CHECK(held.scored_step == 8);
  begin_concept(keep_twenty, 400, 60, right_about(4), held);
  REQUIRE(held.concepts.size() == 2);
  const HeldConcept& past = held.concepts[0];
  CHECK(past.ended == 340);
  CHECK(past.accuracy_at_end == 0.9);
  CHECK(std::all_of(past.position.begin(), past.position.end(), [](std::uint64_t at) { return at < 340; }));
  CHECK(past.position.size() < 20);
  CHECK(past.x.size() == 2 * past.position.size());
  for (std::size_t i = 0; i < past.position.size(); ++i) {
    CHECK(past.x[2 * i] == static_cast<float>(past.position[i]));
  }
}

TEST_CASE("holdout: ACC is the mean accuracy now, BWT the mean change since each concept ended") {
  HoldoutReservoirs held;
  const auto learn = [&held](std::uint64_t before) { offer(keep_twenty, block(before, 40, 2), before, held); };
  learn(0);
  score(right_about(16), 40, 1, held);
  CHECK(view(keep_twenty, held).accuracy == doctest::Approx(0.8));
  CHECK(view(keep_twenty, held).backward_transfer == 0.0);
  begin_concept(keep_twenty, 40, 0, right_about(16), held);
  learn(40);
  score(right_about(18), 80, 2, held);
  begin_concept(keep_twenty, 80, 0, right_about(18), held);
  learn(80);
  score(right_about(6), 120, 3, held);
  const HoldoutView now = view(keep_twenty, held);
  REQUIRE(now.concepts.size() == 3);
  CHECK(now.enabled);
  CHECK(now.scored_step == 3);
  CHECK(now.accuracy == doctest::Approx(0.3));
  CHECK(now.backward_transfer == doctest::Approx(((0.3 - 0.8) + (0.3 - 0.9)) / 2));
  CHECK(now.concepts[0].held == 20);
  CHECK(now.concepts[0].age == 2);
  CHECK(now.concepts[2].age == 0);
  CHECK(now.concepts[2].ended == 0);
  begin_concept(keep_twenty, 120, 0, right_about(6), held);
  REQUIRE(held.concepts.size() == 3);
  CHECK(held.concepts[0].number == 2);  // the oldest was evicted
}

TEST_CASE("holdout: a concept of which nothing is certain is not kept") {
  HoldoutReservoirs held;
  offer(keep_twenty, block(0, 40, 2), 0, held);
  begin_concept(keep_twenty, 40, 1000, right_about(20), held);
  REQUIRE(held.concepts.size() == 1);
  CHECK(held.concepts[0].number == 2);
  CHECK(held.concepts[0].begun == 40);
  score(right_about(20), 40, 1, held);  // nothing to score
  CHECK(view(keep_twenty, held).concepts.empty());
}

TEST_CASE("holdout: another configuration takes effect, and none keeps nothing") {
  HoldoutReservoirs held;
  for (std::uint64_t c = 0; c < 3; ++c) {
    offer(keep_twenty, block(40 * c, 40, 2), 40 * c, held);
    begin_concept(keep_twenty, 40 * (c + 1), 0, right_about(20), held);
  }
  const EvaluationOptions fewer{5, 2, 1};
  offer(fewer, block(120, 40, 2), 120, held);
  REQUIRE(held.concepts.size() == 2);
  CHECK(held.concepts[0].position.size() == 5);
  CHECK(held.concepts[1].position.size() == 5);
  const EvaluationOptions none{0, 3, 1};
  begin_concept(none, 160, 0, right_about(20), held);
  offer(none, block(160, 40, 2), 160, held);
  CHECK(held == HoldoutReservoirs{});
  CHECK_FALSE(view(none, held).enabled);
}
