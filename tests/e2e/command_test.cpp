// The command line: exit codes, messages, files.

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

TEST_CASE("version and help answer on stdout with exit code 0") {
  const Finished version = run_altmind({.arguments = {"--version"}});
  CHECK(version.ended == exited(0));
  CHECK(version.out.starts_with("altmind "));
  CHECK(version.err.empty());
  const Finished help = run_altmind({.arguments = {"--help"}});
  CHECK(help.ended == exited(0));
  for (const std::string command : {"serve", "demo", "learn", "predict", "check", "inspect", "replay"}) {
    CHECK(test::contains(help.out, command));
    const Finished one = run_altmind({.arguments = {command, "--help"}});
    CHECK(one.ended == exited(0));
    CHECK(test::contains(one.out, command));
  }
}

TEST_CASE("wrong use of the command line is exit code 2") {
  check_refused({}, 2, {"command"});
  check_refused({"sevre"}, 2, {"sevre"});
  check_refused({"serve"}, 2, {"--config"});
  check_refused({"serve", "-c", "/nonexistent/altmind.toml"}, 2, {"/nonexistent/altmind.toml"});
  check_refused({"check", "-c", "/nonexistent/altmind.toml"}, 2, {"/nonexistent/altmind.toml"});
  check_refused({"demo", "--set", "http.listen"}, 2, {"http.listen", "section.key=value"});
  check_refused({"demo", "--set", "http.lisen=x"}, 2, {"http.lisen", "listen"});
  check_refused({"replay"}, 2, {"--data"});
  check_refused({"replay", "--data", "/nonexistent"}, 2, {"/nonexistent", "neither"});
  check_refused({"predict", "--input", "-"}, 2, {"--checkpoint"});
  const ScratchDirectory empty;
  check_refused({"predict", "--checkpoint", empty / "", "--input", "-"}, 1, {(empty / "") + " holds no checkpoint"});
}

TEST_CASE("an empty value is refused and not taken for none") {
  check_refused({"serve", "-c", ""}, 2, {"--config", "must not be empty"});
  check_refused({"demo", "-c", ""}, 2, {"--config", "must not be empty"});
  check_refused({"check", "--config="}, 2, {"--config"});
  for (const std::string option : {"--config", "--label", "--test", "--write-config", "--input", "--set"}) {
    check_refused({"learn", "/dev/null", option, ""}, 2, {option, "must not be empty"});
  }
  check_refused({"learn", ""}, 2, {"DATA", "must not be empty"});
  check_refused({"inspect", ""}, 2, {"PATH", "must not be empty"});
  check_refused({"replay", "--data", ""}, 2, {"--data", "must not be empty"});
  check_refused({"predict", "--checkpoint", "", "--input", "-"}, 2, {"--checkpoint", "must not be empty"});
}

TEST_CASE("numbers of the command line are whole, in range, and reported as they were written") {
  check_refused({"learn", "--epochs", "0"}, 2, {"--epochs", "from 1 to 18446744073709551615, got 0\n"});
  check_refused({"learn", "--epochs", "1.5"}, 2, {"--epochs", "got 1.5\n"});
  check_refused({"learn", "--seed", "-1"}, 2, {"--seed", "from 0 to 18446744073709551615, got -1\n"});
  check_refused({"replay", "--data", "/nonexistent", "--until", "-1"}, 2, {"--until", "got -1\n"});
}

TEST_CASE("output that cannot be written is exit code 1, whatever wrote it") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  const std::string input = scratch.write("input.ndjson", sample_lines(0, 100, 0, inputs));
  learn({"-c", file, "--input", input});
  const std::vector<std::vector<std::string>> commands = {
      {"--version"},
      {"--help"},
      {"check", "-c", file},
      {"inspect", setup.directory},
      {"replay", "--data", setup.directory},
      {"predict", "--checkpoint", setup.directory, "--input", input},
      {"learn", "-c", file, "--input", input, "--resume"}};
  for (const std::string redirection : {">/dev/full", ">&-"}) {
    for (const std::vector<std::string>& command : commands) {
      CAPTURE(redirection);
      CAPTURE(command.front());
      Launch launch{.arguments = {"-c", "exec \"$0\" \"$@\" " + redirection, altmind_program()}};
      launch.arguments.insert(launch.arguments.end(), command.begin(), command.end());
      Process process("/bin/sh", launch);
      CHECK(process.wait(patience) == exited(1));
      CHECK_MESSAGE(test::contains(process.err(), "altmind: the output could not be written: "), process.err());
    }
  }
}

