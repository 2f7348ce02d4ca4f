// Every reason to refuse a record, over every input, against one daemon: a refused record is answered and counted once
// under its reason, and the records around it are learned.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "adapters/ingest/reason.hpp"
#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/line_client.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using ingest::Reason;
using nlohmann::json;

struct Refused {
  Reason reason;
  std::string record;
};

const std::string good_json = R"({"features":{"a":1,"c":"x"},"label":1})";
const std::string long_name(300, 'n');
constexpr std::size_t max_line = 1024;

/// One record for each reason except wrong_dimension, since features have names; the column `a` is a number, `c` a
/// category, the classes are 0 to 3.
const std::vector<Refused> refused_json = {
    {Reason::not_json, "not json"},
    {Reason::not_utf8, "{\"features\":{\"a\":1,\"c\":\"\xff\"},\"label\":1}"},
    {Reason::duplicate_key, R"({"features":{"a":1,"c":"x"},"label":1,"label":1})"},
    {Reason::too_deep, R"({"features":{"a":[1],"c":"x"},"label":1})"},
    {Reason::line_too_long, R"({"features":{"a":1,"c":"x"},"label":1,"id":")" + std::string(max_line, 'i') + "\"}"},
    {Reason::features_missing, R"({"label":1})"},
    {Reason::not_a_number, R"({"features":{"a":"one","c":"x"},"label":1})"},
    {Reason::not_finite, R"({"features":{"a":1e39,"c":"x"},"label":1})"},
    {Reason::label_missing, R"({"features":{"a":1,"c":"x"}})"},
    {Reason::label_out_of_range, R"({"features":{"a":1,"c":"x"},"label":4})"},
    {Reason::unknown_key, R"({"features":{"a":1,"c":"x"},"label":1,"colour":"red"})"},
    {Reason::not_a_category, R"({"features":{"a":1,"c":")" + long_name + R"("},"label":1})"},
};
const std::vector<Refused> refused_csv = {
    {Reason::line_too_long, "1," + std::string(max_line, 'x') + ",1"},
    {Reason::wrong_dimension, "1,x,1,1,1"},
    {Reason::label_missing, "1,x,"},
    {Reason::label_out_of_range, "1,x,4"},
    {Reason::not_a_category, "1," + long_name + ",1"},
};
const std::vector<Refused> refused_libsvm = {
    {Reason::line_too_long, "1 1:1 # " + std::string(max_line, 'x')},
    {Reason::not_a_number, "1 1:one 2:x"},
    {Reason::label_out_of_range, "4 1:1 2:x"},
    {Reason::unknown_key, "1 qid:3 1:1 2:x"},
};
const std::vector<Refused> refused_vw = {
    {Reason::line_too_long, "1 |a:1 |c " + std::string(max_line, 'x')},
    {Reason::label_out_of_range, "4 |a a:1 |c x"},
    {Reason::unknown_key, "1 |nothing here |c x"},
};

/// Returns every refused record between two good ones.
std::string text(const std::string& good, const std::vector<Refused>& refused) {
  std::string lines = good + "\n";
  for (const Refused& one : refused) lines += one.record + "\n" + good + "\n";
  return lines;
}

std::string file_source(const std::string& name, const std::string& path, const std::string& format) {
  return "[[source]]\ntype = \"file\"\nname = \"" + name + "\"\nformat = \"" + format + "\"\npath = \"" + path +
         "\"\nmax_line = " + std::to_string(max_line) + "\n";
}

/// Returns the numbers of refused records in GET /metrics, by source and reason.
std::map<std::pair<std::string, std::string>, std::size_t> counted(Daemon& daemon) {
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  const std::string metrics = daemon.http().get("/metrics")->body;
  const std::string series = "\naltmind_samples_rejected_total{";
  for (std::size_t at = metrics.find(series); at != std::string::npos; at = metrics.find(series, at + 1)) {
    const std::string line = metrics.substr(at + 1, metrics.find('\n', at + 1) - at - 1);
    const auto label = [&line](const std::string& name) {
      const std::size_t from = line.find(name + "=\"") + name.size() + 2;
      return line.substr(from, line.find('"', from) - from);
    };
    const auto value = std::stoul(line.substr(line.rfind(' ') + 1));
    if (value > 0) counts[{label("source"), label("reason")}] = value;
  }
  return counts;
}

}  // namespace

TEST_CASE("every reason to refuse a record, over every way in, is counted once and harms no neighbour") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.inputs = 2;
  setup.learning = "batch_size = 5\nmax_batch_age = \"50ms\"";
  setup.memory =
      "horizon = 1000.0\n[features]\ncolumn = [{name = \"a\"}, {name = \"c\", type = \"categorical\", size = 8}]";
  setup.sources = tcp_source + "max_line = " + std::to_string(max_line) + "\n";
  const std::map<std::string, std::pair<std::string, const std::vector<Refused>*>> files = {
      {"ndjson", {good_json, &refused_json}},
      {"csv", {"1,x,1", &refused_csv}},
      {"libsvm", {"1 1:1 2:x", &refused_libsvm}},
      {"vw", {"1 |a a:1 |c x", &refused_vw}}};
  std::map<std::pair<std::string, std::string>, std::size_t> expected;
  std::size_t good = 0;
  const auto expect = [&](const std::string& source, const std::vector<Refused>& refused) {
    good += refused.size() + 1;
    for (const Refused& one : refused) ++expected[{source, std::string(ingest::name(one.reason))}];
  };
  for (const auto& [format, content] : files) {
    setup.sources += file_source(format, scratch.write(format, text(content.first, *content.second)), format);
    expect(format, *content.second);
  }
  Daemon daemon(scratch.write("altmind.toml", setup.toml()));

  std::vector<Refused> of_http = refused_json;  // here records have no line that could be too long
  std::erase_if(of_http, [](const Refused& one) { return one.reason == Reason::line_too_long; });
  const auto reply =
      daemon.http().post("/v1/ingest", text(good_json, of_http), {{"Content-Type", "application/x-ndjson"}});
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->json().at("accepted") == of_http.size() + 1);
  REQUIRE(reply->json().at("rejected").size() == of_http.size());
  for (std::size_t i = 0; i < of_http.size(); ++i) {
    CHECK(reply->json().at("rejected")[i].at("reason").get<std::string>() ==
          std::string(ingest::name(of_http[i].reason)));
    CHECK(reply->json().at("rejected")[i].at("index") == 2 * i + 1);
  }
  expect("http", of_http);

  LineClient client(daemon.tcp_port());
  REQUIRE(client.send(text(good_json, refused_json)));
  REQUIRE(client.wait_through(2 * refused_json.size() + 1));
  expect("tcp", refused_json);

  daemon.wait_for_model([&](const json& model) { return model.at("samples") == good; });
  CHECK(counted(daemon) == expected);
  for (const std::string_view reason : ingest::reason_names) {
    CHECK(std::any_of(expected.begin(), expected.end(), [&](const auto& it) { return it.first.second == reason; }));
  }
  CHECK(daemon.stop() == exited(0));
}

}  // namespace altmind::e2e
