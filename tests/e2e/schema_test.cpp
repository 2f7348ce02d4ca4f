// Features with names: from a file without a described schema, over HTTP, in VW's format, and across a kill.

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

const std::vector<std::string> colours = {"red", "green", "blue", "grey"};

/// The answer depends on a number and a category together; some numbers are missing.
struct Row {
  explicit Row(std::uint64_t number) {
    std::uint64_t state = number + 1;
    size = (static_cast<double>(draw(state, 0, 200)) - 100.0) / 100.0;  // prints identically everywhere
    colour = colours[draw(state, 0, 3)];
    weight = draw(state, 0, 9) == 0 ? "" : std::to_string(draw(state, 50, 90));
    answer = (size > 0) == (colour == "red" || colour == "blue") ? "yes" : "no";
  }
  std::string csv(std::uint64_t number) const {
    return "id-" + std::to_string(number) + "," + std::to_string(size) + "," + colour + "," + weight + "," + answer +
           "\n";
  }
  json features() const {
    json out = {{"size", size}, {"colour", colour}};
    if (!weight.empty()) out["weight"] = std::stod(weight);
    return out;
  }
  std::string vw() const {
    return answer + " 'tag|a size:" + std::to_string(size) + (weight.empty() ? "" : " weight:" + weight) + " |colour " +
           colour + "\n";
  }

  double size;
  std::string colour, weight, answer;
};

std::string table(std::uint64_t begin, std::uint64_t end) {
  std::string text = "id,size,colour,weight,answer\n";
  for (std::uint64_t i = begin; i < end; ++i) text += Row(i).csv(i);
  return text;
}

json report_of(std::vector<std::string> arguments, std::string* err = nullptr) {
  arguments.insert(arguments.begin(), "learn");
  arguments.insert(arguments.end(), {"--report", "json"});
  const Finished finished = run_altmind({.arguments = std::move(arguments)});
  REQUIRE_MESSAGE(finished.ended == exited(0), finished.err);
  if (err != nullptr) *err = finished.err;
  return json::parse(finished.out);
}

const std::string schema = R"(
[features]
normaliser = "standardise"

[[features.column]]
name = "size"

[[features.column]]
name = "weight"
missing = "flag"

[[features.column]]
name = "colour"
type = "categorical"
size = 8
missing = "flag"
)";

std::string with_schema(const std::string& rest) {
  return "[model]\nmax_classes = 4\nlabels = \"named\"\nhidden = [16]\n[learning]\nbatch_size = 20\nmax_batch_age = "
         "\"0s\"\n" +
         schema + rest;
}

}  // namespace

TEST_CASE("learn data.csv infers, learns and reports; the kept configuration does the same again") {
  const ScratchDirectory scratch;
  const std::string data = scratch.write("data.csv", table(0, 6000));
  const std::string test = scratch.write("test.csv", table(6000, 7000));
  std::string err;
  const json first = report_of({data, "--test", test, "--write-config", scratch / "kept.toml"}, &err);
  CHECK(err.find("# left out: \"id\"") != std::string::npos);
  CHECK(err.find("{name = \"colour\", type = \"categorical\"") != std::string::npos);
  CHECK(first.at("samples") == 6000);
  CHECK(first.at("rejected") == 0);
  CHECK(first.at("prequential").at("accuracy") > 0.85);
  CHECK(first.at("test").at("accuracy") > 0.9);
  const json again = report_of({"-c", scratch / "kept.toml"});
  CHECK(again.at("state_sha256") == first.at("state_sha256"));
  CHECK(again.at("test").at("accuracy") == first.at("test").at("accuracy"));
  const json seeded = report_of({data, "--seed", "2", "--write-config", scratch / "seeded.toml"});
  CHECK(seeded.at("state_sha256") != first.at("state_sha256"));
  CHECK(report_of({"-c", scratch / "seeded.toml"}).at("state_sha256") == seeded.at("state_sha256"));
}

TEST_CASE("learn without a configuration says what it needs") {
  const ScratchDirectory scratch;
  const std::string data = scratch.write("data.csv", table(0, 100));
  const auto refused = [](const std::vector<std::string>& arguments, int code, const std::string& part) {
    const Finished finished = run_altmind({.arguments = arguments});
    CHECK(finished.ended == exited(code));
    CHECK_MESSAGE(finished.err.find(part) != std::string::npos, finished.err);
  };
  refused({"learn"}, 2, "CSV file");
  refused({"learn", "-"}, 2, "stdin");
  refused({"learn", data, "--label", "colur"}, 2, "size, colour, weight, answer");
  refused({"learn", data, "--task", "regression"}, 2, "no numbers");
  refused({"learn", scratch / "absent.csv"}, 1, "absent.csv");
  refused({"learn", data, "--set", "model.hiden=[3]"}, 2, "hidden");
}