TEST_CASE("a daemon that was started without standard streams writes its log into no file of the store") {
  for (const std::string closed : {"2>&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    CAPTURE(closed);
    const ScratchDirectory scratch;
    Setup setup;
    setup.directory = scratch / "data";
    setup.sources = "[[source]]\ntype = \"generator\"\nrate = 1000.0\n";
    setup.store = "checkpoint_batches = 1";
    const std::string file = scratch.write("altmind.toml", setup.toml());
    const std::filesystem::path data = setup.directory;
    Process process("/bin/sh",
                    {.arguments = {"-c", "exec \"$0\" \"$@\" " + closed, altmind_program(), "serve", "-c", file}});
    // A checkpoint exists only after the daemon has logged that it is ready.
    REQUIRE(eventually([&] { return std::filesystem::exists(data / "checkpoints") && !checkpoints_of(data).empty(); }));
    process.signal(SIGTERM);
    REQUIRE(process.wait(patience) == exited(0));
    std::ifstream in(data / "lock");
    const std::string lock{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    CHECK(json::parse(lock, nullptr, false).contains("pid"));
  }
}

TEST_CASE("a configuration that needs more memory than there may be is refused before anything is allocated") {
  const ScratchDirectory scratch;
  const std::string wide = scratch.write("wide.toml",
                                         "[model]\ninputs = 1000000\nmax_classes = 2\n"
                                         "[[source]]\ntype = \"file\"\nformat = \"libsvm\"\npath = \"none.svm\"\n"
                                         "[limits]\nmemory = \"3GiB\"\n");
  for (const std::string command : {"check", "learn", "serve"}) {
    check_refused({command, "-c", wide}, 2, {"model.inputs", "1000000", "GiB", "limits.memory"});
  }
  const Finished narrow = run_altmind({.arguments = {"check", "-c", wide, "--set", "model.inputs=47236"}});
  CHECK_MESSAGE(narrow.ended == exited(0), narrow.err);
  CHECK(test::contains(narrow.out, "# Needs about "));
  CHECK(test::contains(narrow.out, "# Nothing is consolidated: a layer has more than 4095 inputs."));
}

TEST_CASE("check names file, line, key and what is allowed, and prints what it accepts") {
  const ScratchDirectory scratch;
  const std::string good = scratch.write("good.toml", Setup{}.toml());
  const Finished fine = run_altmind({.arguments = {"check", "-c", good}});
  CHECK(fine.ended == exited(0));
  CHECK(fine.err.empty());
  CHECK(test::contains(fine.out, "batch_size = 50"));
  const std::string again = scratch.write("again.toml", fine.out);
  CHECK(run_altmind({.arguments = {"check", "-c", again}}).out == fine.out);

  const std::string unknown = scratch.write("unknown.toml", "[model]\ninputs = 3\nmax_classes = 2\nhiden = [4]\n");
  check_refused({"check", "-c", unknown}, 2, {unknown + ":4", "hiden", "hidden"});
  const std::string range = scratch.write("range.toml", "[model]\ninputs = 0\nmax_classes = 2\n");
  check_refused({"check", "-c", range}, 2, {range + ":2", "model.inputs", "0"});
  const std::string syntax = scratch.write("syntax.toml", "[model]\ninputs = = 3\n");
  check_refused({"check", "-c", syntax}, 2, {syntax + ":2"});
  check_refused({"serve", "-c", range}, 2, {range + ":2"});
  check_refused({"learn", "-c", range}, 2, {range + ":2"});
  const std::string open =
      scratch.write("open.toml", "[model]\ninputs = 3\nmax_classes = 2\n[http]\nlisten = \"0.0.0.0:0\"\n");
  check_refused({"check", "-c", open}, 2, {open + ":5", "insecure"});
}

TEST_CASE("--set lies over the environment, which lies over the file") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("altmind.toml", Setup{}.toml());
  const std::map<std::string, std::string> environment = {{"ALTMIND_LEARNING__BATCH_SIZE", "60"}};
  const Finished by_environment = run_altmind({.arguments = {"check", "-c", file}, .environment = environment});
  CHECK(test::contains(by_environment.out, "batch_size = 60"));
  const Finished by_set =
      run_altmind({.arguments = {"check", "-c", file, "--set", "learning.batch_size=70"}, .environment = environment});
  CHECK(test::contains(by_set.out, "batch_size = 70"));
}

TEST_CASE("a directory of another shape is refused with both shapes, and --new wants an empty one") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  {
    Daemon daemon(file);
    REQUIRE(daemon.http().post("/v1/ingest", sample_lines(0, 70, 0, inputs), ndjson)->status == 200);
    REQUIRE(daemon.stop() == exited(0));
  }
  const std::string before = replay(setup.directory).at("state_sha256");
  check_refused({"serve", "-c", file, "--set", "model.inputs=21"}, 2, {"model.inputs", "21", "20", setup.directory});
  check_refused({"serve", "-c", file, "--set", "model.hidden=[17]"}, 2, {"model.hidden", "[17]", "[16]"});
  check_refused({"serve", "-c", file, "--set", "model.max_classes=5"}, 2, {"model.max_classes", "5", "4"});
  check_refused({"serve", "-c", file, "--new"}, 2, {setup.directory, "empty"});
  check_refused({"learn", "-c", file, "--input", "/dev/null"}, 2, {setup.directory, "empty"});
  CHECK(replay(setup.directory).at("state_sha256") == before);
}

