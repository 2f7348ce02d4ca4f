// Labels, regression, counts, and predictions during learning.

#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/line_client.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

std::string named_line(std::uint64_t number, const json& label) {
  return "{\"features\":" + feature_list(number, 0, inputs) + ",\"label\":" + label.dump() + "}\n";
}

std::string question(std::uint64_t number) {
  return "{\"features\":" + feature_list(number, 0, inputs) + "}";
}

std::vector<std::string> names(const json& object) {
  std::vector<std::string> result;
  for (const auto& [name, value] : object.items()) result.push_back(name);
  return result;
}

using Names = std::vector<std::string>;

/// Returns the value of one line of GET /metrics; -1 if it is absent.
double metric(Daemon& daemon, const std::string& name) {
  std::istringstream lines(daemon.http().get("/metrics")->body);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with(name + " ")) return std::stod(line.substr(name.size() + 1));
  }
  return -1.0;
}

}  // namespace

TEST_CASE("classes get their names as they appear, keep them across a restart, and have no room beyond the last") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.model = "labels = \"named\"\nmax_classes = 3";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  const auto predict = [](Daemon& daemon) {
    const auto reply = daemon.http().post("/v1/predict", question(5));
    REQUIRE(reply);
    REQUIRE_MESSAGE(reply->status == 200, reply->body);
    return reply->json().at("predictions")[0];
  };
  {
    Daemon daemon(file);
    CHECK(predict(daemon).at("label").is_null());
    CHECK(predict(daemon).at("probabilities").empty());
    std::string body;
    for (std::uint64_t i = 0; i < 50; ++i) body += named_line(i, i % 2 == 0 ? json("dog") : json("cat"));
    CHECK(daemon.http().post("/v1/ingest", body, ndjson)->status == 200);
    daemon.wait_for_model([](const json& model) { return model.at("step") == 1; });
    CHECK(names(predict(daemon).at("probabilities")) == Names{"cat", "dog"});
    // A third class waits in an incomplete batch: not learned, so not predicted, but its index is assigned.
    CHECK(daemon.http().post("/v1/ingest", named_line(50, 7), ndjson)->status == 200);
    daemon.kill();
  }
  {
    Daemon daemon(file);
    CHECK(names(predict(daemon).at("probabilities")) == Names{"cat", "dog"});
    const auto partly = daemon.http().post("/v1/ingest", named_line(51, "fish") + named_line(52, "cat"), ndjson);
    REQUIRE(partly);
    CHECK(partly->status == 200);
    CHECK(partly->json().at("accepted") == 1);
    REQUIRE(partly->json().at("rejected").size() == 1);
    CHECK(partly->json().at("rejected")[0].at("index") == 0);
    CHECK(partly->json().at("rejected")[0].at("reason") == "label_out_of_range");
    CHECK(daemon.http().post("/v1/ingest", named_line(53, "fish"), ndjson)->status == 400);
    std::string body;
    for (std::uint64_t i = 54; i < 102; ++i) body += named_line(i, i % 2 == 0 ? json("dog") : json(7));
    CHECK(daemon.http().post("/v1/ingest", body, ndjson)->status == 200);
    daemon.wait_for_model([](const json& model) { return model.at("step") == 2; });
    const json prediction = predict(daemon);
    CHECK(names(prediction.at("probabilities")) == Names{"7", "cat", "dog"});
    double sum = 0.0;
    for (const auto& [name, probability] : prediction.at("probabilities").items()) sum += probability.get<double>();
    CHECK(sum == doctest::Approx(1.0).epsilon(1e-4));
    const std::string label = prediction.at("label");
    CHECK((label == "7" || label == "cat" || label == "dog"));
    CHECK(daemon.stop() == exited(0));
  }
  const json checkpoint = newest_checkpoint(setup.directory);
  CHECK(checkpoint.dump().find("\"dog\",\"cat\",\"7\"") != std::string::npos);
  CHECK(replay(setup.directory).at("state_sha256") == checkpoint.at("state_sha256"));
  const Finished offline = run_altmind(
      {.arguments = {"predict", "--checkpoint", setup.directory, "--input", "-"}, .input = question(5) + "\n"});
  REQUIRE_MESSAGE(offline.ended == exited(0), offline.err);
  CHECK(names(json::parse(offline.out).at("probabilities")) == Names{"7", "cat", "dog"});
}

TEST_CASE("the model tells which weights it serves and why, also after a restart") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  json before;
  {
    Daemon daemon(scratch.write("altmind.toml", setup.toml()));
    CHECK(daemon.model().at("served").at("weights") == "live");
    std::string body;
    for (std::uint64_t i = 0; i < 2000; ++i) body += sample_lines(i, i + 1, 0, inputs);
    REQUIRE(daemon.http().post("/v1/ingest", body, ndjson)->status == 200);
    const json model = daemon.wait_for_model([](const json& now) { return now.at("samples") == 2000; });
    before = model.at("served");
    const std::vector<std::string> names = {"live", "brief average", "lasting average"};
    const json& losses = before.at("recent_loss");
    REQUIRE(losses.size() == names.size());
    std::size_t best = 0;
    for (std::size_t i = 1; i < names.size(); ++i) {
      if (losses.at(names[i]) < losses.at(names[best])) best = i;
    }
    CHECK(before.at("weights") == names[best]);
    CHECK(before.at("boldness") >= 0.1);
    CHECK(before.at("boldness") <= 0.9);
    CHECK(metric(daemon, "altmind_served_weights") == static_cast<double>(best));
    CHECK(metric(daemon, "altmind_boldness") == doctest::Approx(before.at("boldness").get<double>()));
    CHECK(metric(daemon, "altmind_layer_gain{layer=\"1\"}") > 0.0);
    for (const json& layer : model.at("layers")) CHECK(layer.at("gain") > 0.0);
    CHECK(daemon.stop() == exited(0));
  }
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  CHECK(daemon.model().at("served") == before);
  CHECK(daemon.stop() == exited(0));

  setup.memory = "gain = 4.0";
  Daemon fixed(scratch.write("altmind.toml", setup.toml()));
  CHECK(fixed.model().at("served") == json{{"weights", "live"}});
}

