// Accepted and refused values of each key, with the exact messages. [[source]] and [test]: sources_test.cpp.

#include "config/load.hpp"

#include <doctest/doctest.h>

#include "core/step/default_arms.hpp"
#include "tests/config/support.hpp"
#include "tests/support/fixed_rule.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::test;

namespace {

const std::string model_keys = "[model]\ninputs = 4\nmax_classes = 3\n";

/// Returns the message about `line` put into `section` at line 6, without its location.
std::string refused(const std::string& section, const std::string& line) {
  const std::string text =
      section == "model" ? model_keys + "\n\n" + line + '\n' : least + '[' + section + "]\n" + line + '\n';
  const std::string message = error_of(text);
  const std::string place = "f.toml:6: " + section + '.';
  if (message.empty()) return "accepted";
  return message.starts_with(place) ? message.substr(place.size()) : "elsewhere: " + message;
}

}  // namespace

TEST_CASE("a model needs its inputs and outputs") {
  CHECK(error_of("") ==
        "f.toml: model.inputs: is required: the number of features of a sample, a whole number from 1 to 1000000 (or "
        "name "
        "them in [[features.column]] tables)");
  CHECK(error_of("\n[model]\nmax_classes = 3\n") ==
        "f.toml:2: model.inputs: is required: the number of features of a sample, a whole number from 1 to 1000000 (or "
        "name "
        "them in [[features.column]] tables)");
  CHECK(error_of("[model]\ninputs = 4\n") ==
        "f.toml:1: model.max_classes: is required: the number of classes there is room for, a whole number from 2 to "
        "100000");
  CHECK(error_of("[model]\ninputs = 4\ntask = \"regression\"\n") ==
        "f.toml:1: model.outputs: is required: the number of targets of a sample, a whole number from 1 to 100000");
}

TEST_CASE("the least configuration is the defaults of the structs") {
  Config expected;
  expected.learner.model.spec.inputs = 4;
  expected.learner.model.spec.outputs = 3;
  expected.learner.learning.arms = default_arms(expected.learner.model);
  CHECK(parse(least) == expected);
}

TEST_CASE("keys of the model are checked") {
  CHECK(refused("model", "name = \"a b\"") ==
        "name: must be a name of at most 64 letters, digits, '_', '-' and '.' that begins with a letter, got \"a b\"");
  CHECK(refused("model", "name = 3").ends_with(", got 3"));
  CHECK(refused("model", "name = \"\"").ends_with(", got \"\""));
  CHECK(refused("model", "name = \"1st\"").ends_with(", got \"1st\""));
  CHECK(refused("model", "task = \"clustering\"") ==
        "task: must be \"classification\" or \"regression\", got \"clustering\"");
  CHECK(refused("model", "hidden = []") == "hidden: must be a list of 1 to 32 layer widths, got []");
  CHECK(refused("model", "hidden = 100") == "hidden: must be a list of 1 to 32 layer widths, got 100");
  CHECK(refused("model", "hidden = [100, 0]") == "hidden[1]: must be a whole number from 1 to 100000, got 0");
  CHECK(refused("model", "hidden = [100, 2.5]") == "hidden[1]: must be a whole number from 1 to 100000, got 2.5");
  CHECK(refused("model", "activation = \"sigmoid\"") ==
        "activation: must be \"relu\", \"tanh\", \"identity\" or \"sign\", got \"sigmoid\"");
  CHECK(refused("model", "seed = -1") == "seed: must be a whole number from 0 to 9223372036854775807, got -1");
  CHECK(refused("model", "seed = 9223372036854775807") == "accepted");
  CHECK(refused("model", "labels = true") == "labels: must be \"index\" or \"named\", got true");
  CHECK(error_of("[model]\ninputs = 0\nmax_classes = 3\n") ==
        "f.toml:2: model.inputs: must be a whole number from 1 to 1000000, got 0");
  CHECK(error_of("[model]\ninputs = 4\nmax_classes = 1\n") ==
        "f.toml:3: model.max_classes: must be a whole number from 2 to 100000, got 1");
}

TEST_CASE("an item of a list that spans lines is refused at its own line") {
  CHECK(error_of(model_keys + "hidden = [\n  100,\n  -1,\n]\n") ==
        "f.toml:6: model.hidden[1]: must be a whole number from 1 to 100000, got -1");
}

