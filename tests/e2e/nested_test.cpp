// Features in nested lists, images and sequences in the shape of their networks, over every input.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/line_client.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

constexpr std::size_t side = 6;

const std::string small_lenet = R"(max_classes = 4
image = [1, 6, 6]
[[model.layer]]
type = "conv2d"
channels = 3
kernel = 3
pool = 2
[[model.layer]]
units = 8)";

const std::string small_rnn = R"(max_classes = 4
[[model.layer]]
type = "recurrent"
hidden = 8
steps = 6)";

json flat(std::uint64_t number) {
  return json::parse(feature_list(number, 0, side * side));
}

/// The same numbers, six lists of six.
json rows(std::uint64_t number) {
  const json row = flat(number);
  json lists = json::array();
  for (std::size_t i = 0; i < row.size(); ++i) lists[i / side][i % side] = row[i];
  return lists;
}

std::string record(const json& features, std::uint64_t number) {
  return json{{"features", features}, {"label", class_of(number, 0)}}.dump() + "\n";
}

Setup setup_of(const std::string& model, const ScratchDirectory& scratch) {
  Setup setup;
  setup.directory = scratch / "data";
  setup.inputs = side * side;
  setup.hidden = "";
  setup.model = model;
  setup.sources = tcp_source;
  return setup;
}

/// Sends half of the samples as rows, or all flat; returns predictions for the same sample as rows and as a flat list.
std::vector<json> taught(const std::string& model, bool nested) {
  const ScratchDirectory scratch;
  Setup setup = setup_of(model, scratch);
  std::string file;
  for (std::uint64_t i = 0; i < 100; ++i) file += record(nested && i % 2 == 0 ? rows(i) : flat(i), i);
  setup.sources += "[[source]]\ntype = \"file\"\nname = \"f\"\nformat = \"ndjson\"\npath = \"" +
                   scratch.write("samples.ndjson", file) + "\"\n";
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));
  daemon.wait_for_model([](const json& state) { return state.at("samples") == 100; });
  LineClient client(daemon.tcp_port());
  std::string lines;
  for (std::uint64_t i = 100; i < 200; ++i) lines += record(nested && i % 2 == 0 ? rows(i) : flat(i), i);
  REQUIRE(client.send(lines));
  REQUIRE(client.wait_through(100));
  std::string body;
  for (std::uint64_t i = 200; i < 300; ++i) body += record(nested && i % 2 == 0 ? rows(i) : flat(i), i);
  const auto accepted = daemon.http().post("/v1/ingest", body, ndjson);
  REQUIRE(accepted);
  CHECK(accepted->json().at("accepted") == 100);
  daemon.wait_for_model([](const json& state) { return state.at("samples") == 300; });
  std::vector<json> answers;
  for (const json& features : {rows(7), flat(7)}) {
    const auto reply = daemon.http().post("/v1/predict", json{{"id", 1}, {"features", features}}.dump());
    REQUIRE(reply);
    CHECK(reply->status == 200);
    answers.push_back(reply->json().at("predictions"));
  }
  CHECK(daemon.stop() == exited(0));
  return answers;
}

}  // namespace

TEST_CASE("a network of convolutions and a recurrent one learn and answer the same from rows as from flat lists") {
  for (const std::string& model : {small_lenet, small_rnn}) {
    const std::vector<json> nested = taught(model, true);
    const std::vector<json> plain = taught(model, false);
    CHECK(nested[0] == nested[1]);
    CHECK(nested == plain);
    CHECK(nested[0][0].at("probabilities").size() == 4);
  }
}

TEST_CASE("lists of another shape are rejected with their place, and their neighbours are taken") {
  const ScratchDirectory scratch;
  Daemon daemon(scratch.write("altmind.toml", setup_of(small_lenet, scratch).toml()));

  json ragged = rows(1);
  ragged[2].erase(5);
  const json single = json::array({rows(1)[0]});
  const std::string deep = std::string(50'000, '[') + std::string(50'000, ']');
  const std::string allowed = "features: must be 36 numbers, or 1x6x6 or 6x6 of them in nested lists; ";
  struct Bad {
    std::string features, reason, message;
  };
  const std::vector<Bad> bad = {
      {ragged.dump(), "wrong_dimension", allowed + "features[2] has 5 numbers"},
      {json::array({ragged}).dump(), "wrong_dimension", allowed + "features[0][2] has 5 numbers"},
      {single.dump(), "wrong_dimension", allowed + "features has 1 lists"},
      {json::array({json::array({rows(1)})}).dump(), "too_deep", allowed + "features[0][0][0] is a list"},
      {deep, "too_deep", allowed + "features[0][0][0] is a list"},
      {"[]", "wrong_dimension", allowed + "features has 0 numbers"},
      {"[[[]]]", "wrong_dimension", allowed + "features[0][0] has 0 numbers"},
  };
  std::string body = record(rows(0), 0);
  for (const Bad& one : bad) body += "{\"features\":" + one.features + ",\"label\":1}\n" + record(rows(0), 0);
  const auto reply = daemon.http().post("/v1/ingest", body, ndjson);
  REQUIRE(reply);
  CHECK(reply->json().at("accepted") == bad.size() + 1);
  REQUIRE(reply->json().at("rejected").size() == bad.size());
  LineClient client(daemon.tcp_port());
  REQUIRE(client.send(body));
  std::vector<json> errors;
  for (std::uint64_t through = 0; through < 2 * bad.size() + 1;) {
    const auto line = client.reply();
    REQUIRE(line);
    if (line->contains("error")) errors.push_back(line->at("error"));
    through = line->value("through_line", through);
  }
  REQUIRE(errors.size() == bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const json rejected = reply->json().at("rejected")[i];
    CHECK(rejected == json{{"index", 2 * i + 1}, {"reason", bad[i].reason}, {"message", bad[i].message}});
    CHECK(errors[i] == json{{"line", 2 * i + 2}, {"reason", bad[i].reason}, {"message", bad[i].message}});
  }
  const auto refused =
      daemon.http().post("/v1/predict", "[{\"features\":" + rows(0).dump() + "},{\"features\":[[1]]}]");
  REQUIRE(refused);
  CHECK(refused->status == 400);
  CHECK(refused->json().at("rejected")[0].at("index") == 1);
  CHECK(daemon.stop() == exited(0));
}

}  // namespace altmind::e2e
