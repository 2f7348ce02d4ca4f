#include "adapters/store/state_codec.hpp"

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

#include "adapters/store/sha256.hpp"
#include "core/learner.hpp"
#include "tests/adapters/store/learned_state.hpp"
#include "tests/adapters/store/temp_directory.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;
using namespace altmind::test;

namespace {

std::vector<std::pair<std::string, LearnerOptions>> all_options() {
  LearnerOptions regression = options_of(Rule::am_mem, OutputRule::adam);
  regression.model.spec.task = Task::regression;
  LearnerOptions tuned;
  tuned.model = options_of(Rule::am_mem, OutputRule::adam).model;
  LearnerOptions wide = tuned;
  wide.model.spec.inputs = 300;
  wide.learning.output_rule = OutputRule::sgd;
  LearnerOptions schema = options_of(Rule::am_mem, OutputRule::adam, false, true);
  schema.model.spec.columns = {{"a"},
                               {"b", ColumnType::categorical, ColumnEncoding::onehot, 4, Missing::flag},
                               {"c", ColumnType::numeric, ColumnEncoding::onehot, 64, Missing::flag},
                               {"d", ColumnType::categorical, ColumnEncoding::hashed, 6, Missing::refuse}};
  return {{"self-tuned", tuned},
          {"self-tuned, wide", wide},
          {"am-mem", options_of(Rule::am_mem, OutputRule::adam)},
          {"am-adam", options_of(Rule::am_adam, OutputRule::adam)},
          {"sgd", options_of(Rule::am_sgd, OutputRule::sgd)},
          {"named", options_of(Rule::am_mem, OutputRule::sgd, true)},
          {"standardise", options_of(Rule::am_mem, OutputRule::adam, false, true)},
          {"drifting", drifting()},
          {"schema", schema},
          {"regression", regression}};
}

template <typename Dense>
void flip_bit(Dense& m, std::uint64_t at) {
  auto* const bytes = reinterpret_cast<unsigned char*>(m.data());
  const auto size = static_cast<std::uint64_t>(m.size()) * sizeof(*m.data());
  bytes[at % size] = static_cast<unsigned char>(bytes[at % size] ^ (1U << (at % 8)));
}

}  // namespace

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