TEST_CASE("keys that contradict the task are refused") {
  CHECK(refused("model", "outputs = 2") ==
        "outputs: contradicts task = \"classification\", which has max_classes instead");
  const std::string regression = "[model]\ntask = \"regression\"\ninputs = 4\noutputs = 2\n";
  CHECK(error_of(regression).empty());
  CHECK(error_of(regression + "max_classes = 2\n") ==
        "f.toml:5: model.max_classes: contradicts task = \"regression\", which has outputs instead");
  CHECK(error_of(regression + "labels = \"named\"\n") ==
        "f.toml:5: model.labels: \"named\" contradicts task = \"regression\"");
  CHECK(error_of(regression + "labels = \"index\"\n").empty());
  CHECK(error_of(regression + "[evaluation]\nholdout_per_concept = 5\n") ==
        "f.toml:6: evaluation.holdout_per_concept: must be 0 with task = \"regression\": what is measured is accuracy");
  CHECK(error_of(regression + "[evaluation]\nholdout_per_concept = 0\n").empty());
}

TEST_CASE("class names need named labels, room and to differ") {
  CHECK(refused("model", "classes = [\"a\"]") == "classes: is read only with labels = \"named\"");
  const std::string named = model_keys + "labels = \"named\"\n";
  CHECK(parse(named + "classes = [\"b\", \"a\"]\n").learner.model.classes == std::vector<std::string>{"b", "a"});
  CHECK(error_of(named + "classes = [\"a\", \"b\", \"a\"]\n") ==
        "f.toml:5: model.classes[2]: names a class twice: \"a\"");
  CHECK(error_of(named + "classes = [\"a\", \"b\", \"c\", \"d\"]\n") ==
        "f.toml:5: model.classes: must be at most model.max_classes (3) names, got 4");
  CHECK(error_of(named + "classes = [\"\"]\n") ==
        "f.toml:5: model.classes[0]: must be a class name of 1 to 256 bytes, got \"\"");
  CHECK(error_of(named + "classes = [1]\n") ==
        "f.toml:5: model.classes[0]: must be a class name of 1 to 256 bytes, got 1");
}

TEST_CASE("keys of learning are checked") {
  CHECK(refused("learning", "rule = \"adam\"") == "rule: must be \"am-mem\", \"am-sgd\" or \"am-adam\", got \"adam\"");
  CHECK(refused("learning", "batch_size = 0") == "batch_size: must be a whole number from 1 to 1000000, got 0");
  CHECK(refused("learning", "batch_size = 200.0") == "batch_size: must be a whole number from 1 to 1000000, got 200.0");
  CHECK(refused("learning", "batch_size = \"many\"") ==
        "batch_size: must be a whole number from 1 to 1000000, got \"many\"");
  CHECK(refused("learning", "max_batch_age = 10") ==
        "max_batch_age: must be a duration from \"0s\" to \"24h\" in ms, s, m or h, such as \"1.5s\", got 10");
  CHECK(refused("learning", "max_batch_age = \"25h\"").ends_with("got \"25h\""));
  CHECK(refused("learning", "mu = -1") == "mu: must be a number from 0 to 1000000, got -1");
  CHECK(refused("learning", "mu = nan") == "mu: must be a number from 0 to 1000000, got nan");
  CHECK(refused("learning", "mu = inf") == "mu: must be a number from 0 to 1000000, got inf");
  CHECK(refused("learning", "mu = 1979-05-27") == "mu: must be a number from 0 to 1000000, got 1979-05-27");
  CHECK(refused("learning", "mu = {}") == "mu: must be a number from 0 to 1000000, got a table");
  CHECK(refused("learning", "code_rate = 0") ==
        "code_rate: must be a number above 0 and at most 1000000, or \"auto\", got 0");
  CHECK(refused("learning", "momentum = 1") == "momentum: must be a number >= 0 and below 1, got 1");
  CHECK(refused("learning", "output_rule = \"SGD\"") ==
        "output_rule: must be \"auto\", \"sgd\" or \"adam\", got \"SGD\"");
  const Config config = parse(least + "[learning]\nmu = 1\nmax_batch_age = \"0s\"\n");
  CHECK(config.learner.learning.mu == 1.0);  // whole numbers are accepted as numbers
  CHECK(config.max_batch_age == std::chrono::milliseconds(0));
}

