// The learned state depends only on the samples and the cuts, whichever input they come from.

#include <doctest/doctest.h>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/line_client.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

/// Replays a data directory from its journal alone, without checkpoints.
json replay_journal(const ScratchDirectory& scratch, const std::string& directory) {
  const std::filesystem::path copy = scratch / "journal-only";
  std::filesystem::remove_all(copy);
  std::filesystem::create_directories(copy);
  std::filesystem::copy(std::filesystem::path(directory) / "journal", copy / "journal");
  return replay(copy);
}

json learn(const std::string& file, const std::string& input, const std::string& seed) {
  const Finished finished =
      run_altmind({.arguments = {"learn", "-c", file, "--input", input, "--seed", seed, "--report", "json"}});
  REQUIRE_MESSAGE(finished.ended == exited(0), finished.err);
  return json::parse(finished.out);
}

}  // namespace

TEST_CASE("the same samples give the same state through learn, HTTP, TCP and a file") {
  const ScratchDirectory scratch;
  constexpr std::uint64_t samples = 1000;
  const std::string input = scratch.write("input.ndjson", sample_lines(0, samples, 0, inputs));
  Setup setup;
  const std::string plain = scratch.write("plain.toml", setup.toml());
  const json report = learn(plain, input, "1");
  const std::string state = report.at("state_sha256");
  CHECK(report.at("samples") == samples);
  CHECK(learn(plain, input, "1").at("state_sha256") == state);
  CHECK(learn(plain, input, "2").at("state_sha256") != state);

  const auto all = [](const json& model) { return model.at("samples") == samples; };
  const auto serve = [&](const std::string& name, const std::string& sources, auto send) {
    CAPTURE(name);
    setup.directory = scratch / name;
    setup.sources = sources;
    Daemon daemon(scratch.write(name + ".toml", setup.toml()));
    send(daemon);
    daemon.wait_for_model(all);
    CHECK(daemon.stop() == exited(0));
    CHECK(newest_checkpoint(setup.directory).at("state_sha256") == state);
    CHECK(replay_journal(scratch, setup.directory).at("state_sha256") == state);
  };
  serve("http", "", [&](Daemon& daemon) {
    HttpClient client = daemon.http();
    std::uint64_t random = 7;
    for (std::uint64_t at = 0; at < samples;) {
      const std::uint64_t end = std::min(samples, at + draw(random, 1, 130));
      CHECK(client.post("/v1/ingest", sample_lines(at, end, 0, inputs), ndjson)->status == 200);
      at = end;
    }
  });
  serve("tcp", tcp_source, [&](Daemon& daemon) {
    LineClient client(daemon.tcp_port());
    CHECK(client.send(sample_lines(0, samples, 0, inputs)));
    CHECK(client.wait_through(samples));
  });
  serve("file", "[[source]]\ntype = \"file\"\npath = \"" + input + "\"\n", [](Daemon&) {});
  serve("lists", "", [&](Daemon& daemon) {  // lists of objects instead of lines
    HttpClient client = daemon.http();
    for (std::uint64_t at = 0; at < samples; at += 100) {
      json list = json::array();
      for (std::uint64_t i = at; i < at + 100; ++i) list.push_back(json::parse(sample_line(i, 0, inputs)));
      CHECK(client.post("/v1/ingest", list.dump())->status == 200);
    }
  });
}

TEST_CASE("the generator gives serve and learn the same samples") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.model = "max_classes = 2";
  setup.sources = "[[source]]\ntype = \"generator\"\nstream = \"hyperplane\"\nlimit = 2000\n";
  const Finished learned =
      run_altmind({.arguments = {"learn", "-c", scratch.write("learn.toml", setup.toml()), "--report", "json"}});
  REQUIRE_MESSAGE(learned.ended == exited(0), learned.err);
  setup.directory = scratch / "data";
  Daemon daemon(scratch.write("serve.toml", setup.toml()));
  daemon.wait_for_model([](const json& model) { return model.at("samples") == 2000; });
  CHECK(daemon.stop() == exited(0));
  CHECK(replay(setup.directory).at("state_sha256") == json::parse(learned.out).at("state_sha256"));
}

