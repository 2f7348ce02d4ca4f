// `altmind learn`: its arguments, exit codes and output files.

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/refused.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/contains.hpp"
#include "tests/support/gathering_sink.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

using nlohmann::json;

TEST_CASE("a text of more inputs than can be squared is learned") {
  const ScratchDirectory scratch;
  std::string lines;
  for (int i = 0; i < 6000; ++i) {
    const int word = 1 + (i * 7919) % 20000;
    lines += std::to_string(i % 2) + " " + std::to_string(word) + ":0.5 " + std::to_string(i % 2 == 0 ? 30001 : 47236) +
             ":0.7\n";
  }
  const std::string data = scratch.write("wide.svm", lines);
  const std::string config =
      scratch.write("wide.toml",
                    "[model]\ninputs = 47236\nmax_classes = 2\nhidden = [10]\n[learning]\nbatch_size = 50\n[[source]]\n"
                    "type = \"file\"\nformat = \"libsvm\"\npath = \"" +
                        data + "\"\n");
  const json report = learn({"-c", config}).report;
  CHECK(report.at("samples") == 6000);
  CHECK(report.at("prequential").at("accuracy").get<double>() > 0.9);
}

TEST_CASE("learn --offline takes every step on the whole input, of which what is rejected is no part") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("altmind.toml", Setup{}.toml());
  const std::string input = scratch.write("input.ndjson", sample_lines(0, 150, 0, inputs) + "nonsense\n");
  const std::vector<std::string> three_passes = {"-c", file, "--input", input, "--epochs", "3"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), three_passes.begin(), three_passes.end());
    return learn(more).report;
  };
  const json offline = with({"--offline"});
  CHECK(offline.at("samples") == 450);
  CHECK(offline.at("state_sha256") ==
        with({"--set", "learning.batch_size=150", "--set", "memory.horizon=150"}).at("state_sha256"));
  CHECK(offline.at("state_sha256") != with({}).at("state_sha256"));
  check_refused({"learn", "-c", file, "--input", "-", "--offline"}, 2, {"--offline", "one source, a file"});
  const std::string none = scratch.write("none.ndjson", "nonsense\n");
  check_refused({"learn", "-c", file, "--input", none, "--offline"}, 2, {"--offline", "1 to 1000000 samples, got 0"});
}

TEST_CASE("learn without store.directory writes no files") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("altmind.toml", Setup{}.toml());
  const std::string input = scratch.write("input.ndjson", sample_lines(0, 120, 0, inputs) + "nonsense\n");
  const std::string empty = scratch / "empty";
  std::filesystem::create_directory(empty);
  const Finished finished =
      run_altmind({.arguments = {"learn", "-c", file, "--input", input, "--report", "json"}, .directory = empty});
  CHECK(finished.ended == exited(0));
  CHECK(std::filesystem::is_empty(empty));
  const json report = json::parse(finished.out);
  CHECK(report.at("samples") == 120);
  CHECK(report.at("rejected") == 1);
  CHECK(report.at("seconds").get<double>() > 0.0);
  CHECK(report.at("samples_per_second").get<double>() > 0.0);
  CHECK(report.at("peak_rss_bytes").get<std::uint64_t>() > 1'000'000);
  CHECK(report.at("state_sha256").get<std::string>().size() == 64);
  CHECK(report.at("prequential").contains("accuracy"));
  CHECK_FALSE(report.contains("checkpoint"));
  check_refused({"learn", "-c", file, "--input", input, "--resume"}, 2, {"--resume", "store.directory"});
}

TEST_CASE("learn reads stdin, refuses what has no end, and fails on what is not there") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("altmind.toml", Setup{}.toml());
  const Finished piped = run_altmind({.arguments = {"learn", "-c", file, "--input", "-", "--report", "json"},
                                      .input = sample_lines(0, 120, 0, inputs)});
  REQUIRE_MESSAGE(piped.ended == exited(0), piped.err);
  const std::string input = scratch.write("input.ndjson", sample_lines(0, 120, 0, inputs));
  CHECK(json::parse(piped.out).at("state_sha256") == learn({"-c", file, "--input", input}).report.at("state_sha256"));

  check_refused({"learn", "-c", file}, 2, {"no source"});
  Setup endless;
  endless.sources = tcp_source;
  check_refused({"learn", "-c", scratch.write("endless.toml", endless.toml())}, 2, {"tcp", "no end"});
  check_refused({"learn", "-c", file, "--input", scratch / "absent.ndjson"}, 1, {"absent.ndjson"});
}