TEST_CASE("the memory's horizon may be infinite and its gain none") {
  const Config config = parse(least + "[memory]\nhorizon = \"infinite\"\ngain = \"none\"\n");
  CHECK_FALSE(config.learner.memory.horizon);
  CHECK(config.learner.memory.gain == Gain::none());
  CHECK(parse(least + "[memory]\ngain = 3\n").learner.memory.gain == Gain::fixed(3.0));
  CHECK(parse(least + "[memory]\ngain = \"auto\"\n").learner.memory.gain == Gain());
  CHECK(refused("memory", "horizon = \"endless\"") ==
        "horizon: must be a number from 1 to 1e+15, or \"infinite\", got \"endless\"");
  CHECK(refused("memory", "horizon = inf").ends_with("got inf"));
  CHECK(refused("memory", "gain = 0") ==
        "gain: must be a number above 0 and at most 1000000, \"auto\" or \"none\", got 0");
  CHECK(refused("memory", "rows = 0") == "rows: must be a number above 0 and at most 1, or \"auto\", got 0");
}

TEST_CASE("what a rule finds out for itself may be a number or \"auto\"") {
  const LearnerOptions tuned = parse(least +
                                     "[learning]\ncode_rate = \"auto\"\noutput_rule = \"auto\"\n"
                                     "[memory]\ndamping = \"auto\"\nrows = \"auto\"\n")
                                   .learner;
  CHECK(tuned == parse(least).learner);
  CHECK(tuned.self_tuned());
  const LearnerOptions fixed = parse(least +
                                     "[learning]\ncode_rate = 2\noutput_rule = \"adam\"\n"
                                     "[memory]\nhorizon = 1000\ngain = 4\ndamping = 30\nrows = 1\n")
                                   .learner;
  CHECK(fixed.learning == test::fixed_rule().learning);
  CHECK(fixed.memory == test::fixed_rule().memory);
}

TEST_CASE("keys that self-tuned steps do not read are refused, unless they say what is so anyway") {
  const std::string by_gain = "is read only with a gain that is a number or \"none\": ";
  CHECK(refused("memory", "sweeps = 2") == "sweeps: " + by_gain + "self-tuned steps make no sweeps");
  CHECK(refused("memory", "sweep_parts = 2") == "sweep_parts: " + by_gain + "self-tuned steps make no sweeps");
  CHECK(refused("memory", "weight_l1 = 0.1") ==
        "weight_l1: " + by_gain + "self-tuned steps have no threshold on the weights");
  CHECK(refused("memory", "regressors = \"updated\"") ==
        "regressors: " + by_gain + "self-tuned steps regress on the forward pass");
  CHECK(refused("memory", "sweeps = 1\nsweep_parts = 1\nweight_l1 = 0\nregressors = \"forward\"") == "accepted");
  CHECK(refused("memory", "gain = 4\nsweeps = 2\nsweep_parts = 2\nweight_l1 = 0.1\nregressors = \"updated\"") ==
        "accepted");
  const std::string by_rule =
      "is read only with output_rule = \"sgd\" or \"adam\": in self-tuned steps the output layer learns as the hidden "
      "layers do";
  CHECK(refused("learning", "output_rate = 0.01") == "output_rate: " + by_rule);
  CHECK(refused("learning", "output_at = \"updated\"") == "output_at: " + by_rule);
  CHECK(refused("learning", "mu_limit = 1.0\nmu = 2.0") == "mu_limit: must be at least learning.mu (2.0), got 1.0");
  CHECK(refused("learning", "rate_halving = 100") == "rate_halving: " + by_rule);
  CHECK(refused("learning", "rate_decay = 100") == "rate_decay: " + by_rule);
  CHECK(refused("learning", "output_rule = \"sgd\"\noutput_rate = 0.01\noutput_at = \"updated\"") == "accepted");
  CHECK(error_of(least + "[learning]\noutput_rate = 0.01\n[memory]\ngain = 4\n").empty());
  CHECK(error_of(least + "[learning]\nrule = \"am-sgd\"\nrate_halving = 100\nrate_decay = 9\n").empty());
  CHECK(error_of(least + "[learning]\nrule = \"am-sgd\"\n[memory]\nsweeps = 2\n").empty());
}

TEST_CASE("a horizon shorter than a batch is refused where it was written") {
  CHECK(refused("memory", "horizon = 100") == "horizon: must be at least learning.batch_size (200), got 100");
  CHECK(refused("memory", "horizon = 200") == "accepted");
  CHECK(refused("learning", "batch_size = 30000") == "batch_size: must be at most memory.horizon (20000.0), got 30000");
  CHECK(error_of(least + "[learning]\nbatch_size = 30000\nrule = \"am-adam\"\n").empty());
}

