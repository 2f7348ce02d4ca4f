#include "adapters/ingest/rejected_log.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace altmind;
using namespace altmind::ingest;

namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("altmind_rejected_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::vector<nlohmann::json> lines_of(const std::filesystem::path& file) {
  std::vector<nlohmann::json> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

const Rejection wrong{Reason::wrong_dimension, "features: expected 784 numbers, got 783"};

}  // namespace

TEST_CASE("a refused record is one JSON line that says where, why and what") {
  const TemporaryDirectory directory;
  RejectedLog log(directory / "rejected.ndjson");
  log.write("tcp", wrong, R"({"features":[1],"label":0})");
  const auto lines = lines_of(directory / "rejected.ndjson");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["source"] == "tcp");
  CHECK(lines[0]["reason"] == "wrong_dimension");
  CHECK(lines[0]["message"] == wrong.message);
  CHECK(lines[0]["record"] == R"({"features":[1],"label":0})");
  const std::string time = lines[0]["time"];
  CHECK(time.size() == std::string("2024-05-01T12:00:00.000Z").size());
  CHECK(time.back() == 'Z');
}

TEST_CASE("any bytes can be logged, and only the first KiB of them") {
  const TemporaryDirectory directory;
  RejectedLog log(directory / "rejected.ndjson");
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  log.write("tcp", {Reason::not_utf8, "not UTF-8"}, every_byte);
  log.write("tcp", {Reason::line_too_long, "long"}, std::string(5000, 'x'));
  const auto lines = lines_of(directory / "rejected.ndjson");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["record"].get<std::string>().substr(0, 128) == every_byte.substr(0, 128));
  CHECK(lines[1]["record"] == std::string(1024, 'x'));
}

TEST_CASE("the log never grows beyond two files of max_bytes and keeps the last records") {
  const TemporaryDirectory directory;
  const auto file = directory / "rejected.ndjson";
  constexpr std::uint64_t bound = 2000;
  for (int restart = 0; restart < 3; ++restart) {
    RejectedLog log(file, bound);
    for (int i = 0; i < 50; ++i) {
      log.write("tcp", wrong, std::to_string(restart * 50 + i));
      CHECK(std::filesystem::file_size(file) <= bound);
    }
  }
  CHECK(std::filesystem::file_size(directory / "rejected.ndjson.1") <= bound);
  std::vector<nlohmann::json> all = lines_of(directory / "rejected.ndjson.1");
  for (const auto& line : lines_of(file)) all.push_back(line);
  REQUIRE(all.size() > 10);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i]["record"] == std::to_string(150 - all.size() + i));
  }
}

TEST_CASE("a log that cannot be written is silent and comes back when it can") {
  const TemporaryDirectory directory;
  RejectedLog log(directory / "missing" / "rejected.ndjson");
  log.write("tcp", wrong, "lost");
  std::filesystem::create_directories(directory / "missing");
  log.write("tcp", wrong, "kept");
  const auto lines = lines_of(directory / "missing" / "rejected.ndjson");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["record"] == "kept");
}

TEST_CASE("a FIFO or a directory in the place of the log is not written into, nor waited for") {
  const TemporaryDirectory directory;
  const auto file = directory / "rejected.ndjson";
  RejectedLog log(file);
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  log.write("tcp", wrong, "lost");
  {
    const int reader = ::open(file.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    log.write("tcp", wrong, "lost");
    char byte = 0;
    CHECK(::read(reader, &byte, 1) == 0);
    ::close(reader);
  }
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  log.write("tcp", wrong, "lost");
  std::filesystem::remove(file);
  log.write("tcp", wrong, "kept");
  REQUIRE(lines_of(file).size() == 1);
}

TEST_CASE("threads may write at once") {
  const TemporaryDirectory directory;
  RejectedLog log(directory / "rejected.ndjson");
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log] {
      for (int i = 0; i < 100; ++i) log.write("tcp", wrong, "record");
    });
  }
  threads.clear();
  CHECK(lines_of(directory / "rejected.ndjson").size() == 400);
}
