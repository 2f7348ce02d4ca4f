// External changes to the files of a running or stopped daemon.

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Place {
  ScratchDirectory scratch;
  fs::path data = scratch / "data";
  std::string file;

  Place() {
    Setup setup;
    setup.directory = data.string();
    file = scratch.write("altmind.toml", setup.toml());
  }
};

int ingest(HttpClient& client, std::uint64_t begin, std::uint64_t end) {
  const auto reply = client.post("/v1/ingest", sample_lines(begin, end, 0, inputs), ndjson);
  return reply ? reply->status : 0;
}

/// Waits until /readyz has this status; returns its body.
std::string wait_for_readiness(HttpClient& client, int status) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto reply = client.get("/readyz");
    REQUIRE(reply);
    if (reply->status == status) return reply->body;
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
}

fs::path newest_segment(const fs::path& data) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(data / "journal")) found.push_back(entry.path());
  return *std::max_element(found.begin(), found.end());
}

bool printable_only(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\n' || byte == '\t' || (byte >= 0x20 && byte < 0x7F);
  });
}

}  // namespace

TEST_CASE("a data directory that somebody deletes, moves or replaces is noticed and nothing more is acknowledged") {
  const std::vector<std::function<void(const fs::path&)>> mishaps = {
      [](const fs::path& data) { fs::remove(data / "lock"); },
      [](const fs::path& data) { fs::remove_all(data); },
      [](const fs::path& data) { fs::rename(data, data.string() + ".old"); },
      [](const fs::path& data) { fs::rename(data / "journal", data / "old"); },
      [](const fs::path& data) { fs::resize_file(newest_segment(data), 0); },
      [](const fs::path& data) { fs::remove(newest_segment(data)); },
      [](const fs::path& data) {
        fs::remove_all(data);
        fs::create_directories(data / "journal");
        std::ofstream(data / "lock") << "{}";
      }};
  for (std::size_t i = 0; i < mishaps.size(); ++i) {
    CAPTURE(i);
    const Place place;
    Daemon daemon(place.file);
    HttpClient client = daemon.http();
    REQUIRE(ingest(client, 0, 60) == 200);
    mishaps[i](place.data);
    CHECK(ingest(client, 60, 120) == 503);  // even before the next check
    const std::string why = wait_for_readiness(client, 503);
    CHECK(why.find(i == 4 ? "was cut to 0 bytes" : "was deleted or replaced") != std::string::npos);
    CHECK(ingest(client, 60, 120) == 503);
    CHECK(client.post("/v1/admin/checkpoint", "")->status == 500);
    CHECK(client.get("/livez")->status == 200);
    if (i == 0) {
      const Finished second = run_altmind(serve_command(place.file));
      CHECK(second.ended == exited(1));
      CHECK(second.err.find("in use by another process") != std::string::npos);
    }
    CHECK(daemon.stop() == exited(1));
    if (i == 0) CHECK(replay(place.data).at("sequence") == 50);
    if (i == 2) CHECK(replay(place.data.string() + ".old").at("sequence") == 50);
    if (i == mishaps.size() - 1) CHECK_FALSE(fs::exists(place.data / "checkpoints"));
  }
}

TEST_CASE("a segment that is cut under a daemon at rest is noticed without a sample") {
  const Place place;
  Daemon daemon(place.file);
  HttpClient client = daemon.http();
  REQUIRE(ingest(client, 0, 60) == 200);
  const fs::path segment = newest_segment(place.data);
  fs::resize_file(segment, fs::file_size(segment) - 1);
  CHECK(wait_for_readiness(client, 503).find(segment.string() + ": was cut to ") != std::string::npos);
  CHECK(daemon.stop() == exited(1));
}

TEST_CASE("a store whose journal is gone is refused by serve, replay and inspect until the loss is accepted") {
  const Place place;
  {
    Daemon daemon(place.file);
    HttpClient client = daemon.http();
    REQUIRE(ingest(client, 0, 70) == 200);
    REQUIRE(daemon.stop() == exited(0));
  }
  fs::remove_all(place.data / "journal");
  const Finished replayed = run_altmind({.arguments = {"replay", "--data", place.data.string()}});
  CHECK(replayed.ended == exited(1));
  CHECK(replayed.err.find("samples up to 70, which may have been acknowledged, were on the disk") != std::string::npos);
  CHECK(run_altmind({.arguments = {"inspect", place.data.string()}}).ended == exited(1));
  CHECK(run_altmind(serve_command(place.file)).ended == exited(1));
  Daemon daemon(place.file, {.arguments = {"--truncate-journal"}});
  CHECK(daemon.stop() == exited(0));
  CHECK(replay(place.data).at("sequence") == 50);
}

TEST_CASE("a FIFO in the place of rejected.ndjson keeps nobody waiting") {
  const Place place;
  Daemon daemon(place.file);
  HttpClient client = daemon.http();
  REQUIRE(::mkfifo((place.data / "rejected.ndjson").c_str(), 0600) == 0);
  const auto refused = client.post("/v1/ingest", "{}\n", ndjson);
  REQUIRE(refused);
  CHECK(refused->status != 200);
  CHECK(ingest(client, 0, 60) == 200);
  CHECK(daemon.stop() == exited(0));
}