TEST_CASE("where nothing is said features are standardised, but for sparse text of very many") {
  const auto kind = [](const std::string& inputs, const std::string& format, const std::string& more) {
    return parse("[model]\nmax_classes = 3\ninputs = " + inputs + "\n" + more +
                 "[[source]]\ntype = \"file\"\nformat = \"" + format + "\"\npath = \"words\"\n")
        .learner.normaliser.kind;
  };
  CHECK(kind("4096", "libsvm", "") == NormaliserKind::none);
  CHECK(kind("4095", "libsvm", "") == NormaliserKind::standardise);
  CHECK(kind("4096", "ndjson", "") == NormaliserKind::standardise);
  CHECK(kind("4096", "libsvm", "[features]\ntargets = \"none\"\n") == NormaliserKind::none);
  CHECK(kind("4096", "libsvm", "[features]\nnormaliser = \"standardise\"\n") == NormaliserKind::standardise);
}

TEST_CASE("features are checked against the inputs") {
  const std::string fixed = least + "[features]\nnormaliser = \"fixed\"\n";
  const Config one = parse(fixed + "mean = 2\nstd = 0.5\n");
  CHECK(one.learner.normaliser.mean == std::vector<double>{2.0});
  CHECK(parse(fixed + "mean = [1, 2, 3, 4.5]\n").learner.normaliser.mean == std::vector<double>{1, 2, 3, 4.5});
  CHECK(error_of(fixed + "mean = [1, 2, 3]\n") ==
        "f.toml:7: features.mean: must be a number or a list of model.inputs (4) numbers, got 3 numbers");
  CHECK(error_of(fixed + "std = [1.0]\n") ==
        "f.toml:7: features.std: must be a number or a list of model.inputs (4) numbers, got 1 numbers");
  CHECK(error_of(fixed + "std = [1, 1, 0, 1]\n") ==
        "f.toml:7: features.std[2]: must be a number from 1e-30 to 1e+30, got 0");
  CHECK(error_of(fixed + "std = -1\n") ==
        "f.toml:7: features.std: must be a number from 1e-30 to 1e+30, or a list of one per feature, got -1");
  CHECK(error_of(fixed + "mean = []\n") ==
        "f.toml:7: features.mean: must be a number, or a list of one number per feature, got []");
  CHECK(error_of(fixed + "mean = \"0\"\n").ends_with("got \"0\""));
}

TEST_CASE("numbers of a fixed normaliser need the fixed normaliser") {
  CHECK(refused("features", "scale = 2.0") == "scale: is read only with normaliser = \"fixed\"");
  CHECK(refused("features", "mean = 0.5") == "mean: is read only with normaliser = \"fixed\"");
  CHECK(refused("features", "std = 0.5") == "std: is read only with normaliser = \"fixed\"");
  CHECK(refused("features", "std = 1.0") == "accepted");
}

TEST_CASE("keys of http are checked") {
  CHECK(refused("http", "listen = \"8080\"") ==
        "listen: must be address:port, [address]:port for IPv6, or \"\" for no HTTP, got \"8080\"");
  CHECK(refused("http", "listen = \"\"") == "accepted");
  CHECK(refused("http", "insecure = 1") == "insecure: must be true or false, got 1");
  CHECK(refused("http", "max_body = \"64MB\"") ==
        "max_body: must be a size from \"1KiB\" to \"4GiB\" in B, KiB, MiB, GiB or TiB, or a number of bytes, got "
        "\"64MB\"");
  CHECK(refused("http", "max_header = 12").ends_with("got 12"));
  CHECK(refused("http", "idle_timeout = \"0s\"").ends_with("got \"0s\""));
  CHECK(parse(least + "[http]\nmax_header = 2000\nmax_body = \"1MiB\"\n").http.max_body == 1u << 20);
  CHECK(parse(least + "[http]\nhosts = [\"learn.example.org\", \"a_b\"]\n").http.hosts ==
        std::vector<std::string>{"learn.example.org", "a_b"});
  CHECK(
      refused("http", "hosts = [\"learn.example.org:80\"]")
          .ends_with("a host name of letters, digits, '-', '_' and '.', without a port, got \"learn.example.org:80\""));
  CHECK(refused("http", "hosts = \"a\"").starts_with("hosts: must be a list of host names"));
}

