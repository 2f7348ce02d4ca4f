#include "adapters/store/state_codec.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/store/sha256.hpp"
#include "core/learner.hpp"
#include "tests/adapters/store/temp_directory.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;
using namespace altmind::test;

namespace {

LearnerOptions options_of(Rule rule, OutputRule output, bool named = false, bool standardise = false) {
  LearnerOptions options;
  options.model.spec = {Task::classification, named ? LabelKind::named : LabelKind::index, 4, 3};
  options.model.hidden = {6, 5, 4};
  options.learning.rule = rule;
  options.learning.output_rule = output;
  if (standardise) options.normaliser.kind = NormaliserKind::standardise;
  return options;
}

/// A state in which every part has moved.
LearnerState learned(const LearnerOptions& options, int steps = 7) {
  Learner learner(options);
  Random random(11);
  std::uint64_t sequence = 0;
  const std::vector<Column>& columns = options.model.spec.columns;
  for (int i = 0; i < steps; ++i) {
    Batch batch = options.model.spec.task == Task::regression ? linear_map(20, 4, 3, random) : blobs(20, 4, 3, random);
    for (std::size_t k = 0; k < (columns.empty() ? 0 : batch.samples.x.size()); k += 4) {
      batch.samples.x[k + 1] = static_cast<float>(random.below(3));
      if (random.below(3) == 0) batch.samples.x[k + 2] = missing_cell;
    }
    if (i == 0 && !columns.empty()) batch.new_categories = {{1, "one"}, {1, "\"zw\xC3\xB6lf\"\n"}};
    batch.last_sequence = sequence += 20;
    if (i == 0 && options.model.spec.labels == LabelKind::named) batch.new_names = {"red", "gr\xC3\xBCn", "\"blue\"\n"};
    learner.step(batch);
  }
  return learner.state();
}

std::vector<std::pair<std::string, LearnerOptions>> all_options() {
  LearnerOptions regression = options_of(Rule::am_mem, OutputRule::adam);
  regression.model.spec.task = Task::regression;
  LearnerOptions schema = options_of(Rule::am_mem, OutputRule::adam, false, true);
  schema.model.spec.columns = {{"a"},
                               {"b", ColumnType::categorical, ColumnEncoding::onehot, 4, Missing::flag},
                               {"c", ColumnType::numeric, ColumnEncoding::onehot, 64, Missing::flag},
                               {"d", ColumnType::categorical, ColumnEncoding::hashed, 6, Missing::refuse}};
  return {{"am-mem", options_of(Rule::am_mem, OutputRule::adam)},
          {"am-adam", options_of(Rule::am_adam, OutputRule::adam)},
          {"sgd", options_of(Rule::am_sgd, OutputRule::sgd)},
          {"named", options_of(Rule::am_mem, OutputRule::sgd, true)},
          {"standardise", options_of(Rule::am_mem, OutputRule::adam, false, true)},
          {"schema", schema},
          {"regression", regression}};
}

std::string refusal(const CheckpointImage& image, const LearnerOptions& options) {
  try {
    decode_state(image, options);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return {};
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
    prequential("window correct", [](Prequential::State& p) { p.window_correct[5] ^= 1U; });
    if (options.model.spec.task == Task::classification) {
      prequential("class samples", [](Prequential::State& p) { ++p.class_samples[1]; });
      prequential("class correct", [](Prequential::State& p) { ++p.class_correct[1]; });
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

      const bool list = name.starts_with("prequential.");
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
        CHECK(refusal(broken, options).find("state_sha256") != std::string::npos);
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
