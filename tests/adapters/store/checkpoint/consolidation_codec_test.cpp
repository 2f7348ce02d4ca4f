// The consolidated memory as part of a checkpoint.

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/checkpoint/state_codec.hpp"
#include "adapters/store/checkpoint/state_tensors.hpp"
#include "core/step/learner.hpp"
#include "core/step/state_parts.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;
using namespace altmind::store;
using nlohmann::json;

namespace {

LearnerOptions options_of() {
  LearnerOptions options;
  options.model.spec = {Task::classification, LabelKind::index, 9, 3};
  options.model.hidden = {8, 6};
  options.memory.horizon = 2000.0;
  return options;
}

/// The inputs shift half-way: an alarm, then protected steps.
Batch moving(std::uint64_t step, Random& random) {
  Batch batch = test::blobs(40, 9, 3, random);
  batch.last_sequence = 40 * step;
  if (step <= 60) return batch;
  for (float& x : batch.samples.x) x = 4.0F - 2.0F * x;
  for (std::uint32_t& y : batch.samples.label) y = (y + 1) % 3;
  return batch;
}

LearnerState protecting_state(const LearnerOptions& options) {
  Learner learner(options);
  Random random(3);
  for (std::uint64_t step = 1; step <= 70; ++step) learner.step(moving(step, random));
  REQUIRE(learner.state().protecting());
  REQUIRE(learner.state().arms[0].twin.there());
  return learner.state();
}

std::string refusal(const CheckpointImage& image) {
  try {
    decode_state(image, options_of());
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("state codec: a learner resumed from a file goes on bit for bit, before, at and after an alarm") {
  const LearnerOptions options = options_of();
  Learner running(options);
  Random random(3);
  std::size_t protecting = 0;
  for (std::uint64_t step = 1; step <= 100; ++step) {
    const Batch batch = moving(step, random);
    std::optional<Learner> resumed;
    if (step % 7 == 0 || (step >= 58 && step <= 66)) {
      resumed.emplace(options, decode_state(encode_state(running.state()), options));
    }
    running.step(batch);
    protecting += running.state().protecting() ? 1 : 0;
    if (!resumed) continue;
    resumed->step(batch);
    CAPTURE(step);
    CHECK(test::difference(running.state(), resumed->state()) == "");
  }
  CHECK(protecting >= 30);
}

TEST_CASE("state codec: an announced boundary survives before the next batch") {
  const LearnerOptions options = options_of();
  Learner running(options);
  Random random(3);
  for (std::uint64_t step = 1; step <= 20; ++step) running.step(moving(step, random));
  REQUIRE(running.consolidate());
  Learner resumed(options, decode_state(encode_state(running.state()), options));
  CHECK_FALSE(resumed.consolidate());  // it is in the file
  const Batch batch = moving(21, random);
  running.step(batch);
  resumed.step(batch);
  CHECK(test::difference(running.state(), resumed.state()) == "");
}

TEST_CASE("state codec: the hash changes with every part of the consolidated memory") {
  const LearnerState state = protecting_state(options_of());
  std::set<std::string> hashes = {state_sha256(state)};
  std::size_t parts = 1;
  std::size_t index = 0;
  for (bool found = true; found; ++index) {
    LearnerState other = state;
    std::size_t at = 0;
    found = false;
    const auto change = [&](const std::string&, auto& m, Index, Index) {
      if (m.size() == 0 || at++ != index) return;
      m.data()[m.size() / 2] = std::nextafter(m.data()[m.size() / 2], 1e9F);
      found = true;
    };
    for_each_protection_matrix(other.arms[0].protections, change);
    for_each_profile_matrix(other, change);
    if (!found) break;
    CHECK(hashes.insert(state_sha256(other)).second);
    ++parts;
  }
  CHECK(index >= 18);
  index = 0;
  for (bool found = true; found; ++index) {
    LearnerState other = state;
    std::size_t at = 0;
    found = false;
    for_each_consolidation_scalar(other.consolidation, [&](const std::string&, auto& value) {
      if (at++ != index) return;
      if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, double>) {
        value = std::nextafter(value, 1e9);
      } else {
        ++value;
      }
      found = true;
    });
    if (!found) break;
    CHECK(hashes.insert(state_sha256(other)).second);
    ++parts;
  }
  LearnerState other = state;
  ++other.consolidation.first[1];
  CHECK(hashes.insert(state_sha256(other)).second);
  CHECK(hashes.size() == parts + 1);
  const auto differs = [&](const auto& change) {
    LearnerState changed = state;
    change(changed.arms[0].twin);
    CHECK(hashes.insert(state_sha256(changed)).second);
  };
  differs([](Twin& twin) { twin.network.weights[1](0, 0) += 1.0F; });
  differs([](Twin& twin) { twin.norm_vectors[0][0] += 1.0F; });
  differs([](Twin& twin) { twin.tuning.layers[0].a(1, 0) += 1.0F; });
  differs([](Twin& twin) { ++twin.tuning.steps; });
  differs([](Twin& twin) { twin = {}; });
}

TEST_CASE("state codec: a checkpoint of the former format goes on, without what it does not know") {
  const LearnerOptions options = options_of();
  LearnerState state = protecting_state(options);
  state.arms[0].twin = {};
  CheckpointImage image = encode_state(state);
  image.metadata["format"] = former_checkpoint_format;
  std::vector<std::uint8_t> seen;
  for (const std::uint64_t first : state.consolidation.first) seen.push_back(first > 0 ? 1 : 0);
  image.tensors.erase("consolidation.first");
  image.tensors["consolidation.seen"] = list(seen);
  json scalars = json::parse(image.metadata["scalars"]);
  for (const char* name : {"novelty.recent_bits", "consolidation.task_since", "consolidation.known_until",
                           "consolidation.unseen_bits", "regret.samples_bits", "regret.loss_bits", "regret.lost_bits",
                           "regret.squares_bits", "regret.rehearsed_bits", "twin.there"}) {
    REQUIRE(scalars.erase(name) == 1);
  }
  image.metadata["scalars"] = scalars.dump();
  image.metadata["state_sha256"] = "of something else";
  const LearnerState read = decode_state(image, options);
  CHECK(read.consolidation.first == std::vector<std::uint64_t>{1, 1, 1});
  CHECK(read.protecting());
  CHECK_FALSE(read.arms[0].twin.there());
  CHECK(test::same_matrix(read.arms[0].network.weights[0], state.arms[0].network.weights[0]));
  image.tensors.erase("consolidation.seen");
  CHECK(refusal(image).find("consolidation.seen") != std::string::npos);
}

TEST_CASE("state codec: parts of the consolidated memory that are missing or do not go together are refused by name") {
  const LearnerState state = protecting_state(options_of());
  CheckpointImage image = encode_state(state);
  CHECK(refusal(image) == "");
  for (const auto& [name, tensor] : image.tensors) {
    if (!name.starts_with("consolidation.") && !name.starts_with("twin.")) continue;
    CheckpointImage broken = image;
    broken.tensors.erase(name);
    CHECK(refusal(broken).find(name) != std::string::npos);
    broken = image;
    ++broken.tensors[name].shape[0];
    CHECK(refusal(broken).find(name) != std::string::npos);
  }
  LearnerState other = state;
  other.arms[0].protections[1].kept.resize(0, 0);
  CHECK(refusal(encode_state(other)) == "consolidation.kept is there for some layers only");
  other = state;
  other.arms[0].protections[1].stiffness.resize(0);
  CHECK(refusal(encode_state(other)) == "consolidation.basis lacks its stiffness");
}