TEST_CASE("learn ends with exit code 1 and the reason when most of its input is of no use") {
  const ScratchDirectory scratch;
  std::string rows;
  std::string empty;
  for (int i = 0; i < 60; ++i) {
    const std::string numbers = std::to_string(i % 7) + "." + std::to_string(i % 10) + "," + std::to_string(i % 11);
    rows += numbers + (i % 3 == 0 ? ",up\n" : ",down\n");
    empty += numbers + (i % 3 == 0 ? ",up\n" : ",?\n");
  }
  const std::string table = scratch.write("table.csv", "x,z,class\n" + rows);
  CHECK(learn({table}).report.at("samples") == 60);
  const std::string shape =
      "[model]\ninputs = 3\nmax_classes = 2\n[[source]]\ntype = \"file\"\nformat = \"csv\"\npath = ";
  const std::string wrong = scratch.write("wrong.toml", shape + "'" + table + "'\n");
  check_refused({"learn", "-c", wrong}, 1, {"altmind: the input: none of 61 records", "wrong_dimension", "got 3"});
  const std::string most = scratch.write("most.csv", "x,z,class\n" + empty);
  check_refused({"learn", most}, 1, {"only 20 of 60 records", "40 are label_missing", "says that it is missing"});
  const std::string nothing = scratch.write("nothing.csv", "");
  check_refused({"learn", "-c", wrong, "--input", nothing}, 1, {"the input has no records"});
  check_refused({"learn", table, "--test", most}, 1, {"the test: only 20 of 60"});
}

TEST_CASE("learn ends with exit code 1 and names the key when its numbers are too large to compute with") {
  const ScratchDirectory scratch;
  std::string rows = "x,z,y\n";
  for (int i = 0; i < 300; ++i) rows += "1e12," + std::to_string(i % 7) + "," + std::to_string(i % 5) + "\n";
  const std::string table = scratch.write("table.csv", rows);
  const std::string file = scratch.write("raw.toml", R"(
[model]
inputs = 2
outputs = 1
task = "regression"
[learning]
batch_size = 50
[features]
normaliser = "none"
[[source]]
type = "file"
format = "csv"
header = true
path = ")" + table + "\"\n");
  check_refused({"learn", "-c", file}, 1,
                {"the input: none of 300 records", "300 are in 6 batches that were left out", "too large or not finite",
                 "[features] normaliser = \"standardise\" keeps"});
  check_refused({"learn", "-c", file, "--set", "features.targets=none"}, 1,
                {"[features] normaliser = \"standardise\" and targets = \"standardise\" keeps"});
  const std::string standardised = "features.normaliser=standardise";
  check_refused(
      {"learn", "-c", file, "--set", standardised, "--set", "learning.rule=am-sgd", "--set", "learning.local_rate=1e6"},
      1, {"batches that were left out", "[learning] as it is by default keeps"});
  check_refused({"learn", "-c", file, "--set", standardised, "--set", "learning.output_rule=sgd", "--set",
                 "learning.output_rate=1e6"},
                1, {"5 of 6 batches were undone", "[learning] as it is by default keeps"});
  CHECK(learn({"-c", file, "--set", standardised}).report.at("samples") == 300);
}

TEST_CASE("learn saves and reports what it has learned when it is told to end") {
  const ScratchDirectory scratch;
  const std::string data = scratch / "data";
  const std::string file = scratch.write("altmind.toml",
                                         "[model]\ninputs = 10\nmax_classes = 2\n[store]\ncheckpoint_batches = 20\n"
                                         "directory = \"" +
                                             data + "\"\n[[source]]\ntype = \"generator\"\nlimit = 1000000000\n");
  const std::filesystem::path saved = data + "/checkpoints";
  Process learning(altmind_program(), {.arguments = {"learn", "-c", file, "--report", "json"}});
  REQUIRE(eventually([&] { return std::filesystem::exists(saved) && !std::filesystem::is_empty(saved); }));
  learning.signal(SIGTERM);
  REQUIRE(learning.wait(patience) == exited(0));
  const json report = json::parse(learning.out());
  CHECK(report.at("interrupted") == true);
  CHECK(report.at("samples") >= 4000);
  const json left = json::parse(run_altmind({.arguments = {"replay", "--data", data}}).out);
  CHECK(left.at("samples") == report.at("samples"));
  CHECK(left.at("state_sha256") == report.at("state_sha256"));
}

