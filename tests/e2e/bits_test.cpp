// Regression test: recorded journals give the same state as before, to the last bit. A change of the engine that is
// meant to alter results records new hashes (ALTMIND_RECORD_BITS=1) and says so in CHANGELOG.md.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "core/linalg/random.hpp"
#include "tests/e2e/support/daemon.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

/// A stream of 3,000 samples; `sample` writes number `i`.
struct Stream {
  std::string model;  ///< lines of [model] and of other tables
  std::function<std::string(int i, Random&)> sample;
  std::string arms = "1";  ///< learning.arms
};

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.5g", value);
  return text.data();
}

/// Returns features whose class is the quadrant of the first two; half-way inputs shift and classes swap.
std::string classified(std::size_t inputs, int i, Random& random) {
  const bool late = i >= 1500;
  std::string features;
  double first = 0.0, second = 0.0;
  for (std::size_t j = 0; j < inputs; ++j) {
    const double x = random.normal() + (late && j % 3 == 0 ? 4.0 : 0.0);
    if (j == 0) first = x - (late ? 4.0 : 0.0);
    if (j == 1) second = x;
    features += (j > 0 ? "," : "") + number(x);
  }
  int label = (first > 0 ? 1 : 0) + (second > 0 ? 2 : 0);
  if (late) label = 3 - label;
  return R"({"features":[)" + features + R"(],"label":)" + std::to_string(label) + "}\n";
}

/// Returns features and two targets of different scales, with a rare outlier.
std::string measured(int i, Random& random) {
  std::array<double, 6> x{};
  std::string features;
  for (std::size_t j = 0; j < x.size(); ++j) {
    x[j] = random.normal() * (j == 2 ? 1000.0 : 1.0) + (j == 3 ? 1e6 : 0.0);
    features += (j > 0 ? "," : "") + number(x[j]);
  }
  const double wild = i % 701 == 700 ? 1e7 : 0.0;
  return R"({"features":[)" + features + R"(],"label":[)" + number(20.0 + x[0] * x[1] + wild) + "," +
         number(1e-3 * std::sin(x[4])) + "]}\n";
}

/// Returns named cells, some of them missing, and named classes that appear one after the other.
std::string named(int i, Random& random) {
  const double amount = std::exp(random.normal());
  const std::uint64_t country = random.below(6), shop = random.below(40);
  std::string line = R"({"features":{)";
  if (random.below(10) > 0) line += R"("amount":)" + number(amount) + ",";
  if (random.below(10) > 0) line += R"("country":"c)" + std::to_string(country) + R"(",)";
  line += R"("shop":"s)" + std::to_string(shop) + R"("},"label":")";
  const bool odd = (country + shop) % 2 == 1;
  line += i < 1000 ? (odd ? "odd" : "even") : i < 2000 ? (amount > 1 ? "dear" : "cheap") : (odd ? "odd" : "cheap");
  return line + "\"}\n";
}

const char* const four_classes = "inputs = 8\nmax_classes = 4\nhidden = [24, 16]\n";

Stream classes(const std::string& more, std::size_t inputs = 8, const std::string& arms = "1") {
  std::string model = four_classes;
  model.replace(model.find("8"), 1, std::to_string(inputs));
  return {model + more, [inputs](int i, Random& random) { return classified(inputs, i, random); }, arms};
}