TEST_CASE("regression is learned and predicted over HTTP") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.inputs = 3;
  setup.model = "task = \"regression\"\noutputs = 2";
  setup.learning = "batch_size = 50\nmax_batch_age = \"0s\"";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  std::uint64_t random = 3;
  const auto unit = [&random] { return static_cast<double>(draw(random, 0, 2000)) / 1000.0 - 1.0; };
  Daemon daemon(file);
  HttpClient client = daemon.http();
  for (int request = 0; request < 40; ++request) {
    std::string body;
    for (int i = 0; i < 250; ++i) {
      const double a = unit();
      const double b = unit();
      body += json{{"features", {a, b, 0.5}}, {"label", {a + b, a - 2.0 * b}}}.dump() + "\n";
    }
    REQUIRE(client.post("/v1/ingest", body, ndjson)->status == 200);
  }
  const json model = daemon.wait_for_model([](const json& now) { return now.at("samples") == 10'000; });
  CHECK_FALSE(model.at("prequential").at("whole").contains("accuracy"));
  const double a = 0.3;
  const double b = -0.6;
  const auto reply = client.post("/v1/predict", json{{"features", {a, b, 0.5}}}.dump());
  REQUIRE(reply);
  REQUIRE_MESSAGE(reply->status == 200, reply->body);
  const json values = reply->json().at("predictions")[0].at("values");
  REQUIRE(values.size() == 2);
  // The targets' standard deviations are 0.8 and 1.3.
  CHECK(std::abs(values[0].get<double>() - (a + b)) < 0.2);
  CHECK(std::abs(values[1].get<double>() - (a - 2.0 * b)) < 0.3);
  CHECK(client.post("/v1/ingest", R"({"features":[1,2,3],"label":[1]})")->status == 400);
  CHECK(daemon.stop() == exited(0));
  CHECK(replay(setup.directory).at("samples") == 10'000);
}

TEST_CASE("predictions carry growing steps while a generator teaches at full speed") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.model = "max_classes = 2";
  setup.sources = "[[source]]\ntype = \"generator\"\nstream = \"hyperplane\"\n";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  HttpClient client = daemon.http();
  std::uint64_t last = 0;
  int grown = 0;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (grown < 20 && std::chrono::steady_clock::now() < deadline) {
    const auto reply = client.post("/v1/predict", question(7));
    REQUIRE(reply);
    REQUIRE(reply->status == 200);
    const std::uint64_t step = reply->json().at("model").at("step");
    CHECK(step >= last);
    grown += step > last ? 1 : 0;
    last = step;
  }
  CHECK(grown == 20);
  CHECK(daemon.stop() == exited(0));
}

TEST_CASE("status and metrics count what clients were told, once") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.sources = tcp_source;
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  HttpClient client = daemon.http();
  const std::map<std::string, std::string> keyed = {{"Content-Type", "application/x-ndjson"},
                                                    {"Idempotency-Key", "one"}};
  const std::string body = sample_lines(0, 30, 0, inputs) + "{\"features\":[1]}\n";
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.post("/v1/ingest", body, keyed);
    REQUIRE(reply);
    CHECK(reply->status == 200);
    CHECK(reply->json().at("accepted") == 30);
    CHECK(reply->json().at("rejected").size() == 1);
    CHECK(reply->json().at("sequence") == 30);
  }
  LineClient lines(daemon.tcp_port());
  CHECK(lines.send("nonsense\n" + sample_lines(0, 40, 1, inputs)));
  const auto refused = lines.reply();
  REQUIRE(refused);
  CHECK(refused->at("error").at("line") == 1);
  CHECK(refused->at("error").at("reason") == "not_json");
  CHECK(lines.wait_through(41));

  const json model = daemon.wait_for_model([](const json& now) { return now.at("samples") == 50; });
  for (const json& source : model.at("sources")) {
    CHECK(source.at("accepted") == (source.at("name") == "http" ? 30 : 40));
    CHECK(source.at("rejected") == 1);
  }
  CHECK(metric(daemon, "altmind_samples_accepted_total{source=\"http\"}") == 30);
  CHECK(metric(daemon, "altmind_samples_accepted_total{source=\"tcp\"}") == 40);
  CHECK(metric(daemon, "altmind_samples_learned_total") == 50);
  CHECK(metric(daemon, "altmind_steps_total") == 1);
  CHECK(metric(daemon, "altmind_snapshot_step") == 1);
}

}  // namespace altmind::e2e