TEST_CASE("a journal that was cut while the daemon was down is refused, and the tools say what is missing") {
  const Place place;
  {
    Daemon daemon(place.file);
    HttpClient client = daemon.http();
    for (std::uint64_t at = 0; at < 140; at += 20) REQUIRE(ingest(client, at, at + 20) == 200);
    daemon.kill();
  }
  const fs::path segment = newest_segment(place.data);
  fs::resize_file(segment, fs::file_size(segment) - 1);
  const std::string missing = "samples 121 to 140, which may have been acknowledged, are missing";
  const Finished replayed = run_altmind({.arguments = {"replay", "--data", place.data.string()}});
  CHECK(replayed.ended == exited(1));
  CHECK(replayed.err.find(missing) != std::string::npos);
  const Finished inspected = run_altmind({.arguments = {"inspect", place.data.string()}});
  CHECK(inspected.ended == exited(1));
  CHECK(json::parse(inspected.out).at("journal_missing").get<std::string>().find(segment.string()) == 0);
  const Finished served = run_altmind(serve_command(place.file));
  CHECK(served.ended == exited(1));
  CHECK(served.err.find(missing) != std::string::npos);

  Daemon daemon(place.file, {.arguments = {"--truncate-journal"}});
  CHECK(daemon.process().err().find("samples behind it are lost") != std::string::npos);
  CHECK(daemon.stop() == exited(0));
  CHECK(replay(place.data).at("sequence") == 100);
}

TEST_CASE(
    "where no checkpoint can be read and the journal does not reach back, all are named and nothing goes raw out") {
  const Place place;
  {
    Daemon daemon(place.file);
    HttpClient client = daemon.http();
    for (std::uint64_t at = 0; at < 100; at += 50) {
      REQUIRE(ingest(client, at, at + 50) == 200);
      REQUIRE(client.post("/v1/admin/checkpoint", "")->status == 200);
    }
    REQUIRE(daemon.stop() == exited(0));
  }
  const auto files = checkpoints_of(place.data);
  REQUIRE(files.size() == 2);
  for (const fs::path& file : files) {
    std::string bytes(fs::file_size(file), '\0');
    std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto at = bytes.find("\"dtype\"");
    bytes.replace(at, 7, "\"\x1b[2\xC2\x9B\xFF\"");
    std::ofstream(file, std::ios::binary) << bytes;
  }
  CHECK(replay(place.data).at("sequence") == 100);  // the journal still has everything
  const Finished inspected = run_altmind({.arguments = {"inspect", place.data.string()}});
  CHECK(inspected.ended == exited(1));
  CHECK(printable_only(inspected.out));
  fs::remove_all(place.data / "journal");
  fs::remove(place.data / "journal.head");
  for (const Launch& launch :
       {Launch{.arguments = {"replay", "--data", place.data.string()}}, serve_command(place.file)}) {
    const Finished refused = run_altmind(launch);
    CHECK(refused.ended == exited(2));
    for (const fs::path& file : files) CHECK(refused.err.find(file.string()) != std::string::npos);
    CHECK(refused.err.find("Restore the directory from a backup") != std::string::npos);
    CHECK(printable_only(refused.err));
  }
  CHECK(checkpoints_of(place.data) == files);
}

TEST_CASE("a full disk is not ready, and with room again the daemon learns on without a restart") {
  const Place place;
  Daemon daemon(place.file, {.arguments = {}, .file_size_limit = 100 << 10});
  HttpClient client = daemon.http();
  std::uint64_t at = 0;
  while (ingest(client, at, at + 70) == 200) at += 70;
  REQUIRE(at > 0);
  CHECK(wait_for_readiness(client, 503).find("the disk is full") != std::string::npos);
  rlimit limit{};
  REQUIRE(::prlimit(daemon.process().pid(), RLIMIT_FSIZE, nullptr, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  REQUIRE(::prlimit(daemon.process().pid(), RLIMIT_FSIZE, &limit, nullptr) == 0);
  CHECK(wait_for_readiness(client, 200) == "ready\n");
  const auto reply = client.post("/v1/ingest", sample_lines(at, at + 70, 0, inputs), ndjson);
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->json().at("sequence") == at + 70);
  CHECK(daemon.stop() == exited(0));
  CHECK(replay(place.data).at("sequence") == (at + 70) / 50 * 50);
}

TEST_CASE("a daemon whose last checkpoint failed does not end with success") {
  const Place place;
  Daemon daemon(place.file);
  HttpClient client = daemon.http();
  REQUIRE(ingest(client, 0, 60) == 200);
  fs::remove_all(place.data / "checkpoints");
  std::ofstream(place.data / "checkpoints") << "in the way";
  CHECK(client.post("/v1/admin/checkpoint", "")->status == 500);
  CHECK(daemon.stop() == exited(1));
}

}  // namespace altmind::e2e
