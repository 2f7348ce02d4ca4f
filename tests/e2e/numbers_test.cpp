// Numbers that are far from 0, wrong or of different scales, from text to prediction.

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <functional>

#include "core/linalg/random.hpp"
#include "tests/e2e/support/daemon.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

std::string text_of(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

/// Returns a table of two features and a label that depends on the first.
std::string table(double offset, double spread, const char* format) {
  Random random(11);
  std::string rows = "when,other,label\n";
  for (int i = 0; i < 3000; ++i) {
    const double z = random.normal();
    rows += text_of(format, offset + spread * z) + ',' + text_of("%.3f", random.normal()) + ',' +
            (z > 0.0 ? "late" : "early") + '\n';
  }
  return rows;
}

}  // namespace

TEST_CASE("numbers: times and coordinates keep the digits that tell them apart") {
  const ScratchDirectory scratch;
  const std::string seconds = scratch.write("seconds.csv", table(1764240000.0, 60.0, "%.0f"));
  const std::string northing = scratch.write("northing.csv", table(5412345.0, 0.2, "%.2f"));
  const std::string degrees = scratch.write("degrees.csv", table(48.137, 2e-6, "%.8f"));
  for (const std::string& file : {seconds, northing, degrees}) {
    CAPTURE(file);
    CHECK(learn({file}).report.at("prequential").at("accuracy").get<double>() > 0.95);
  }
}

TEST_CASE(
    "numbers: what a served regression far from 0 has learned is answered in full, and replays to the same bits") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("altmind.toml", R"(
[model]
task = "regression"
inputs = 2
outputs = 1
hidden = [16]
[learning]
batch_size = 50
[http]
listen = "127.0.0.1:0"
[store]
directory = ")" + std::string(scratch / "data") + R"("
[log]
format = "json"
)");
  Random random(5);
  std::string lines;
  for (int i = 0; i < 4000; ++i) {
    const double z = random.normal();
    lines += "{\"features\":[" + text_of("%.3f", 1764240000.0 + 50.0 * z) + ',' + text_of("%.3f", random.normal()) +
             "],\"label\":" + text_of("%.4f", 1e9 + 2.0 * z) + "}\n";
  }
  {
    Daemon daemon(file);
    REQUIRE(daemon.http().post("/v1/ingest", lines, {{"Content-Type", "application/x-ndjson"}})->status == 200);
    daemon.wait_for_model([](const json& model) { return model.at("samples") == 4000; });
    const json answer = daemon.http().post("/v1/predict", R"({"features":[1764240050.0,0]})")->json();
    CHECK(answer.at("predictions")[0].at("value").get<double>() == doctest::Approx(1e9 + 2.0).epsilon(4e-10));
    CHECK(daemon.model().at("prequential").at("window").at("loss").get<double>() < 1.0);
    CHECK(daemon.stop() == exited(0));
  }
  const json whole = replay(scratch / "data");
  CHECK(whole.at("sequence") == 4000);
  CHECK(whole.at("state_sha256") == newest_checkpoint(scratch / "data").at("state_sha256"));
}

TEST_CASE("numbers: scales that differ by millions are learned by a configuration that says nothing of them") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("altmind.toml", R"(
[model]
inputs = 3
max_classes = 2
)");
  Random random(7);
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    const double a = random.normal();
    const double b = random.normal();
    lines += "{\"features\":[" + text_of("%.0f", 5e6 * a) + ',' + text_of("%.6f", 1e-3 * b) + ',' +
             text_of("%.2f", random.normal()) + "],\"label\":" + (a + b > 0.0 ? "1" : "0") + "}\n";
  }
  const json report = learn({"-c", file, "--input", scratch.write("input.ndjson", lines)}).report;
  CHECK(report.at("prequential").at("accuracy").get<double>() > 0.9);
}

TEST_CASE("numbers: one wrong target or reading costs a file next to nothing") {
  const ScratchDirectory scratch;
  const auto rows = [](const std::function<void(int, double&, double&)>& spoil) {
    Random random(9);
    std::string text = "a,b,target\n";
    for (int i = 0; i < 3000; ++i) {
      double a = random.normal();
      const double b = random.normal();
      double target = 3.0 * a - 2.0 * b;
      spoil(i, a, target);
      text += text_of("%.6g", a) + ',' + text_of("%.4f", b) + ',' + text_of("%.6g", target) + '\n';
    }
    return text;
  };
  const std::string clean = scratch.write("clean.csv", rows([](int, double&, double&) {}));
  for (const int place : {0, 150, 1500}) {
    CAPTURE(place);
    const std::string wrong = scratch.write("wrong.csv", rows([&](int i, double&, double& target) {
                                              if (i == place) target = 1e6;
                                            }));
    const json report = learn({wrong, "--test", clean, "--label", "target", "--task", "regression"}).report;
    CHECK(report.at("samples") == 3000);
    CHECK_FALSE(report.contains("batches_skipped"));
    CHECK(report.at("test").at("loss").get<double>() < 0.5);  // of a variance of 13
  }
  const std::string sentinels = scratch.write("sentinels.csv", rows([](int i, double& a, double&) {
                                                if (i % 50 == 0) a = -999999.0;
                                              }));
  CHECK(learn({sentinels, "--test", clean, "--label", "target", "--task", "regression"})
            .report.at("test")
            .at("loss")
            .get<double>() < 1.0);
}

}  // namespace altmind::e2e
