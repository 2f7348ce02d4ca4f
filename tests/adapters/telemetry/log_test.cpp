#include "adapters/telemetry/log.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "adapters/telemetry/log_line.hpp"

using namespace altmind;
using namespace altmind::telemetry;
using nlohmann::json;

namespace {

/// Returns what is written to stderr while `run` runs.
template <class Run>
std::string captured(Run run) {
  const auto file = std::filesystem::temp_directory_path() / ("altmind-log-test-" + std::to_string(::getpid()));
  std::fflush(stderr);
  const int saved = ::dup(STDERR_FILENO);
  const int to = ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  ::dup2(to, STDERR_FILENO);
  ::close(to);
  run();
  std::fflush(stderr);
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  std::filesystem::remove(file);
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

const std::chrono::system_clock::time_point leap_day{std::chrono::milliseconds{1709251199123}};

}  // namespace

TEST_CASE("a JSON line is one valid object whatever its strings hold") {
  const std::string line = log_line(LogFormat::json, LogLevel::warning, leap_day, "said \"hi\"\n",
                                    {{"bytes", std::string("a\xff\x00z\x1b", 5)}, {"time", "mine"}, {"path", "C:\\x"}});
  CHECK(line.find('\n') == std::string::npos);
  const json object = json::parse(line);
  CHECK(object["time"] == "2024-02-29T23:59:59.123Z");
  CHECK(object["level"] == "warning");
  CHECK(object["event"] == "said \"hi\"\n");
  CHECK(object["bytes"] == std::string("a\xef\xbf\xbd\x00z\x1b", 7));
  CHECK(object["time_"] == "mine");
  CHECK(object["path"] == "C:\\x");
  CHECK(object.size() == 6);
}

TEST_CASE("a text line stays one line and quotes what could be mistaken") {
  CHECK(
      log_line(LogFormat::text, LogLevel::info, leap_day, "listening", {{"address", "127.0.0.1:80"}, {"empty", ""}}) ==
      "2024-02-29T23:59:59.123Z info listening address=127.0.0.1:80 empty=\"\"");
  const std::string forged =
      log_line(LogFormat::text, LogLevel::error, leap_day, "bad\nthing", {{"file", "a b=c\n2024 info all is well"}});
  CHECK(forged == "2024-02-29T23:59:59.123Z error bad\\nthing file=\"a b=c\\n2024 info all is well\"");
}

TEST_CASE("lines below the level are not written, and the level and format change while running") {
  configure_log({LogLevel::warning, LogFormat::text});
  const std::string quiet = captured([] {
    log(LogLevel::info, "not this");
    log(LogLevel::warning, "this", {{"n", "1"}});
  });
  REQUIRE(lines_of(quiet).size() == 1);
  CHECK(lines_of(quiet)[0].ends_with(" warning this n=1"));

  configure_log({LogLevel::debug, LogFormat::json});
  const std::string loud = captured([] { log(LogLevel::debug, "now this"); });
  REQUIRE(lines_of(loud).size() == 1);
  CHECK(json::parse(loud)["event"] == "now this");
  configure_log({});
}

TEST_CASE("warnings that are summed up are written a few times, and the others counted") {
  sum_up_warnings(2);
  const std::string text = captured([] {
    for (int i = 0; i < 5; ++i) log(LogLevel::warning, "again", {{"n", std::to_string(i)}});
    log(LogLevel::warning, "once");
    for (int i = 0; i < 3; ++i) log(LogLevel::error, "bad");
    log_sums();
    log(LogLevel::warning, "again");
  });
  const std::vector<std::string> lines = lines_of(text);
  REQUIRE(lines.size() == 8);
  CHECK(lines[1].ends_with(" warning again n=1"));
  CHECK(lines[2].ends_with(" warning once"));
  CHECK(lines[5].ends_with(" error bad"));
  CHECK(lines[6].ends_with(" warning again not_shown=3"));
  CHECK(lines[7].ends_with(" warning again"));
}

TEST_CASE("lines of several threads do not mix") {
  configure_log({LogLevel::info, LogFormat::json});
  const std::string text = captured([] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([t] {
        for (int i = 0; i < 100; ++i) log(LogLevel::info, std::string(200, static_cast<char>('a' + t)));
      });
  });
  configure_log({});
  std::array<int, 4> counts{};
  for (const std::string& line : lines_of(text)) {
    const std::string event = json::parse(line)["event"];
    CHECK(event == std::string(200, event[0]));
    ++counts.at(static_cast<std::size_t>(event[0] - 'a'));
  }
  CHECK(counts == std::array<int, 4>{100, 100, 100, 100});
}
