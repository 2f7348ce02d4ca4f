// A task boundary announced by an operator: in the response, at /v1/model, in the metrics, in the log, after a crash.

#include <doctest/doctest.h>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

void teach(Daemon& daemon, std::uint64_t begin, std::uint64_t end) {
  const auto reply = daemon.http().post("/v1/ingest", sample_lines(begin, end, 0, inputs), ndjson);
  REQUIRE(reply);
  REQUIRE(reply->status == 200);
}

void announce(Daemon& daemon, std::uint64_t after) {
  const auto reply = daemon.http().post("/v1/admin/consolidate", "");
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->json() == json{{"announced", true}, {"after_sample", after}});
}

bool consolidated(const json& model) {
  return model.at("consolidation").at("consolidations") == 1;
}

}  // namespace

TEST_CASE("an announced boundary is there exactly once, at its place, whatever is killed and saved around it") {
  const ScratchDirectory scratch;
  const auto config = [&scratch](const std::string& name) {
    Setup setup;
    setup.directory = scratch / name;
    setup.inputs = inputs;
    return scratch.write(name + ".toml", setup.toml());
  };
  std::string whole;
  {
    Daemon daemon(config("whole"));
    teach(daemon, 0, 330);
    announce(daemon, 330);
    teach(daemon, 330, 530);
    CHECK(daemon.stop() == exited(0));
    whole = newest_checkpoint(scratch / "whole").at("state_sha256");
    const json replayed = replay(scratch / "whole");
    CHECK(replayed.at("state_sha256") == whole);
    CHECK(replayed.at("step") == 11);  // six of 50, one of the 30 that the boundary cut off, four of 50
    CHECK(replayed.at("replayed_boundaries") == 0);
    std::filesystem::remove_all(scratch / "whole/checkpoints");
    const json rebuilt = replay(scratch / "whole");
    CHECK(rebuilt.at("state_sha256") == whole);
    CHECK(rebuilt.at("replayed_boundaries") == 1);
  }
  for (const std::string name : {"plain", "saved"}) {
    CAPTURE(name);
    const std::string file = config(name);
    {
      Daemon daemon(file);
      teach(daemon, 0, 330);
      announce(daemon, 330);
      daemon.kill();  // right after the acknowledgement
    }
    {
      Daemon daemon(file);
      const json model = daemon.model();
      CHECK(model.at("samples") == 330);
      CHECK(consolidated(model));
      CHECK(model.at("consolidation").at("protecting") == true);
      announce(daemon, 330);  // a client that missed the response retries
      if (name == "saved") {
        const auto saved = daemon.http().post("/v1/admin/checkpoint", "");
        REQUIRE(saved);
        REQUIRE(saved->status == 200);
        CHECK(inspect(saved->json().at("file").get<std::string>()).at("scalars").at("consolidation.consolidations") ==
              1);
      }
      teach(daemon, 330, 430);
      daemon.kill();
    }
    Daemon daemon(file);
    teach(daemon, 430, 530);
    CHECK(daemon.stop() == exited(0));
    CHECK(newest_checkpoint(scratch / name).at("state_sha256") == whole);
    CHECK(replay(scratch / name).at("state_sha256") == whole);
    std::filesystem::remove_all(scratch / (name + "/checkpoints"));
    CHECK(replay(scratch / name).at("state_sha256") == whole);
    CHECK(inspect(scratch / name).at("journal").size() == 1);
  }
}

TEST_CASE("an announced boundary takes effect without another sample, and is counted and logged") {
  for (const std::string store : {"", "journal = false"}) {
    CAPTURE(store);
    const ScratchDirectory scratch;
    Setup setup;
    setup.directory = scratch / "data";
    setup.inputs = inputs;
    setup.store = store;
    Daemon daemon(scratch.write("altmind.toml", setup.toml()));
    teach(daemon, 0, 120);
    announce(daemon, 120);
    const json model = daemon.wait_for_model(consolidated);
    CHECK(model.at("samples") == 120);
    CHECK(model.at("consolidation").at("protecting") == true);
    const std::string metrics = daemon.http().get("/metrics")->body;
    CHECK(metrics.find("\naltmind_consolidations_total{action=\"announced\"} 1\n") != std::string::npos);
    CHECK(metrics.find("\naltmind_consolidations_total{action=\"consolidated\"} 0\n") != std::string::npos);
    const std::string event = "an operator announced a boundary; what was learned is protected";
    REQUIRE(daemon.process().wait_for_err([&event](const std::string& err) { return !logged(err, event).is_null(); },
                                          patience));
    const json line = logged(daemon.process().err(), event);
    CHECK(line.at("after_sample") == "120");
    CHECK(daemon.stop() == exited(0));
    CHECK(newest_checkpoint(scratch / "data").at("state_sha256") == replay(scratch / "data").at("state_sha256"));
    CHECK(newest_checkpoint(scratch / "data").at("scalars").at("consolidation.consolidations") == 1);
  }
}

TEST_CASE("where consolidation is off a boundary is refused with the setting to change") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.sources = "[consolidation]\nenabled = false\n";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  const auto reply = daemon.http().post("/v1/admin/consolidate", "");
  REQUIRE(reply);
  CHECK(reply->status == 409);
  CHECK(reply->json() ==
        json{{"error", "consolidation.enabled: must be true for a boundary to be announced, got false"},
             {"reason", "no_consolidated_memory"}});
  CHECK(daemon.http().get("/v1/admin/consolidate")->status == 405);
  CHECK(daemon.stop() == exited(0));
}

}  // namespace altmind::e2e
