#include "adapters/store/checkpoint/state_codec.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "adapters/store/checkpoint/sha256.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/adapters/store/checkpoint/every_option.hpp"
#include "tests/adapters/store/checkpoint/learned_state.hpp"
#include "tests/adapters/store/temp_directory.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

TEST_CASE("state codec: a state comes back bit for bit, through a file too") {
  for (const auto& [what, options] : all_options()) {
    CAPTURE(what);
    for (const int steps : {0, 1, 7}) {
      const LearnerState state = learned(options, steps);
      const CheckpointImage image = encode_state(state);
      CHECK(difference(decode_state(image, options), state) == "");
      CHECK(image.metadata.at("state_sha256") == state_sha256(state));
      const TempDirectory temp;
      write_checkpoint(temp / "step-1.safetensors", image);
      const LearnerState read = decode_state(read_checkpoint(temp / "step-1.safetensors"), options);
      CHECK(difference(read, state) == "");
      CHECK(state_sha256(read) == state_sha256(state));
    }
  }
}

TEST_CASE("state codec: a file with its tensors in another order holds the same state") {
  const LearnerOptions options = options_of(Rule::am_mem, OutputRule::adam, true);
  const LearnerState state = learned(options);
  const TempDirectory temp;
  write_checkpoint(temp / "a", encode_state(state));
  std::ifstream in(temp / "a", std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  nlohmann::ordered_json header;
  const auto parsed = nlohmann::json::parse(file.substr(8, length));
  std::string data;
  for (auto at = parsed.rbegin(); at != parsed.rend(); ++at) {
    if (at.key() == "__metadata__") continue;
    const auto [begin, end] = at.value().at("data_offsets").get<std::pair<std::size_t, std::size_t>>();
    header[at.key()] = at.value();
    header[at.key()]["data_offsets"] = {data.size(), data.size() + end - begin};
    data += file.substr(8 + length + begin, end - begin);
  }
  header["__metadata__"] = parsed.at("__metadata__");
  header["__metadata__"]["checksum"] = std::string(64, '0');
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  length = text.size();
  std::string other(reinterpret_cast<const char*>(&length), sizeof length);
  other += text + data;
  Sha256 sha;
  sha.update(std::string_view(other));
  other.replace(other.find(std::string(64, '0')), 64, sha.hex());
  REQUIRE(other != file);
  std::ofstream(temp / "b", std::ios::binary) << other;
  CHECK(difference(decode_state(read_checkpoint(temp / "b"), options), state) == "");
}

TEST_CASE("state codec: the window of the last samples survives when it has gone round") {
  LearnerOptions options = options_of(Rule::am_sgd, OutputRule::sgd);
  options.model.hidden = {2};
  Learner learner(options);
  Random random(1);
  for (int i = 0; i < 23; ++i) learner.step(blobs(500, 4, 3, random));
  REQUIRE(learner.state().prequential.state().head > 0);
  CHECK(difference(decode_state(encode_state(learner.state()), options), learner.state()) == "");
}

TEST_CASE("state codec: a missing or misshapen tensor is refused by name") {
  for (const auto& [what, options] : all_options()) {
    CAPTURE(what);
    const CheckpointImage image = encode_state(learned(options));
    for (const auto& [name, tensor] : image.tensors) {
      CAPTURE(name);
      CheckpointImage broken = image;
      broken.tensors.erase(name);
      CHECK(refusal(broken, options).find(name) != std::string::npos);

      const bool list = name.starts_with("prequential.") || name.starts_with("drift.") ||
                        name.starts_with("holdout.") || name.ends_with(".candidates");
      broken = image;
      Tensor& longer = broken.tensors[name];
      longer.shape.push_back(1);
      CHECK(refusal(broken, options).find(name) != std::string::npos);

      broken = image;
      Tensor& other = broken.tensors[name];
      other.dtype = other.dtype == DType::u32 ? DType::f32 : DType::u32;
      CHECK(refusal(broken, options).find(name) != std::string::npos);

      if (!list) {
        broken = image;
        Tensor& bigger = broken.tensors[name];
        ++bigger.shape[0];
        bigger.bytes.resize(bigger.bytes.size() * bigger.shape[0] / (bigger.shape[0] - 1));
        CHECK(refusal(broken, options).find(name) != std::string::npos);
      }
      if (!tensor.bytes.empty()) {
        broken = image;
        std::byte& byte = broken.tensors[name].bytes.front();
        byte ^= std::byte{1};
        const std::string sentence = refusal(broken, options);
        CHECK((sentence.ends_with("is inconsistent") || sentence.find("state_sha256") != std::string::npos));
      }
    }
    for (const char* name : {"scalars", "labels", "sequence", "state_sha256"}) {
      CheckpointImage broken = image;
      broken.metadata.erase(name);
      CHECK(refusal(broken, options) == std::string("metadata has no ") + name);
      broken.metadata[name] = "nonsense";
      CHECK(refusal(broken, options) != "");
    }
    CheckpointImage broken = image;
    broken.metadata["scalars"] = "{}";
    CHECK(refusal(broken, options).find("step") != std::string::npos);
  }
}

TEST_CASE(
    "state codec: a learner resumed from a file goes on bit for bit, whatever it serves and however old its factors "
    "are") {
  for (const std::size_t inputs : {12U, 300U}) {
    LearnerOptions options;
    options.model.spec = {Task::classification, LabelKind::index, inputs, 3};
    options.model.hidden = {9, 5};
    options.memory.horizon = 800.0;  // 40 batches: factors are refreshed every fourth step
    for (const std::uint64_t served : {0U, 1U, 2U}) {
      CAPTURE(inputs);
      CAPTURE(served);
      LearnerState start = fresh_state(options);
      start.arms[0].tuning.sets.scored = 1000;  // so that the losses below dominate
      start.arms[0].tuning.sets.loss = {50.0, 50.0, 50.0};
      start.arms[0].tuning.sets.loss[served] = 1.0;
      start.arms[0].tuning.sets.served = served;
      Learner running(options, start);
      Random random(5);
      std::size_t between = 0;
      for (std::uint64_t i = 1; i <= 60; ++i) {
        Batch batch = blobs(20, inputs, 3, random);
        batch.last_sequence = 20 * i;
        std::optional<Learner> resumed;
        if (i % 3 == 0) {
          const LearnerState& state = running.state();
          REQUIRE(state.arms[0].tuning.sets.served == served);
          between += state.arms[0].tuning.refreshed < state.arms[0].tuning.steps ? 1 : 0;
          resumed.emplace(options, decode_state(encode_state(state), options));
        }
        running.step(batch);
        if (!resumed) continue;
        resumed->step(batch);
        CHECK(difference(running.state(), resumed->state()) == "");
        const auto one = snapshot_of(running)->predict(batch.samples.x);
        CHECK(snapshot_of(*resumed)->predict(batch.samples.x).values == one.values);
      }
      CHECK(between >= 10);
    }
  }
}

TEST_CASE("state codec: counters that cannot be are refused") {
  const LearnerOptions options = all_options().front().second;
  const LearnerState state = learned(options);
  const auto with = [&](const std::function<void(Tuning&)>& change) {
    LearnerState other = state;
    change(other.arms[0].tuning);
    return refusal(encode_state(other), options);
  };
  CHECK(with([](Tuning&) {}) == "");
  CHECK(with([](Tuning& t) { t.sets.served = 3; }) == "sets.served is 3, there are 3 sets");
  CHECK(with([](Tuning& t) { t.refreshed = t.steps + 1; }).find("tuning.refreshed") != std::string::npos);
  CHECK(with([](Tuning& t) { t.restarted = t.steps + 1; }).find("tuning.restarted") != std::string::npos);
}

TEST_CASE("state codec: the checkpoint of a rule of fixed steps holds nothing of the tuning") {
  const CheckpointImage image = encode_state(learned(options_of(Rule::am_mem, OutputRule::adam)));
  for (const auto& [name, tensor] : image.tensors) {
    CHECK_FALSE((name.starts_with("tuning.") || name.starts_with("brief.") || name.starts_with("lasting.")));
  }
  CHECK(image.metadata.at("scalars").find("tuning.") == std::string::npos);
  CHECK(image.metadata.at("scalars").find("sets.") == std::string::npos);
}

TEST_CASE("state codec: statistics of format 2, of all values, are read and go on") {
  for (const bool schema : {false, true}) {
    LearnerOptions options;
    options.model.spec = {Task::regression, LabelKind::index, 2, 1};
    options.model.hidden = {4};
    options.normaliser.kind = NormaliserKind::standardise;
    options.consolidation.enabled = false;
    if (schema) options.model.spec.columns = {{"a"}, {"b"}};
    Learner learner(options);
    Random random(2);
    for (int i = 0; i < 5; ++i) learner.step(linear_map(50, 2, 1, random));
    CheckpointImage image = encode_state(learner.state());
    image.metadata["format"] = former_checkpoint_format;
    for (const std::string prefix : {"normaliser.", "targets."}) {
      for (const char* name : {"counted", "common", "common_count", "since_common", "outside", "settled",
                               "candidate_count", "candidates", "run", "run_mean", "run_squares", "longest_run"}) {
        CHECK(image.tensors.erase(prefix + name) == 1);
      }
    }
    if (schema) {
      const std::vector<std::uint64_t> present = {200, 250};
      Tensor tensor{DType::u64, {2}, std::vector<std::byte>(16)};
      std::memcpy(tensor.bytes.data(), present.data(), 16);
      image.tensors["normaliser.present"] = tensor;
    }
    const LearnerState read = decode_state(image, options);
    CHECK(read.statistics.counted == std::vector<std::uint64_t>{schema ? 200U : 250U, 250U});
    CHECK(read.statistics.mean == learner.state().statistics.mean);
    CHECK(read.targets.counted == std::vector<std::uint64_t>{250});
    Learner resumed(options, read);
    CHECK(!resumed.step(linear_map(50, 2, 1, random)).skipped);
    CHECK(spread(resumed.state().targets, 0).deviation ==
          doctest::Approx(spread(learner.state().targets, 0).deviation).epsilon(0.2));
  }
}

TEST_CASE("state codec: a state made by other shapes or rules is refused") {
  const CheckpointImage image = encode_state(learned(options_of(Rule::am_mem, OutputRule::adam)));
  LearnerOptions options = options_of(Rule::am_mem, OutputRule::adam);
  options.model.hidden = {6, 5};
  CHECK(refusal(image, options).find("weight.2") != std::string::npos);
  options.model.hidden = {6, 5, 7};
  CHECK(refusal(image, options).find("weight.2") != std::string::npos);
  CHECK(refusal(image, options).find("[6, 4]") != std::string::npos);  // columns, rows, as in the file
  CHECK(refusal(image, options).find("[6, 7]") != std::string::npos);
  CHECK(refusal(image, options_of(Rule::am_adam, OutputRule::adam)).find("moments.0.first") != std::string::npos);
  CHECK(refusal(image, options_of(Rule::am_mem, OutputRule::sgd)) != "");
  CHECK(refusal(image, options_of(Rule::am_mem, OutputRule::adam, false, true)).find("normaliser.mean") !=
        std::string::npos);
}