TEST_CASE("listening beyond loopback needs to be called insecure") {
  CHECK(refused("http", "listen = \"0.0.0.0:8080\"") ==
        "listen: is beyond loopback, where anybody could connect: use 127.0.0.1, [::1] or localhost, or set "
        "http.insecure = true, got \"0.0.0.0:8080\"");
  CHECK(refused("http", "listen = \"[::]:8080\"").starts_with("listen: is beyond loopback"));
  CHECK(refused("http", "listen = \"[::1]:8080\"") == "accepted");
  CHECK(refused("http", "listen = \"localhost:8080\"") == "accepted");
  CHECK(error_of(least + "[http]\nlisten = \"0.0.0.0:8080\"\ninsecure = true\n").empty());
  const std::string tcp = least + "[[source]]\ntype = \"tcp\"\naddress = \"192.168.1.2:9000\"\n";
  CHECK(error_of(tcp) ==
        "f.toml:7: source[0].address: is beyond loopback, where anybody could connect: use 127.0.0.1, [::1] or "
        "localhost, or set http.insecure = true, got \"192.168.1.2:9000\"");
  CHECK(error_of(tcp + "[http]\ninsecure = true\n").empty());
}

TEST_CASE("a full request must fit the queue") {
  CHECK(refused("http", "max_samples = 30000") ==
        "max_samples: must be at most learning.queue_samples (20000), or a full request could never be admitted, got "
        "30000");
  CHECK(refused("learning", "queue_samples = 100") ==
        "queue_samples: must be at least http.max_samples (10000), or a full request could never be admitted, got 100");
  CHECK(error_of(least + "[learning]\nqueue_samples = 100\n[http]\nlisten = \"\"\n").empty());
}

TEST_CASE("keys of store and log are checked") {
  CHECK(refused("store", "directory = \"\"") == "directory: must be a path, got \"\"");
  CHECK(refused("store", "directory = 3") == "directory: must be a path, got 3");
  CHECK(refused("store", "keep = 0") == "keep: must be a whole number from 1 to 1000, got 0");
  CHECK(refused("store", "journal = \"yes\"") == "journal: must be true or false, got \"yes\"");
  CHECK(refused("store", "journal_max_bytes = \"1KiB\"").ends_with("got \"1KiB\""));
  CHECK(refused("store", "checkpoint_seconds = -1") ==
        "checkpoint_seconds: must be a number from 0 to 31536000 of seconds, or a duration such as \"5m\", got -1");
  CHECK(refused("store", "checkpoint_seconds = 1e-9") == "checkpoint_seconds: must be 0 or at least 1 ms, got 1e-09");
  CHECK(refused("log", "level = \"warn\"") ==
        "level: must be \"debug\", \"info\", \"warning\" or \"error\", got \"warn\"");
}

TEST_CASE("why no boundary can be announced is a sentence with the key, what it must be and what it is") {
  const auto why = [](const std::string& text) { return boundary_refusal(parse(least + text).learner); };
  CHECK(why("").empty());
  CHECK(why("[consolidation]\nenabled = false\n") ==
        "consolidation.enabled: must be true for a boundary to be announced, got false");
  CHECK(why("[memory]\ngain = \"none\"\ndamping = 30.0\n") ==
        "memory.gain: must be \"auto\" for a boundary to be announced, got \"none\"");
  CHECK(why("[memory]\ngain = 4.0\ndamping = 30.0\n") ==
        "memory.gain: must be \"auto\" for a boundary to be announced, got 4.0");
  CHECK(why("[learning]\nrule = \"am-sgd\"\n") ==
        "learning.rule: must be \"am-mem\" for a boundary to be announced, got \"am-sgd\"");
  CHECK(why("[learning]\nrule = \"am-adam\"\n").ends_with("got \"am-adam\""));
}

TEST_CASE("the time between checkpoints is a duration or a number of seconds") {
  using std::chrono::milliseconds;
  const auto time = [](const std::string& value) {
    return parse(least + "[store]\ncheckpoint_seconds = " + value + '\n').store.checkpoint_time;
  };
  CHECK(time("\"2m\"") == milliseconds(120'000));
  CHECK(time("90") == milliseconds(90'000));
  CHECK(time("0.5") == milliseconds(500));
  CHECK(time("0") == milliseconds(0));
}
