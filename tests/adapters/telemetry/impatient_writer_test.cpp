#include "adapters/telemetry/impatient_writer.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "adapters/telemetry/log_line.hpp"
#include "adapters/telemetry/printable.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::telemetry;

namespace {

class Pipe {
 public:
  Pipe() { REQUIRE(::pipe2(ends_.data(), O_NONBLOCK | O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// Returns the write end, which blocks, like that of a log.
  int in() const {
    ::fcntl(ends_[1], F_SETFL, 0);
    return ends_[1];
  }
  std::string take(std::size_t most = 1 << 20) const {
    std::string text(most, '\0');
    const ssize_t got = ::read(ends_[0], text.data(), most);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

 private:
  std::array<int, 2> ends_{};
};

std::string told(std::uint64_t lines) {
  return "dropped " + std::to_string(lines);
}

}  // namespace

TEST_CASE("impatient writer: what a full pipe has no room for is dropped, and told once there is") {
  const Pipe pipe;
  ImpatientWriter writer(pipe.in());
  const std::string line(99, 'x');
  std::uint64_t written = 0;
  while (writer.dropped() == 0) {
    writer.write(line, told);
    ++written;
  }
  for (int i = 0; i < 9; ++i) writer.write(line, told);
  CHECK(writer.dropped() == 10);
  std::string text = pipe.take();
  CHECK(text.substr(0, 100 * (written - 1)).size() == 100 * (written - 1));
  writer.write("again", told);
  CHECK(writer.dropped() == 0);
  text += pipe.take();
  CHECK(text.ends_with("\ndropped 10\nagain\n"));
}

TEST_CASE("impatient writer: a long line that found room for a part of it is ended before the next") {
  const Pipe pipe;
  ImpatientWriter writer(pipe.in());
  writer.write(std::string(100'000, 'a'), told);  // a pipe has 64 KiB
  CHECK(writer.dropped() == 1);
  std::string text = pipe.take();
  CHECK(text.size() < 100'000);
  writer.write("b", told);
  text += pipe.take();
  CHECK(text.ends_with("a\ndropped 1\nb\n"));
}

TEST_CASE("impatient writer: files take everything, and nobody at the other end is no reason to fail") {
  const ScratchDirectory scratch;
  const std::string path = scratch.write("log", "");
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ImpatientWriter writer(file);
  const std::string line(10'000, 'y');
  for (int i = 0; i < 50; ++i) writer.write(line, told);
  CHECK(writer.dropped() == 0);
  CHECK(std::filesystem::file_size(path) == 50 * 10'001);
  ::close(file);
  ImpatientWriter nowhere(file);
  nowhere.write(line, told);
  CHECK(nowhere.dropped() == 1);
}

TEST_CASE("printable: nothing that a terminal obeys is left, and the rest is as it was") {
  CHECK(printable("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\n\tplain") ==
        "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\n\tplain");
  CHECK(printable(std::string_view("\x1b[2J\0\r\x7f", 7)) == "\\u001b[2J\\u0000\\u000d\\u007f");
  CHECK(printable("\xC2\x9B"
                  "31m") == "\\u009b31m");                // CSI in one character
  CHECK(printable("\xE2\x80\xAEtxt") == "\\u202etxt");    // right to left
  CHECK(printable("\x9B\xFF\xC3") == "\\x9b\\xff\\xc3");  // no UTF-8
  CHECK(printable("\xC0\xAF\xED\xA0\x80") == "\\xc0\\xaf\\xed\\xa0\\x80");
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    const std::string line = log_line(format, LogLevel::error, {}, "tensor \x1b[2J", {{"file", "\xC2\x9B\x7f\xff"}});
    for (const char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
    CHECK(line.find('\x7f') == std::string::npos);
    CHECK(line.find("\xC2\x9B") == std::string::npos);
  }
}
