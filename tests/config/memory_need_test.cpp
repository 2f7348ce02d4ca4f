#include "config/memory_need.hpp"

#include <doctest/doctest.h>

#include "config/load.hpp"
#include "tests/support/contains.hpp"

using namespace altmind;
using namespace altmind::config;

namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

Config config_of(std::size_t inputs, std::vector<std::size_t> hidden, std::size_t classes) {
  Config config;
  config.learner.model.spec = {Task::classification, LabelKind::index, inputs, classes};
  config.learner.model.hidden = std::move(hidden);
  return config;
}

double need_of(const Config& config) {
  return static_cast<double>(memory_need(config).total);
}

std::uint64_t part_of(const Config& config, const std::string& what) {
  for (const MemoryPart& part : memory_need(config).parts)
    if (part.what == what) return part.bytes;
  return 0;
}

std::string refusal(const Config& config, double limit) {
  try {
    check_memory_need(config, {static_cast<std::uint64_t>(limit), "the machine has"});
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("what a configuration needs is the sum of its parts, and little for a small one") {
  const Config small = config_of(784, {100, 100}, 10);
  const MemoryNeed need = memory_need(small);
  std::uint64_t sum = 0;
  for (const MemoryPart& part : need.parts) sum += part.bytes;
  CHECK(sum == need.total);
  CHECK(need_of(small) < 0.6 * gib);
  CHECK(refusal(small, 1.0 * gib) == "");
}

TEST_CASE("a wide text set needs memory by its width, a network too large names the key it follows from") {
  CHECK(need_of(config_of(47236, {100}, 2)) < 2.0 * gib);
  CHECK(need_of(config_of(94472, {100}, 2)) < 2.0 * need_of(config_of(47236, {100}, 2)));
  const Config inputs = config_of(1'000'000, {100, 100}, 2);
  CHECK(memory_need(inputs).key == "model.inputs");
  const std::string text = refusal(inputs, 6.0 * gib);
  CHECK(text.starts_with("model.inputs: a network of 1000000-100-100-2 and batches of 200 need about "));
  CHECK(test::contains(text, "GiB of memory, most of it for "));
  CHECK(text.ends_with("; the machine has 6.0 GiB"));
  CHECK(memory_need(config_of(100, {20'000, 20'000}, 2)).key == "model.hidden");
  CHECK(refusal(config_of(100, {20'000, 20'000}, 2), 4.0 * gib).starts_with("model.hidden: "));
  CHECK(memory_need(config_of(100, {5000}, 100'000)).key == "model.max_classes");
}

TEST_CASE("protection and a fixed gain need the squares of widths, and are counted") {
  Config config = config_of(4000, {100}, 10);
  const double with = need_of(config);
  config.learner.consolidation.enabled = false;
  CHECK(with - need_of(config) > 4.0 * 4000.0 * 4000.0 * 4.0);
  Config fixed = config_of(47236, {100}, 10);
  fixed.learner.memory.gain = Gain::fixed(4.0);
  CHECK(need_of(fixed) > 47236.0 * 47236.0 * 4.0);
}

TEST_CASE("the learner without protection that goes along is counted: weights and second moments once more") {
  Config config = config_of(2000, {1000}, 10);
  const std::uint64_t weights = part_of(config, "weights and their averages");
  const std::uint64_t moments = part_of(config, "second moments");
  CHECK(weights == 3 * 4 * (2001 * 1000 + 1001 * 10));
  CHECK(moments == 4 * (2001 * 2001 + 2001 * 64 + 1001 * 1001 + 1001 * 64));
  CHECK(part_of(config, "the learner without protection, which goes along") == weights + moments);
  const double with = need_of(config);
  config.learner.consolidation.enabled = false;
  CHECK(part_of(config, "the learner without protection, which goes along") == 0);
  CHECK(with - need_of(config) > 3.0 * static_cast<double>(weights + moments));  // also in both copies of the state
}

TEST_CASE("many classes need no squares of their number: the last layer protects its inputs alone") {
  CHECK(part_of(config_of(100, {50}, 100'000), "consolidated memory") ==
        4 * (3 * (101 * 101 + 50 * 50) + 101 * 101 + 3 * 51 * 51));
}

TEST_CASE("predicting with a checkpoint needs it twice and the program") {
  CHECK_NOTHROW(check_checkpoint_need("a.safetensors", std::uint64_t{1} << 30, {std::uint64_t{3} << 30, "x"}));
  CHECK_THROWS_WITH_AS(
      check_checkpoint_need("a.safetensors", std::uint64_t{1} << 30, {std::uint64_t{2} << 30, "the machine has"}),
      "a.safetensors: to predict with its 1.0 GiB needs about 2.1 GiB of memory; the machine has 2.0 GiB", ConfigError);
}

TEST_CASE("of wide samples fewer may wait, but always a batch") {
  Config config = config_of(1000, {10}, 2);
  CHECK(queue_capacity(config) == config.queue_samples);
  config = config_of(100'000, {10}, 2);
  CHECK(queue_capacity(config) == 671);
  config = config_of(1'000'000, {10}, 2);
  CHECK(queue_capacity(config) == config.learner.learning.batch_size);
  CHECK(batches_ahead(config_of(1, {10}, 2).learner) == 256);
  CHECK(batches_ahead(config_of(1'000'000, {10}, 2).learner) == 4);
}

TEST_CASE("limits.memory is read, written and the least that counts") {
  const std::string least = "[model]\ninputs = 4\nmax_classes = 2\n";
  const Config config = parse_config(least + "[limits]\nmemory = \"64MiB\"\n", "f.toml", {});
  CHECK(config.memory_limit == 64u << 20);
  CHECK(test::contains(to_toml(config), "[limits]\nmemory = \"64MiB\"\n"));
  CHECK(memory_limit(config).bytes == 64u << 20);
  CHECK(memory_limit(config).name == "limits.memory allows");
  CHECK(memory_limit(parse_config(least, "f.toml", {})).bytes > 64u << 20);
  CHECK_THROWS_WITH_AS(check_memory_need(config, memory_limit(config)),
                       doctest::Contains("limits.memory allows 64 MiB"), ConfigError);
  CHECK_THROWS_WITH_AS(parse_config(least + "[limits]\nmemory = 5\n", "f.toml", {}), doctest::Contains("limits.memory"),
                       ConfigError);
  const std::string text = memory_text(config, memory_limit(config));
  CHECK(text.starts_with("# Needs about "));
  CHECK(test::contains(text, "limits.memory allows 64 MiB"));
}