TEST_CASE("inspect and predict refuse a damaged checkpoint with exit code 1") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  const std::string input = scratch.write("input.ndjson", sample_lines(0, 100, 0, inputs));
  const std::string checkpoint = learn({"-c", file, "--input", input}).report.at("checkpoint");
  damage(checkpoint);
  check_refused({"inspect", checkpoint}, 1, {checkpoint});
  check_refused({"predict", "--checkpoint", checkpoint, "--input", input}, 1, {checkpoint});
  check_refused({"replay", "--data", setup.directory}, 2, {setup.directory, checkpoint});
}

TEST_CASE("replay --until stops before the batch that goes beyond it") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  {
    Daemon daemon(file);
    REQUIRE(daemon.http().post("/v1/ingest", sample_lines(0, 330, 0, inputs), ndjson)->status == 200);
    REQUIRE(daemon.stop() == exited(0));
  }
  setup.directory.clear();
  const std::string plain = scratch.write("plain.toml", setup.toml());
  const auto learned = [&](std::uint64_t samples) {
    const std::string input = scratch.write("input.ndjson", sample_lines(0, samples, 0, inputs));
    return learn({"-c", plain, "--input", input}).report.at("state_sha256");
  };
  for (const std::uint64_t until : {100, 120, 149, 150, 300}) {
    const json state = replay(scratch / "data", {"--until", std::to_string(until)});
    CHECK(state.at("sequence") == until / 50 * 50);
    CHECK(state.at("step") == until / 50);
    CHECK(state.at("state_sha256") == learned(until / 50 * 50));
  }
  const json all = replay(scratch / "data");
  CHECK(all.at("sequence") == 300);
  CHECK(all.at("waiting_samples") == 30);
}

TEST_CASE("SIGHUP applies a good file and keeps the old configuration when it is bad") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  Daemon daemon(file);
  const auto hears = [&](const std::string& event) {
    daemon.process().signal(SIGHUP);
    return daemon.process().wait_for_err([&](const std::string& err) { return !logged(err, event).is_null(); },
                                         patience);
  };
  const std::string again = "configuration read again: log and checkpoint settings are in force";
  const std::string kept = "the configuration was not read again; the old one stays";
  scratch.write("altmind.toml", "[model]\ninputs = \"many\"\n");
  CHECK(hears(kept));
  CHECK(test::contains(logged(daemon.process().err(), kept).at("error"), file + ":2"));
  CHECK(daemon.http().post("/v1/ingest", sample_lines(0, 100, 0, inputs), ndjson)->status == 200);
  daemon.wait_for_model([](const json& model) { return model.at("step") == 2; });
  CHECK(logged(daemon.process().err(), "checkpoint").is_null());

  setup.store = "checkpoint_batches = 1";
  scratch.write("altmind.toml", setup.toml());
  CHECK(hears(again));
  CHECK(daemon.http().post("/v1/ingest", sample_lines(100, 200, 0, inputs), ndjson)->status == 200);
  CHECK(daemon.process().wait_for_err([](const std::string& err) { return !logged(err, "checkpoint").is_null(); },
                                      patience));

  setup.log = "format = \"json\"\nlevel = \"error\"";
  scratch.write("altmind.toml", setup.toml());
  daemon.process().signal(SIGHUP);
  CHECK(daemon.stop() == exited(0));
}

TEST_CASE("a checkpoint is made on request") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  REQUIRE(daemon.http().post("/v1/ingest", sample_lines(0, 100, 0, inputs), ndjson)->status == 200);
  daemon.wait_for_model([](const json& model) { return model.at("step") == 2; });
  const auto reply = daemon.http().post("/v1/admin/checkpoint", "");
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->json().at("step") == 2);
  const std::string file = reply->json().at("file");
  CHECK(inspect(file).at("sequence") == 100);
  CHECK(daemon.model().at("checkpoint").at("file") == file);
}

}  // namespace altmind::e2e