TEST_CASE("state codec: the hash changes with any bit of any tensor, any scalar and any label") {
  for (const auto& [what, options] : all_options()) {
    CAPTURE(what);
    const LearnerState state = learned(options);
    const CheckpointImage image = encode_state(state);
    std::set<std::string> hashes = {state_sha256(state)};
    std::size_t changes = 1;
    const auto changed = [&](const std::string& part, const std::function<void(LearnerState&)>& change) {
      CAPTURE(part);
      LearnerState other = state;
      change(other);
      CHECK(hashes.insert(state_sha256(other)).second);
      ++changes;
    };
    for (const std::uint64_t bit : {0, 13, 101}) {
      for (std::size_t l = 0; l < state.network.weights.size(); ++l) {
        changed("weight", [&](LearnerState& s) { flip_bit(s.network.weights[l], bit); });
      }
      for (std::size_t l = 0; l < state.memories.size(); ++l) {
        changed("memory a", [&](LearnerState& s) { flip_bit(s.memories[l].a, bit); });
        changed("memory b", [&](LearnerState& s) { flip_bit(s.memories[l].b, bit); });
      }
      for (std::size_t l = 0; l < state.moments.size(); ++l) {
        changed("first", [&](LearnerState& s) { flip_bit(s.moments[l].first, bit); });
        changed("second", [&](LearnerState& s) { flip_bit(s.moments[l].second, bit); });
      }
      for (std::size_t l = 0; l < state.norm_vectors.size(); ++l) {
        changed("norm vector", [&](LearnerState& s) { flip_bit(s.norm_vectors[l], bit); });
      }
      for (std::size_t l = 0; l < state.tuning.layers.size(); ++l) {
        const bool wide = state.tuning.layers[l].basis.size() > 0;
        changed("tuning a", [&](LearnerState& s) { flip_bit(s.tuning.layers[l].a, bit); });
        changed("factor",
                [&](LearnerState& s) { flip_bit(wide ? s.tuning.layers[l].basis : s.tuning.layers[l].factor, bit); });
        if (wide) changed("values", [&](LearnerState& s) { flip_bit(s.tuning.layers[l].values, bit); });
      }
      for (std::size_t l = 0; l < state.tuning.sets.brief.weights.size(); ++l) {
        changed("brief", [&](LearnerState& s) { flip_bit(s.tuning.sets.brief.weights[l], bit); });
        changed("lasting", [&](LearnerState& s) { flip_bit(s.tuning.sets.lasting.weights[l], bit); });
      }
      if (state.output.first.size() > 0) {
        changed("output first", [&](LearnerState& s) { flip_bit(s.output.first, bit); });
        changed("output second", [&](LearnerState& s) { flip_bit(s.output.second, bit); });
      }
      if (state.statistics.mean.size() > 0) {
        changed("mean", [&](LearnerState& s) { flip_bit(s.statistics.mean, bit); });
        changed("squares", [&](LearnerState& s) { flip_bit(s.statistics.squares, bit); });
      }
    }
    changed("step", [](LearnerState& s) { ++s.step; });
    changed("samples", [](LearnerState& s) { ++s.samples; });
    changed("skipped", [](LearnerState& s) { ++s.skipped; });
    changed("statistics.samples", [](LearnerState& s) { ++s.statistics.samples; });
    changed("output.steps", [](LearnerState& s) { ++s.output.steps; });
    for (std::size_t l = 0; l < state.moments.size(); ++l) {
      changed("moments.steps", [&](LearnerState& s) { ++s.moments[l].steps; });
    }
    const auto nudged = [](double& value) { value = std::nextafter(value, 1e9); };
    for (std::size_t l = 0; l < state.tuning.layers.size(); ++l) {
      changed("rest", [&](LearnerState& s) { nudged(s.tuning.layers[l].rest); });
      changed("lambda", [&](LearnerState& s) { nudged(s.tuning.layers[l].lambda); });
      changed("step ratio", [&](LearnerState& s) { nudged(s.tuning.layers[l].step_ratio); });
    }
    if (!state.tuning.layers.empty()) {
      changed("tuning.steps", [](LearnerState& s) { ++s.tuning.steps; });
      changed("tuning.refreshed", [](LearnerState& s) { ++s.tuning.refreshed; });
      changed("tuning.restarted", [](LearnerState& s) { ++s.tuning.restarted; });
      changed("tuning.forgotten", [](LearnerState& s) { ++s.tuning.forgotten; });
      for (std::size_t i = 0; i < 3; ++i) {
        changed("set's loss", [&](LearnerState& s) { nudged(s.tuning.sets.loss[i]); });
      }
      changed("scored", [](LearnerState& s) { ++s.tuning.sets.scored; });
      changed("averaged", [](LearnerState& s) { ++s.tuning.sets.averaged; });
      changed("served", [](LearnerState& s) { s.tuning.sets.served = (s.tuning.sets.served + 1) % 3; });
      changed("boldness", [&](LearnerState& s) { nudged(s.tuning.sets.log_boldness); });
    }
    const auto prequential = [&](const std::string& part, const std::function<void(Prequential::State&)>& change) {
      changed(part, [&](LearnerState& s) {
        Prequential::State p = s.prequential.state();
        change(p);
        s.prequential = Prequential(std::move(p));
      });
    };
    prequential("samples", [](Prequential::State& p) { ++p.samples; });
    prequential("correct", [](Prequential::State& p) { ++p.correct; });
    prequential("loss", [](Prequential::State& p) { p.loss = std::nextafter(p.loss, 1e9); });
    prequential("head", [](Prequential::State& p) { ++p.head; });
    prequential("window loss", [](Prequential::State& p) { p.window_loss[5] = -1.0F; });
    prequential("window right", [](Prequential::State& p) { p.window_right[5] ^= 2U; });
    prequential("majority correct", [](Prequential::State& p) { ++p.majority_correct; });
    prequential("no change correct", [](Prequential::State& p) { ++p.no_change_correct; });
    if (options.model.spec.task == Task::classification) {
      prequential("class samples", [](Prequential::State& p) { ++p.class_samples[1]; });
      prequential("class correct", [](Prequential::State& p) { ++p.class_correct[1]; });
      prequential("class predicted", [](Prequential::State& p) { ++p.class_predicted[1]; });
      prequential("window label", [](Prequential::State& p) { p.window_label[5] = (p.window_label[5] + 1) % 3; });
      prequential("window predicted",
                  [](Prequential::State& p) { p.window_predicted[5] = (p.window_predicted[5] + 1) % 3; });
    } else {
      changed("spread mean", [](LearnerState& s) { s.drift.spread.mean[2] += 1.0; });
    }
    changed("memory since", [](LearnerState& s) { ++s.memory_since; });
    changed("page-hinkley count", [](LearnerState& s) { ++s.drift.page_hinkley.count; });
    changed("page-hinkley low at", [](LearnerState& s) { ++s.drift.page_hinkley.low_at; });
    for (double PageHinkley::*const member :
         {&PageHinkley::sum, &PageHinkley::excess, &PageHinkley::lowest, &PageHinkley::low_sum}) {
      changed("page-hinkley", [member](LearnerState& s) { s.drift.page_hinkley.*member += 0.5; });
    }
    changed("adwin taken", [](LearnerState& s) { ++s.drift.adwin.taken; });
    changed("adwin sum", [](LearnerState& s) { s.drift.adwin.sum += 0.5; });
    changed("adwin squares", [](LearnerState& s) { s.drift.adwin.squares += 0.5; });
    changed("adwin bucket", [](LearnerState& s) { s.drift.adwin.rows[1].buckets[0].squares += 0.5; });
    changed("adwin row", [](LearnerState& s) { ++s.drift.adwin.rows[2].count; });
    changed("spread squares", [](LearnerState& s) { s.drift.spread.squares += 1.0; });
    changed("spread samples", [](LearnerState& s) { ++s.drift.spread.samples; });
    changed("concept at", [](LearnerState& s) { ++s.drift.concept_at; });
    changed("alarms of a detector", [](LearnerState& s) { ++s.drift.counts[1].alarms; });
    changed("held back", [](LearnerState& s) { ++s.drift.counts[1].held_back; });
    changed("last of a detector", [](LearnerState& s) { ++s.drift.counts[0].last; });
    changed("an alarm", [](LearnerState& s) { s.drift.alarms.push_back({Detector::adwin, 1, 2, {}}); });
    changed("its evidence", [](LearnerState& s) {
      s.drift.alarms.push_back({Detector::adwin, 1, 2, {0.1, 0.2, 0.3, 0.4, 5}});
    });
    changed("concepts begun", [](LearnerState& s) { ++s.holdout.begun; });
    changed("scored step", [](LearnerState& s) { ++s.holdout.scored_step; });
    changed("a score", [](LearnerState& s) { s.holdout.scores.push_back({1, 0.5}); });
    changed("another score", [](LearnerState& s) { s.holdout.scores.push_back({2, 0.5}); });
    if (!state.holdout.concepts.empty()) {
      changed("number", [](LearnerState& s) { ++s.holdout.concepts[0].number; });
      changed("begun", [](LearnerState& s) { ++s.holdout.concepts[0].begun; });
      changed("ended", [](LearnerState& s) { ++s.holdout.concepts[0].ended; });
      changed("offered", [](LearnerState& s) { ++s.holdout.concepts[0].offered; });
      changed("scored", [](LearnerState& s) { s.holdout.concepts[0].scored = !s.holdout.concepts[0].scored; });
      changed("accuracy", [](LearnerState& s) { s.holdout.concepts[0].accuracy += 0.25; });
      changed("accuracy at end", [](LearnerState& s) { s.holdout.concepts[0].accuracy_at_end += 0.25; });
      changed("position", [](LearnerState& s) { ++s.holdout.concepts[0].position[3]; });
      changed("label", [](LearnerState& s) { ++s.holdout.concepts[0].label[3]; });
      changed("x", [](LearnerState& s) { s.holdout.concepts[0].x[3] += 1.0F; });
    }
    changed("one label more", [](LearnerState& s) { s.labels.add("another"); });
    if (state.labels.size() > 1) {
      changed("labels in another order", [&](LearnerState& s) {
        std::vector<std::string> names = s.labels.names();
        std::swap(names[0], names[1]);
        s.labels = LabelTable(names);
      });
      changed("labels divided elsewhere", [&](LearnerState& s) {
        std::vector<std::string> names = s.labels.names();
        names[1].insert(0, 1, names[0].back());
        names[0].pop_back();
        s.labels = LabelTable(names);
      });
    }
    CHECK(hashes.size() == changes);

    LearnerState later = state;
    later.sequence += 1000;
    CHECK(state_sha256(later) == state_sha256(state));
  }
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

      const bool list = name.starts_with("prequential.") || name.starts_with("drift.") || name.starts_with("holdout.");
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
      start.tuning.sets.scored = 1000;  // so that the losses below last
      start.tuning.sets.loss = {50.0, 50.0, 50.0};
      start.tuning.sets.loss[served] = 1.0;
      start.tuning.sets.served = served;
      Learner running(options, start);
      Random random(5);
      std::size_t between = 0;
      for (std::uint64_t i = 1; i <= 60; ++i) {
        Batch batch = blobs(20, inputs, 3, random);
        batch.last_sequence = 20 * i;
        std::optional<Learner> resumed;
        if (i % 3 == 0) {
          const LearnerState& state = running.state();
          REQUIRE(state.tuning.sets.served == served);
          between += state.tuning.refreshed < state.tuning.steps ? 1 : 0;
          resumed.emplace(options, decode_state(encode_state(state), options));
        }
        running.step(batch);
        if (!resumed) continue;
        resumed->step(batch);
        CHECK(difference(running.state(), resumed->state()) == "");
        const auto one = running.snapshot()->predict(batch.samples.x);
        CHECK(resumed->snapshot()->predict(batch.samples.x).values == one.values);
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
    change(other.tuning);
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

TEST_CASE("state codec: a state made by other shapes or rules is refused") {
  const CheckpointImage image = encode_state(learned(options_of(Rule::am_mem, OutputRule::adam)));
  LearnerOptions options = options_of(Rule::am_mem, OutputRule::adam);
  options.model.hidden = {6, 5};
  CHECK(refusal(image, options).find("weight.2") != std::string::npos);
  options.model.hidden = {6, 5, 7};
  CHECK(refusal(image, options).find("weight.2") != std::string::npos);
  CHECK(refusal(image, options).find("[6, 4]") != std::string::npos);  // columns, rows: as the file has it
  CHECK(refusal(image, options).find("[6, 7]") != std::string::npos);
  CHECK(refusal(image, options_of(Rule::am_adam, OutputRule::adam)).find("moments.0.first") != std::string::npos);
  CHECK(refusal(image, options_of(Rule::am_mem, OutputRule::sgd)) != "");
  CHECK(refusal(image, options_of(Rule::am_mem, OutputRule::adam, false, true)).find("normaliser.mean") !=
        std::string::npos);
}
