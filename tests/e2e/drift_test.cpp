// Drift as an operator sees it: in the log, at /v1/model, in the metrics, and after a crash.

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

/// Returns n samples with two features in [-1, 1]; the class is the sign of the first, inverted if `swapped`.
std::string half_planes(std::uint64_t& state, int n, bool swapped) {
  std::string body;
  for (int i = 0; i < n; ++i) {
    const double a = static_cast<double>(draw(state, 0, 2000)) / 1000.0 - 1.0;
    const double b = static_cast<double>(draw(state, 0, 2000)) / 1000.0 - 1.0;
    body += json{{"features", {a, b}}, {"label", (a > 0.0) != swapped ? 1 : 0}}.dump() + "\n";
  }
  return body;
}

}  // namespace

TEST_CASE("a drift is logged, shown and counted with its evidence, and none of it is lost by a crash") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.inputs = 2;
  setup.model = "max_classes = 2";
  setup.sources =
      "[evaluation]\nholdout_per_concept = 50\nholdout_batches = 5\n"
      "[drift]\npage_hinkley_lambda = 80.0\n";  // the learner recovers within a hundred errors
  const std::string file = scratch.write("altmind.toml", setup.toml());
  std::uint64_t state = 1;
  const auto teach = [&state](Daemon& daemon, int requests, bool swapped) {
    HttpClient client = daemon.http();
    for (int i = 0; i < requests; ++i) {
      const std::string body = half_planes(state, 500, swapped);
      REQUIRE(client.post("/v1/ingest", body, {{"Content-Type", "application/x-ndjson"}})->status == 200);
    }
  };
  json before;
  {
    Daemon daemon(file);
    teach(daemon, 10, false);
    const json calm = daemon.wait_for_model([](const json& model) { return model.at("samples") == 5000; });
    CHECK(calm.at("drift").at("alarms").empty());
    CHECK(calm.at("drift").at("reaction") == "none");
    const json whole = calm.at("prequential").at("whole");
    CHECK(whole.at("baselines").at("majority").get<double>() == doctest::Approx(0.5).epsilon(0.1));
    CHECK(whole.at("baselines").at("no_change").get<double>() == doctest::Approx(0.5).epsilon(0.1));
    CHECK(whole.at("kappa").get<double>() ==
          doctest::Approx(2.0 * whole.at("accuracy").get<double>() - 1.0).epsilon(0.05));
    teach(daemon, 8, true);
    before = daemon.wait_for_model([](const json& model) { return model.at("samples") == 9000; });
    const json drift = before.at("drift");
    REQUIRE(drift.at("alarms").size() == 2);
    for (const json& alarm : drift.at("alarms")) {
      CHECK(alarm.at("sample") > 5000);
      CHECK(alarm.at("sample") < 5400);
      CHECK(alarm.at("before") < 0.2);
      CHECK(alarm.at("statistic") > alarm.at("threshold"));
    }
    CHECK(drift.at("alarms")[0].at("sample") > drift.at("alarms")[1].at("sample"));  // newest first
    const json concepts = before.at("holdout").at("concepts");
    REQUIRE(concepts.size() == 2);
    CHECK(concepts[0].at("accuracy_at_end") > 0.8);
    CHECK(concepts[0].at("accuracy") < 0.5);
    CHECK(concepts[1].at("ended").is_null());
    CHECK(before.at("holdout").at("backward_transfer") < -0.3);
    const std::string metrics = daemon.http().get("/metrics")->body;
    CHECK(metrics.find("\naltmind_drift_alarms_total{detector=\"adwin\"} 1\n") != std::string::npos);
    CHECK(metrics.find("\naltmind_holdout_concepts 2\n") != std::string::npos);
    const json line = logged(daemon.process().err(), "drift: the prequential loss has risen");
    REQUIRE(line.is_object());
    CHECK(line.at("level") == "warning");
    CHECK(line.at("detector") == "adwin");
    CHECK(std::stod(line.at("statistic").get<std::string>()) > std::stod(line.at("threshold").get<std::string>()));
    daemon.kill();
  }
  Daemon daemon(file);
  const json after = daemon.model();
  CHECK(after.at("samples") == 9000);
  for (const char* part : {"drift", "holdout", "prequential"}) CHECK(after.at(part) == before.at(part));
  CHECK(daemon.stop() == exited(0));
}

}  // namespace altmind::e2e