TEST_CASE("predict knows the names of a checkpoint, in CSV as in JSON") {
  const ScratchDirectory scratch;
  const std::string data = scratch.write("data.csv", table(0, 2000));
  report_of({data, "--set", "store.directory=" + (scratch / "kept")});
  std::string lines;
  for (std::uint64_t i = 2000; i < 2100; ++i) lines += json{{"features", Row(i).features()}}.dump() + "\n";
  const auto predict = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"predict", "--checkpoint", scratch / "kept"});
    const Finished finished = run_altmind({.arguments = std::move(arguments)});
    REQUIRE_MESSAGE(finished.ended == exited(0), finished.out);
    return finished.out;
  };
  const std::string from_json = predict({"--input", scratch.write("rows.ndjson", lines)});
  CHECK(predict({"--input", scratch.write("rows.csv", table(2000, 2100)), "--format", "csv", "--header", "--label",
                 "answer"}) == from_json);
  CHECK(std::count(from_json.begin(), from_json.end(), '\n') == 100);
}

TEST_CASE("the same rows as CSV, as JSON and as VW text learn the same state") {
  const ScratchDirectory scratch;
  std::string lines;
  std::string vw;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Row row(i);
    lines += json{{"features", row.features()}, {"label", row.answer}}.dump() + "\n";
    vw += row.vw();
  }
  const auto hash = [&](const std::string& format, const std::string& path) {
    const std::string config =
        with_schema("[[source]]\ntype = \"file\"\npath = \"" + path + "\"\nformat = \"" + format + "\"\n" +
                    (format == "csv" ? "header = true\nlabel = \"answer\"\n" : ""));
    const json report = report_of({"-c", scratch.write(format + ".toml", config)});
    CHECK(report.at("rejected") == 0);
    return report.at("state_sha256").get<std::string>();
  };
  const std::string expected = hash("csv", scratch.write("rows.csv", table(0, 1000)));
  CHECK(hash("ndjson", scratch.write("rows.ndjson", lines)) == expected);
  CHECK(hash("vw", scratch.write("rows.vw", vw)) == expected);
}

TEST_CASE("a daemon with a schema takes named features, answers by name, and survives a kill with its vocabulary") {
  const ScratchDirectory scratch;
  const std::string config =
      scratch.write("altmind.toml", with_schema("[http]\nlisten = \"127.0.0.1:0\"\n[store]\ndirectory = \"" +
                                                (scratch / "data") + "\"\n[log]\nformat = \"json\"\n"));
  const auto lines = [](std::uint64_t begin, std::uint64_t end) {
    std::string out;
    for (std::uint64_t i = begin; i < end; ++i) {
      out += json{{"features", Row(i).features()}, {"label", Row(i).answer}}.dump() + "\n";
    }
    return out;
  };
  json before;
  {
    Daemon daemon(config);
    REQUIRE(daemon.http().post("/v1/ingest", lines(0, 1000), ndjson)->status == 200);
    before = daemon.wait_for_model([](const json& model) { return model.at("step") == 50; });
    CHECK(before.at("inputs") == 3);
    CHECK(before.at("columns").at(2) == json{{"name", "colour"}, {"inputs", 10}, {"categories", 4}});
    const auto bad = daemon.http().post("/v1/ingest", R"({"features":{"size":1,"heigth":2},"label":"yes"})");
    CHECK(bad->status == 400);
    CHECK(bad->json().at("rejected").at(0).at("reason") == "unknown_key");
    CHECK(daemon.kill().signal == SIGKILL);
  }
  Daemon daemon(config);
  REQUIRE(daemon.http().post("/v1/ingest", lines(1000, 4000), ndjson)->status == 200);
  daemon.wait_for_model([](const json& model) { return model.at("step") == 200; });
  std::size_t right = 0;
  for (std::uint64_t i = 4000; i < 4100; ++i) {
    const auto reply = daemon.http().post("/v1/predict", json{{"features", Row(i).features()}}.dump());
    REQUIRE(reply->status == 200);
    right += reply->json().at("predictions").at(0).at("label") == Row(i).answer ? 1 : 0;
  }
  CHECK(right > 80);
  const auto unknown =
      daemon.http().post("/v1/predict", R"({"features":{"size":0.5,"colour":"never seen","weight":null}})");
  CHECK(unknown->status == 200);
  CHECK(daemon.model().at("columns").at(2).at("categories") == 4);  // predictions add no categories
  CHECK(daemon.http().post("/v2/models/altmind/infer", "{}")->status == 400);
  CHECK(daemon.stop() == exited(0));
  const json kept = newest_checkpoint(scratch / "data");
  CHECK(kept.at("categories").at(2).size() == 4);
  CHECK(replay(scratch / "data").at("state_sha256") == kept.at("state_sha256"));
}

namespace {

/// A table of numbers, some of them missing and some of them text.
struct Gappy {
  std::string text = "size,weight,answer\n";
  std::size_t missing = 0;  ///< of weight
  std::size_t odd = 0;      ///< of weight
  std::size_t no_size = 0;  ///< missing
  std::size_t refused = 0;  ///< records without a label, which also lack a weight

