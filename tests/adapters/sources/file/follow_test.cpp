#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/adapters/sources/file/following.hpp"
#include "tests/support/packing.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::file;

TEST_CASE("a followed file is waited for, read as it grows, and an incomplete line waits for its end") {
  Following log;
  log.start();
  CHECK_FALSE(log.source->progress());
  log.directory.write("log", lines(0, 3));
  CHECK(log.delivers(3));
  const std::string next = line(3);
  log.directory.append("log", next.substr(0, 10));
  log.directory.append("log", next.substr(10) + line(4) + line(5).substr(0, 20));
  CHECK(log.delivers(5));
  log.directory.append("log", line(5).substr(20));
  CHECK(log.delivers(6));
  CHECK(log.probe.rejections().empty());
}

TEST_CASE("a restart goes on behind the last durable record, in the middle of a line too") {
  Following log;
  log.directory.write("log", lines(0, 700) + "bad\n" + line(700).substr(0, 9));
  log.start();
  CHECK(log.delivers(700));
  log.restart();
  log.directory.append("log", line(700).substr(9));
  CHECK(log.delivers(701));
  log.stop();
  log.directory.append("log", lines(701, 1500));
  log.start();
  CHECK(log.delivers(1500));
}

TEST_CASE("a truncated file is read again from its beginning") {
  Following log;
  log.directory.write("log", lines(0, 10) + "{\"fea");
  log.start();
  REQUIRE(log.delivers(10));
  log.directory.write("log", "");
  log.directory.append("log", lines(10, 12));
  CHECK(log.delivers(12));
  CHECK(log.note() == log.directory / "log was truncated; read again from its beginning");
  log.directory.append("log", lines(12, 20));
  CHECK(log.delivers(20));
  CHECK(log.probe.rejections().empty());
}

TEST_CASE("a file that is rewritten longer than it was is noticed by its beginning") {
  Following log;
  log.directory.write("log", lines(0, 3));
  log.start();
  REQUIRE(log.delivers(3));
  log.directory.write("log", lines(3, 50));
  CHECK(log.delivers(50));
}

TEST_CASE("csv: every new file brings its header, a truncated one goes on without") {
  Following log(Format::csv);
  const auto rows = [](std::size_t from, std::size_t to) {
    std::string text;
    for (std::size_t i = from; i < to; ++i) text += std::to_string(i) + ",1\n";
    return text;
  };
  log.directory.write("log", "x,class\n" + rows(0, 5));
  log.start();
  REQUIRE(log.delivers(5));
  log.restart();
  log.directory.append("log", rows(5, 7));
  REQUIRE(log.delivers(7));
  log.rename("log", "log.1");
  log.directory.write("log", "x,class\n" + rows(7, 9));
  REQUIRE(log.delivers(9));
  log.directory.write("log", rows(9, 10));  // truncated without the writer's knowledge
  REQUIRE(log.delivers(10));
  log.restart();
  log.directory.append("log", rows(10, 12));
  REQUIRE(log.delivers(12));
  log.rename("log", "log.2");
  log.directory.write("log", "a,b,c\n");
  REQUIRE(eventually([&] { return log.source->failure().has_value(); }));
  CHECK(log.source->failure()->find((log.directory / "log") + ": header: ") == 0);
}

TEST_CASE("skip and limit hold for a followed file, across a restart") {
  Following log;
  log.options.skip = 5;
  log.options.limit = 10;
  log.directory.write("log", lines(0, 8));
  log.start();
  REQUIRE(log.sink.wait_durable(3));
  log.restart();
  log.directory.append("log", lines(8, 30));
  REQUIRE(eventually([&] { return log.status()["state"] == "finished"; }));
  CHECK(log.sink.first_features(1) == numbers(5, 15));
}

TEST_CASE("what cannot be followed is refused with a sentence") {
  Following log;
  log.directory.write("log", gzip(lines(0, 3)));
  log.start();
  REQUIRE(eventually([&] { return log.source->failure().has_value(); }));
  CHECK(*log.source->failure() == (log.directory / "log") + ": a packed file cannot be followed");
  const auto refusal = [&](auto change) {
    SourceOptions options = log.options;
    change(options);
    FileSource source(options, one_number, log.sink, log.ledger, log.probe);
    try {
      source.start();
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal([](SourceOptions& o) { o.paths.push_back("b"); }).find("exactly one path") != std::string::npos);
  CHECK(refusal([](SourceOptions& o) { o.shuffle = true; }).find("cannot be shuffled") != std::string::npos);
  CHECK(refusal([](SourceOptions& o) { o.epochs = 2; }).find("no epochs") != std::string::npos);
  CHECK(refusal([](SourceOptions& o) { o.format = Format::idx; }).find("\"libsvm\" or \"vw\"") != std::string::npos);
}

TEST_CASE("a source that waits for more stops at once") {
  Following log;
  log.directory.write("log", lines(0, 1));
  log.start();
  REQUIRE(log.delivers(1));
  REQUIRE(eventually([&] { return log.status()["state"] == "waiting for more"; }));
  const auto before = std::chrono::steady_clock::now();
  log.stop();
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds(900));  // sooner than the timer
}

TEST_CASE("a directory that does not exist yet is looked for until it does") {
  Following log;
  log.options.paths = {log.directory / "later/log"};
  log.start();
  REQUIRE(eventually([&] { return log.status()["state"] == "waiting for more"; }));
  std::filesystem::create_directory(log.directory / "later");
  log.directory.write("later/log", lines(0, 3));
  CHECK(log.delivers(3));
  log.directory.append("later/log", lines(3, 6));
  CHECK(log.delivers(6));
}