const std::map<std::string, Stream>& streams() {
  static const std::map<std::string, Stream> all = {
      {"default", classes("")},
      {"tanh", classes("activation = \"tanh\"\n[learning]\nbatch_size = 17\n")},
      {"batches of one", classes("[learning]\nbatch_size = 1\n")},
      {"without consolidation", classes("[consolidation]\nenabled = false\n")},
      {"holdout and forgetting",
       classes("[drift]\nreaction = \"forget\"\npage_hinkley_lambda = 10.0\n[evaluation]\nholdout_per_concept = 50\n")},
      {"release at drift", classes("[drift]\nreaction = \"release\"\npage_hinkley_lambda = 10.0\n")},
      {"codes by the paper",
       classes("[learning]\nmu = 0.01\ncode_rate = 0.5\nmomentum = 0.0\nnorm = \"exact\"\nsparsity = 0.001\n")},
      {"memory as in the paper", classes("[memory]\ngain = \"none\"\nhorizon = \"infinite\"\n")},
      {"fixed gain",
       classes("[memory]\ngain = 4.0\nsweeps = 2\nregressors = \"updated\"\nweight_l1 = 0.0001\nsweep_parts = 2\n")},
      {"sgd", classes("[learning]\nrule = \"am-sgd\"\noutput_at = \"updated\"\n")},
      {"schedules",
       classes("[learning]\nrule = \"am-sgd\"\noutput_rule = \"sgd\"\nmu = 0.1\nmu_growth = 0.01\nmu_limit = "
               "0.15\nrate_halving = 1000\nrate_decay = 20\n")},
      {"adam", classes("[learning]\nrule = \"am-adam\"\noutput_rule = \"sgd\"\n")},
      {"memory and a gradient for the output", classes("[learning]\noutput_rule = \"adam\"\n")},
      {"more than 256 inputs", classes("[learning]\nbatch_size = 100\n", 300)},
      {"convolution",
       {"inputs = 30\nmax_classes = 4\nimage = [1, 5, 6]\n[[model.layer]]\ntype = \"conv2d\"\nchannels = 5\nkernel = "
        "2\n"
        "padding = 1\npool = 2\n[[model.layer]]\ntype = \"conv2d\"\nchannels = 6\nkernel = 2\nstride = 2\n"
        "activation = \"tanh\"\n[[model.layer]]\nunits = 12\n",
        [](int i, Random& random) { return classified(30, i, random); }}},
      {"recurrent",
       {"inputs = 12\nmax_classes = 4\n[[model.layer]]\ntype = \"recurrent\"\nhidden = 9\nsteps = 4\n",
        [](int i, Random& random) { return classified(12, i, random); }}},
      {"sign", classes("activation = \"sign\"\n")},
      {"dropout",
       {"inputs = 8\nmax_classes = 4\n[[model.layer]]\nunits = 24\ndropout = 0.1\n[[model.layer]]\nunits = 16\n"
        "activation = \"tanh\"\ndropout = 0.3\n",
        [](int i, Random& random) { return classified(8, i, random); }}},
      {"batch norm",
       {"inputs = 8\nmax_classes = 4\n[[model.layer]]\nunits = 24\nbatch_norm = true\n[[model.layer]]\nunits = 16\n"
        "batch_norm = true\n[learning]\nrule = \"am-adam\"\n",
        [](int i, Random& random) { return classified(8, i, random); }}},
      {"regression", {"task = \"regression\"\ninputs = 6\noutputs = 2\nhidden = [20]\n", measured}},
      {"regression as it is",
       {"task = \"regression\"\ninputs = 6\noutputs = 2\nhidden = [20]\n[features]\ntargets = \"none\"\n", measured}},
      {"schema",
       {"labels = \"named\"\nmax_classes = 5\nhidden = [16]\n"
        "[[features.column]]\nname = \"amount\"\nmissing = \"flag\"\n"
        "[[features.column]]\nname = \"country\"\ntype = \"categorical\"\nsize = 8\nmissing = \"flag\"\n"
        "[[features.column]]\nname = \"shop\"\ntype = \"categorical\"\nencoding = \"hashed\"\nsize = 16\n",
        named}},
      {"arms", classes("", 8, "auto")},
      {"arms, batches of three, release at drift",
       classes("[learning]\nbatch_size = 3\n[drift]\nreaction = \"release\"\npage_hinkley_lambda = 10.0\n", 30,
               "auto")},
      {"arms, more than 256 inputs", classes("[learning]\nbatch_size = 100\n", 300, "auto")},
      {"arms of a regression", {"task = \"regression\"\ninputs = 6\noutputs = 2\nhidden = [20]\n", measured, "auto"}},
  };
  return all;
}

const std::string recorded_file = ALTMIND_SOURCE_DIR "/tests/e2e/bits.json";

nlohmann::json recorded() {
  std::ifstream file(recorded_file);
  return nlohmann::json::parse(file);
}

/// Learns the stream with a journal; returns the state hash of a replay from the journal alone.
std::string hash_of(const Stream& stream) {
  const ScratchDirectory scratch;
  Random random(7);
  std::string lines;
  for (int i = 0; i < 3000; ++i) lines += stream.sample(i, random);
  const std::string data = scratch.write("data.ndjson", lines);
  const std::string config =
      scratch.write("altmind.toml", "[[source]]\ntype = \"file\"\npath = \"" + data + "\"\n[store]\ndirectory = \"" +
                                        std::string(scratch / "store") + "\"\n[model]\n" + stream.model);
  // A kernel that every supported processor can run.
  const std::map<std::string, std::string> kernel = {{"OPENBLAS_CORETYPE", "Nehalem"}};
  const Finished learned = run_altmind(
      {.arguments = {"learn", "-c", config, "--journal", "--report", "json", "--set", "learning.arms=" + stream.arms},
       .environment = kernel});
  REQUIRE_MESSAGE(learned.ended == exited(0), learned.err);
  for (const auto& checkpoint : checkpoints_of(scratch / "store")) std::filesystem::remove(checkpoint);
  const Finished replayed =
      run_altmind({.arguments = {"replay", "--data", std::string(scratch / "store")}, .environment = kernel});
  REQUIRE_MESSAGE(replayed.ended == exited(0), replayed.err);
  return nlohmann::json::parse(replayed.out).at("state_sha256");
}

}  // namespace

TEST_CASE("learning a recorded journal gives a bit-identical state") {
  if (std::getenv("ALTMIND_RECORD_BITS") != nullptr) {
    nlohmann::json hashes;
    for (const auto& [name, stream] : streams()) hashes[name] = hash_of(stream);
    std::ofstream(recorded_file) << hashes.dump(2) << '\n';
    return;
  }
  const nlohmann::json hashes = recorded();
  CHECK(hashes.size() == streams().size());
  for (const auto& [name, stream] : streams()) {
    CAPTURE(name);
    CHECK(hash_of(stream) == hashes.at(name));
  }
}

}  // namespace altmind::e2e