  explicit Gappy(std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
      const bool label = i % 50 != 7;
      std::string weight = std::to_string(i % 30);
      if (i % 10 == 3) weight = i % 20 == 3 ? "NA" : "";
      if (i % 25 == 4) weight = "heavy";
      if (!label) weight = "";
      const std::string size = i % 40 == 8 ? "" : std::to_string(i % 13);
      missing += label && (i % 10 == 3) && (i % 25 != 4) ? 1 : 0;
      odd += label && i % 25 == 4 ? 1 : 0;
      no_size += label && size.empty() ? 1 : 0;
      refused += label ? 0 : 1;
      text.append(size).append(",").append(weight).append(",");
      text.append(label ? (i % 13 > 5 ? "yes" : "no") : "").append("\n");
    }
  }
};

}  // namespace

TEST_CASE("learn counts what the samples it learned lack, by column, text among numbers apart") {
  const ScratchDirectory scratch;
  const Gappy table(1000);
  const std::string config = scratch.write(
      "gappy.toml",
      "[model]\nmax_classes = 4\nlabels = \"named\"\nhidden = [4]\n[learning]\nbatch_size = 50\n[features]\ncolumn = "
      "[{name = \"size\", missing = \"mean\"}, {name = \"weight\", missing = \"flag\"}]\n"
      "[[source]]\ntype = \"file\"\nformat = \"csv\"\nheader = true\nlabel = \"answer\"\nnot_a_number = \"missing\"\n"
      "epochs = 2\npath = \"" +
          scratch.write("gappy.csv", table.text) + "\"\n");
  const json report = report_of({"-c", config});
  REQUIRE(table.missing * table.odd * table.no_size * table.refused > 0);
  CHECK(report.at("rejected") == 2 * table.refused);
  const json columns = {{"size", 2 * table.no_size}, {"weight", 2 * (table.missing + table.odd)}};
  CHECK(report.at("missing") == json{{"values", 2 * (table.no_size + table.missing + table.odd)},
                                     {"odd_texts", 2 * table.odd},
                                     {"columns", columns}});
  const Finished text = run_altmind({.arguments = {"learn", "-c", config}});
  const std::string line = std::to_string(2 * (table.no_size + table.missing + table.odd)) +
                           " missing values in 2 columns (weight " + std::to_string(2 * (table.missing + table.odd)) +
                           ", size " + std::to_string(2 * table.no_size) + "), " + std::to_string(2 * table.odd) +
                           " of them text among numbers\n";
  CHECK_MESSAGE(text.out.find(line) != std::string::npos, text.out);

  std::string whole = "size,answer\n";
  for (int i = 0; i < 200; ++i) whole += std::to_string(i) + (i % 2 == 0 ? ",yes\n" : ",no\n");
  CHECK_FALSE(report_of({scratch.write("whole.csv", whole)}).contains("missing"));
}

TEST_CASE("a daemon counts what is missing by source, in /v1/model as in /metrics") {
  const ScratchDirectory scratch;
  const std::string config = scratch.write(
      "altmind.toml",
      with_schema("[http]\nlisten = \"127.0.0.1:0\"\n[store]\ndirectory = \"" + (scratch / "data") +
                  "\"\n[log]\nformat = \"json\"\n[[source]]\ntype = \"file\"\nname = "
                  "\"table\"\nformat = \"csv\"\ncolumns = [\"0\", \"1\", \"2\"]\n"
                  "not_a_number = \"missing\"\npath = \"" +
                  scratch.write("rows.csv", "1,heavy,red,yes\n2,,,no\n3,NA,blue,yes\n4,5,red,no\n") + "\"\n"));
  Daemon daemon(config);
  const std::string body = R"([{"features":{"size":1,"weight":null,"colour":"red"},"label":"yes"},)"
                           R"({"features":{"size":2},"label":"no"},{"features":{"weight":1},"label":"no"}])";
  REQUIRE(daemon.http().post("/v1/ingest", body)->json().at("accepted") == 2);
  const json model = daemon.wait_for_model([](const json& now) {
    return now.at("sources").at(0).at("accepted") == 4 && now.at("sources").at(1).at("accepted") == 2;
  });
  const json of_table = {{"values", 4}, {"odd_texts", 1}, {"columns", {{"weight", 3}, {"colour", 1}}}};
  const json of_http = {{"values", 3}, {"odd_texts", 0}, {"columns", {{"weight", 2}, {"colour", 1}}}};
  CHECK(model.at("sources").at(0).at("missing") == of_table);
  CHECK(model.at("sources").at(1).at("missing") == of_http);
  const std::string metrics = daemon.http().get("/metrics")->body;
  for (const char* line : {R"(altmind_missing_values_total{kind="missing",source="table"} 3)",
                           R"(altmind_missing_values_total{kind="odd_text",source="table"} 1)",
                           R"(altmind_missing_values_total{kind="missing",source="http"} 3)",
                           R"(altmind_column_missing_values_total{column="weight",source="table"} 3)",
                           R"(altmind_column_missing_values_total{column="colour",source="http"} 1)"}) {
    CAPTURE(line);
    CHECK(metrics.find(std::string("\n") + line + "\n") != std::string::npos);
  }
}

}  // namespace altmind::e2e