TEST_CASE("a half-filled batch is learned when it is old enough, and its cut survives kill -9") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.learning = "batch_size = 50\nmax_batch_age = \"50ms\"";
  setup.store = "checkpoint_batches = 0";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  {
    Daemon daemon(file);
    for (std::uint64_t step = 1; step <= 3; ++step) {
      const std::string body = sample_lines(step * 20, step * 20 + 20, 0, inputs);
      REQUIRE(daemon.http().post("/v1/ingest", body, ndjson)->status == 200);
      const json model = daemon.wait_for_model([&](const json& now) { return now.at("step") == step; });
      CHECK(model.at("samples") == step * 20);
    }
    daemon.kill();
  }
  CHECK(checkpoints_of(setup.directory).empty());
  const json killed = replay(setup.directory);
  CHECK(killed.at("step") == 3);
  CHECK(killed.at("samples") == 60);
  CHECK(killed.at("waiting_samples") == 0);
  {
    Daemon daemon(file);
    CHECK(daemon.model().at("step") == 3);
    REQUIRE(daemon.http().post("/v1/ingest", sample_lines(100, 110, 0, inputs), ndjson)->status == 200);
    daemon.wait_for_model([](const json& now) { return now.at("step") == 4; });
    CHECK(daemon.stop() == exited(0));
  }
  const json checkpoint = newest_checkpoint(setup.directory);
  CHECK(checkpoint.at("sequence") == 70);
  CHECK(replay_journal(scratch, setup.directory).at("state_sha256") == checkpoint.at("state_sha256"));
  CHECK(replay_journal(scratch, setup.directory).at("step") == 4);
}

TEST_CASE("samples that do not fill a batch wait across SIGTERM and kill -9 and are not learned early") {
  const ScratchDirectory scratch;
  const std::string input = scratch.write("input.ndjson", sample_lines(0, 100, 0, inputs));
  const std::string state = learn(scratch.write("plain.toml", Setup{}.toml()), input, "1").at("state_sha256");
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  const auto send = [&](Daemon& daemon, std::uint64_t begin, std::uint64_t end) {
    CHECK(daemon.http().post("/v1/ingest", sample_lines(begin, end, 0, inputs), ndjson)->status == 200);
  };
  {
    Daemon daemon(file);
    send(daemon, 0, 70);
    CHECK(daemon.stop() == exited(0));
  }
  CHECK(newest_checkpoint(setup.directory).at("sequence") == 50);
  CHECK(replay(setup.directory).at("waiting_samples") == 20);
  {
    Daemon daemon(file);
    CHECK(daemon.model().at("samples") == 50);
    send(daemon, 70, 80);
    daemon.kill();
  }
  CHECK(replay(setup.directory).at("waiting_samples") == 30);
  {
    Daemon daemon(file);
    send(daemon, 80, 99);
    CHECK(daemon.stop() == exited(0));
  }
  CHECK(replay(setup.directory).at("samples") == 50);
  CHECK(replay(setup.directory).at("waiting_samples") == 49);
  {
    Daemon daemon(file);
    send(daemon, 99, 100);
    daemon.wait_for_model([](const json& model) { return model.at("samples") == 100; });
    CHECK(daemon.stop() == exited(0));
  }
  CHECK(replay(setup.directory).at("state_sha256") == state);
  CHECK(replay_journal(scratch, setup.directory).at("state_sha256") == state);
}

TEST_CASE("a changed learning configuration takes effect after a restart and is replayed as it happened") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.store = "checkpoint_batches = 3\nkeep = 2";
  std::uint64_t at = 0;
  const auto serve = [&](const std::string& learning, std::uint64_t samples, bool kill) {
    setup.learning = learning;
    Daemon daemon(scratch.write("altmind.toml", setup.toml()));
    CHECK(daemon.http().post("/v1/ingest", sample_lines(at, at + samples, 0, inputs), ndjson)->status == 200);
    at += samples;
    if (kill) {
      daemon.kill();
    } else {
      CHECK(daemon.stop() == exited(0));
    }
  };
  serve("batch_size = 50\nmax_batch_age = \"0s\"", 245, true);
  serve("batch_size = 20\nmax_batch_age = \"0s\"", 130, false);  // the 45 waiting samples become a separate batch
  serve("batch_size = 80\nmax_batch_age = \"0s\"\noutput_rule = \"adam\"\noutput_rate = 0.01", 200, true);
  serve("batch_size = 30\nmax_batch_age = \"0s\"\nrule = \"am-adam\"", 250, false);
  const json checkpoint = newest_checkpoint(setup.directory);
  const json replayed = replay_journal(scratch, setup.directory);
  CHECK(replayed.at("sequence") == checkpoint.at("sequence"));
  CHECK(replayed.at("state_sha256") == checkpoint.at("state_sha256"));
  CHECK(replay(setup.directory).at("state_sha256") == checkpoint.at("state_sha256"));
  CHECK(replayed.at("sequence").get<std::uint64_t>() + replayed.at("waiting_samples").get<std::uint64_t>() == at);
}

}  // namespace altmind::e2e