TEST_CASE("learn --resume goes on where learn ended, as if it had never ended") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  const std::string input = scratch.write("input.ndjson", sample_lines(0, 500, 0, inputs));
  const json first = learn({"-c", file, "--input", input}).report;
  CHECK(first.at("samples") == 500);
  check_refused({"learn", "-c", file, "--input", input}, 2, {setup.directory});

  scratch.append("input.ndjson", sample_lines(500, 1000, 0, inputs));
  const json second = learn({"-c", file, "--input", input, "--resume"}).report;
  CHECK(second.at("samples") == 500);

  setup.directory.clear();
  const json whole = learn({"-c", scratch.write("whole.toml", setup.toml()), "--input", input}).report;
  CHECK(whole.at("samples") == 1000);
  CHECK(second.at("state_sha256") == whole.at("state_sha256"));
}

TEST_CASE("what learn leaves is what serve starts from, predict predicts with and inspect shows") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  const std::string input = scratch.write("input.ndjson", sample_lines(0, 3000, 0, inputs));
  const std::string other = scratch.write("test.ndjson", sample_lines(3000, 4000, 0, inputs));
  const json report = learn({"-c", file, "--input", input, "--test", other}).report;
  CHECK(report.at("test").at("samples") == 1000);
  CHECK(report.at("test").at("accuracy").get<double>() > 0.5);  // of four classes
  const std::string checkpoint = report.at("checkpoint");

  const json shown = inspect(checkpoint);
  CHECK(shown.at("state_sha256") == report.at("state_sha256"));
  CHECK(shown.at("sequence") == 3000);
  const json directory = inspect(setup.directory);
  CHECK(directory.at("checkpoints").size() == 1);
  CHECK(directory.at("checkpoints")[0].at("file") == checkpoint);
  CHECK(replay(setup.directory).at("state_sha256") == report.at("state_sha256"));

  const std::string question = "{\"features\":" + feature_list(3001, 0, inputs) + "}\n";
  const Finished predicted =
      run_altmind({.arguments = {"predict", "--checkpoint", checkpoint, "--input", "-"}, .input = question});
  REQUIRE_MESSAGE(predicted.ended == exited(0), predicted.err);
  const json offline = json::parse(predicted.out);
  const Finished bad = run_altmind(
      {.arguments = {"predict", "--checkpoint", setup.directory, "--input", "-"}, .input = "{}\n" + question});
  CHECK(bad.ended == exited(1));
  CHECK(test::contains(bad.out, "features_missing"));
  CHECK(test::contains(bad.out, predicted.out));

  Daemon daemon(file);
  const json model = daemon.model();
  REQUIRE(shown.at("arms").size() == model.at("arms").size());
  double weights = 0.0;
  for (std::size_t i = 0; i < model.at("arms").size(); ++i) {
    CHECK(shown.at("arms")[i].at("weight") == model.at("arms")[i].at("weight"));
    CHECK(shown.at("arms")[i].at("loss") == model.at("arms")[i].at("loss"));
    weights += model.at("arms")[i].at("weight").get<double>();
  }
  CHECK(weights == doctest::Approx(1.0));
  CHECK(model.at("step") == 60);
  CHECK(model.at("samples") == 3000);
  const json online = daemon.http().post("/v1/predict", question)->json();
  CHECK(online.at("model").at("step") == 60);
  CHECK(online.at("predictions")[0].at("label") == offline.at("label"));
  for (const auto& [name, probability] : offline.at("probabilities").items()) {
    CHECK(online.at("predictions")[0].at("probabilities").at(name).get<double>() ==
          doctest::Approx(probability.get<double>()).epsilon(1e-6));
  }
  CHECK(daemon.stop() == exited(0));
  CHECK(replay(setup.directory).at("state_sha256") == report.at("state_sha256"));
}

}  // namespace altmind::e2e
