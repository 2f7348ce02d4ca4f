#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "adapters/sources/file/file_source.hpp"
#include "tests/support/gathering_sink.hpp"
#include "tests/support/numbered_lines.hpp"
#include "tests/support/recording_probe.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::file;
using namespace altmind::ingest;

namespace {

// Replaces standard input by a pipe during its lifetime.
class PipedInput {
 public:
  PipedInput() : saved_(::dup(STDIN_FILENO)) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    write_ = ends[1];
  }
  ~PipedInput() {
    end();
    if (saved_ >= 0) {
      ::dup2(saved_, STDIN_FILENO);
      ::close(saved_);
    } else {
      ::close(STDIN_FILENO);
    }
  }
  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t done = ::write(write_, text.data(), text.size());
      if (done < 0) throw std::runtime_error("write");
      text.remove_prefix(static_cast<std::size_t>(done));
    }
  }
  void end() {
    if (write_ >= 0) ::close(write_);
    write_ = -1;
  }

 private:
  int saved_;
  int write_ = -1;
};

SourceOptions standard_input() {
  SourceOptions options;
  options.type = SourceType::standard_input;
  options.name = "stdin";
  return options;
}

}  // namespace

TEST_CASE("standard input is delivered as it comes, to its last line, and has no position") {
  PipedInput input;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger);
  FileSource source(standard_input(), one_number, sink, ledger, probe);
  source.start();
  input.write(line(0) + line(1).substr(0, 5));
  REQUIRE(sink.wait_durable(1));  // not held back
  CHECK_FALSE(source.progress()->finished);
  std::string rest = line(1).substr(5) + "bad\n" + lines(2, 3000);
  rest.pop_back();
  input.write(rest);
  input.end();
  REQUIRE(eventually([&] { return source.progress()->finished; }));
  CHECK(sink.first_features(1) == numbers(0, 3000));
  CHECK(probe.rejections().size() == 1);
  CHECK(ledger.positions().empty());
  CHECK(nlohmann::json::parse(source.status())["type"] == "stdin");
}

TEST_CASE("a source that waits for standard input or for room stops at once") {
  PipedInput input;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger, 500, false);
  {
    FileSource source(standard_input(), one_number, sink, ledger, probe);
    source.start();
    input.write(line(0));
    REQUIRE(sink.wait_accepted(1));
    source.stop();
    CHECK_FALSE(source.progress()->finished);
  }
  FileSource source(standard_input(), one_number, sink, ledger, probe);
  source.start();
  input.write(lines(0, 1500));
  REQUIRE(sink.wait_source_waits());
  source.stop();
  CHECK_FALSE(source.failure());
}

TEST_CASE("skip and limit hold for standard input, which need not end") {
  PipedInput input;
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger);
  SourceOptions options = standard_input();
  options.skip = 2;
  options.limit = 3;
  FileSource source(options, one_number, sink, ledger, probe);
  source.start();
  input.write(lines(0, 10));
  REQUIRE(eventually([&] { return source.progress()->finished; }));
  CHECK(sink.first_features(1) == std::vector<float>{2, 3, 4});
}

TEST_CASE("standard input refuses what it cannot be") {
  Ledger ledger;
  RecordingProbe probe;
  GatheringSink sink(ledger);
  SourceOptions options = standard_input();
  options.shuffle = true;
  FileSource shuffled(options, one_number, sink, ledger, probe);
  CHECK_THROWS_WITH_AS(shuffled.start(), doctest::Contains("no shuffle, no epochs"), std::runtime_error);
  options = standard_input();
  options.format = Format::cifar10;
  FileSource binary(options, one_number, sink, ledger, probe);
  CHECK_THROWS_WITH_AS(binary.start(), doctest::Contains("\"libsvm\" or \"vw\""), std::runtime_error);
}
