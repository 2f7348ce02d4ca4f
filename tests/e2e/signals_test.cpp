// Unrelated signals and pipes must not end the daemon.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A FIFO that this process can read and write.
class Fifo {
 public:
  explicit Fifo(std::string path) : path_(std::move(path)) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    fd_ = ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(fd_ >= 0);
  }
  ~Fifo() { close(); }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  /// Waits until another process, running `program`, has it open (a child inherits it from us until exec).
  void wait_for(pid_t other, const std::string& program) const {
    const auto deadline = Clock::now() + start_time;
    for (;;) {
      std::error_code error;
      const bool runs = fs::equivalent("/proc/" + std::to_string(other) + "/exe", program, error);
      for (const auto& link : fs::directory_iterator("/proc/" + std::to_string(other) + "/fd", error)) {
        if (runs && fs::read_symlink(link.path(), error) == path_) return;
      }
      REQUIRE(Clock::now() < deadline);
    }
  }
  /// Returns and removes its current content.
  std::string take() const {
    std::string text;
    char piece[4096];
    for (ssize_t got; (got = ::read(fd_, piece, sizeof piece)) > 0;) text.append(piece, static_cast<std::size_t>(got));
    return text;
  }

 private:
  std::string path_;
  int fd_ = -1;
};

const std::vector<int> others = {SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGRTMIN, SIGRTMAX};

}  // namespace

TEST_CASE("signals: none but those that are meant to end the daemon, neither before it is ready nor after") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  Fifo config(scratch / "altmind.toml");
  Process process(altmind_program(), serve_command(config.path()));
  config.wait_for(process.pid(), altmind_program());  // blocked reading its configuration
  process.signal(SIGHUP);
  for (const int number : others) process.signal(number);
  const std::string text = setup.toml();
  REQUIRE(::write(config.descriptor(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  config.close();
  REQUIRE(process.wait_for_err([](const std::string& err) { return !logged(err, "ready").is_null(); }, start_time));
  // The early SIGHUP is handled once the daemon is ready, when nothing writes into the FIFO any more.
  const char* const kept = "the configuration was not read again; the old one stays";
  REQUIRE(process.wait_for_err([&](const std::string& err) { return !logged(err, kept).is_null(); }, start_time));
  CHECK(logged(process.err(), kept).at("error").get<std::string>().find("nobody writes") != std::string::npos);
  for (const int number : others) process.signal(number);
  process.signal(SIGTERM);
  CHECK(process.wait(patience) == exited(0));
}

TEST_CASE("a FIFO that nobody writes to is refused as a configuration instead of being waited for") {
  const ScratchDirectory scratch;
  const std::string path = scratch / "altmind.toml";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const Finished finished = run_altmind({.arguments = {"check", "-c", path}});
  CHECK(finished.ended == exited(2));
  CHECK(finished.err.find("is a FIFO into which nobody writes") != std::string::npos);
}

TEST_CASE("a log that nobody reads stops nothing, and says later how much of it is missing") {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  const Fifo log(scratch / "log");
  REQUIRE(::fcntl(log.descriptor(), F_SETPIPE_SZ, 8192) >= 8192);
  Process process("/bin/sh",
                  {.arguments = {"-c", "exec \"$0\" serve -c \"$1\" 2> \"$2\"", altmind_program(), file, log.path()}});
  std::string text;
  const auto deadline = Clock::now() + start_time;
  while (logged(text, "ready").is_null()) {
    text += log.take();
    REQUIRE(Clock::now() < deadline);
  }
  HttpClient client(static_cast<std::uint16_t>(std::stoi(logged(text, "HTTP listens").at("port").get<std::string>())));
  for (int i = 0; i < 100; ++i) {  // each logs a line
    const auto saved = client.post("/v1/admin/checkpoint", "");
    REQUIRE(saved);
    CHECK(saved->status == 200);
  }
  CHECK(client.get("/readyz")->status == 200);
  text = log.take();
  REQUIRE(client.post("/v1/admin/checkpoint", "")->status == 200);
  text = log.take();
  const nlohmann::json told = logged(text, "the log was not read; lines were dropped");
  REQUIRE(told.is_object());
  CHECK(std::stoi(told.at("lines").get<std::string>()) > 30);
  CHECK_FALSE(logged(text, "checkpoint").is_null());
  for (int i = 0; i < 100; ++i) client.post("/v1/admin/checkpoint", "");
  process.signal(SIGTERM);
  CHECK(process.wait(patience) == exited(0));
}

}  // namespace altmind::e2e
