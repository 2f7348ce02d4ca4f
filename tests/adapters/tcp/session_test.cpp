#include "adapters/tcp/session.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "tests/adapters/tcp/fixture.hpp"

using namespace altmind;
using Next = Session::Next;
using Json = nlohmann::json;

namespace {

std::vector<Json> replies(Session& session) {
  std::vector<Json> all;
  std::istringstream lines(session.output());
  for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line));
  return all;
}

/// A sink that takes everything; its groups become durable when the test says so.
struct Offers {
  std::vector<Group> groups;
  std::vector<std::uint64_t> numbers;

  void take(Session& session) {
    groups.push_back(std::move(session.group()));
    numbers.push_back(session.offered({Admission::accepted, {}}));
  }
};

/// Runs the session on `bytes`, every group durable at once; what was offered and said.
struct Run {
  std::vector<float> learned;
  std::vector<Json> said;
  std::string position;
};

Run run(const SourceOptions& options, const std::vector<std::string>& parts, const SampleSpec& spec = two_inputs) {
  RecordingProbe probe;
  Session session(options, spec, probe);
  Run result;
  std::size_t part = 0;
  std::string pushed;
  std::uint64_t sequence = 0;
  for (;;) {
    const Next next = session.advance();
    if (next == Next::read) {
      if (part == parts.size()) {
        session.finish();
      } else {
        pushed = parts[part++];
        session.push(pushed);
      }
    } else if (next == Next::offer) {
      const Group group = session.group();
      for (std::size_t i = 0; i < group.samples.count; ++i) result.learned.push_back(group.samples.x[2 * i]);
      if (!group.origin.stream.empty()) result.position = group.origin.position;
      sequence += group.samples.count;
      session.durable(session.offered({Admission::accepted, {}}), {true, sequence});
    } else if (next == Next::open_stream) {
      session.resume("10");
    } else {
      REQUIRE(next != Next::wait);
    }
    for (Json& json : replies(session)) result.said.push_back(std::move(json));
    if (next == Next::end) return result;
  }
}

/// Errors as they were said, and the last acknowledgement. How many refused lines behind the last good one
/// it covers depends on the reads, unless there is a stream.
std::pair<std::vector<Json>, Json> gist(const Run& run) {
  std::pair<std::vector<Json>, Json> all;
  for (const Json& json : run.said) {
    if (json.contains("accepted")) {
      all.second = json;
      if (run.position.empty()) all.second.erase("through_line");
    } else {
      all.first.push_back(json);
    }
  }
  return all;
}

std::vector<std::string> split(const std::string& bytes, std::mt19937& random, std::size_t longest) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t n = std::uniform_int_distribution<std::size_t>(1, longest)(random);
    parts.push_back(bytes.substr(at, n));
    at += n;
  }
  return parts;
}

const char* const bad_line = "{\"features\":[1],\"label\":0}\n";

}  // namespace

TEST_CASE("the lines of one read are one group, acknowledged when it is durable") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe);
  CHECK(session.advance() == Next::read);
  const std::string bytes = sample_line(1) + bad_line + sample_line(3) + "{\"feat";
  session.push(bytes);
  REQUIRE(session.advance() == Next::offer);
  Offers sink;
  sink.take(session);
  CHECK(sink.groups[0].samples.count == 2);
  CHECK(sink.groups[0].samples.x == std::vector<float>{1, 0.5F, 3, 0.5F});
  CHECK(sink.groups[0].origin.source == "tcp");
  CHECK(sink.groups[0].origin.stream.empty());
  CHECK(session.advance() == Next::read);
  CHECK(session.in_flight() == 1);

  const auto before = replies(session);
  REQUIRE(before.size() == 1);
  CHECK(before[0] == Json::parse(R"({"error": {"line": 2, "reason": "wrong_dimension",
                                     "message": "features: expected 2 numbers, got 1"}})"));
  CHECK(!session.has_output());
  CHECK(session.durable(sink.numbers[0], {true, 77}));
  const auto after = replies(session);
  REQUIRE(after.size() == 1);
  CHECK(after[0] == Json::parse(R"({"accepted": 2, "through_line": 3, "sequence": 77})"));
  REQUIRE(probe.rejections().size() == 1);
  CHECK(probe.rejections()[0].reason == Reason::wrong_dimension);
  CHECK(probe.rejections()[0].record + "\n" == bad_line);
}

TEST_CASE("what is learned and said does not depend on how the bytes arrive") {
  std::mt19937 random(4);
  for (int round = 0; round < 60; ++round) {
    SourceOptions options = tcp_options();
    options.max_line = 60;
    std::string bytes;
    std::vector<float> good;
    if (round % 3 == 0) bytes += "{\"stream\":\"a\"}\n";
    for (std::uint64_t n = 0; n < 60; ++n) {
      switch (random() % 5) {
        case 0:
          bytes += bad_line;
          break;
        case 1:
          bytes += std::string(100, 'x') + "\n";
          break;
        default:
          bytes += sample_line(n);
          good.push_back(static_cast<float>(n));
      }
    }
    if (round % 2 == 0) bytes.pop_back();
    const Run whole = run(options, {bytes});
    for (const std::size_t longest : {1, 3, 50, 1000}) {
      const Run split_run = run(options, split(bytes, random, longest));
      CHECK(split_run.learned == whole.learned);
      CHECK(gist(split_run) == gist(whole));
      CHECK(split_run.position == whole.position);
    }
    if (round % 2 != 0) CHECK(whole.learned == good);
  }
}

TEST_CASE("a last line without an end is taken, but not on a stream, where it is sent again") {
  std::string bytes = sample_line(1) + sample_line(2);
  bytes.pop_back();
  CHECK(run(tcp_options(), {bytes}).learned == std::vector<float>{1, 2});
  const Run stream = run(tcp_options(), {"{\"stream\":\"a\"}\n" + bytes});
  CHECK(stream.learned == std::vector<float>{1});
  CHECK(stream.position == "11");
}

TEST_CASE("groups are bounded in samples and in number") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe, {.group_samples = 3, .groups_in_flight = 2});
  std::string bytes;
  for (std::uint64_t n = 0; n < 10; ++n) bytes += sample_line(n);
  session.push(bytes);
  Offers sink;
  CHECK(session.advance() == Next::offer);
  sink.take(session);
  CHECK(session.advance() == Next::offer);
  sink.take(session);
  CHECK(session.advance() == Next::wait);
  session.durable(sink.numbers[0], {true, 3});
  CHECK(session.advance() == Next::offer);
  sink.take(session);
  session.durable(sink.numbers[1], {true, 6});
  session.durable(sink.numbers[2], {true, 9});
  CHECK(session.advance() == Next::offer);
  sink.take(session);
  CHECK(session.advance() == Next::read);
  CHECK(sink.groups[2].samples.count == 3);
  CHECK(sink.groups[3].samples.count == 1);
  CHECK(sink.groups[3].samples.x[0] == 9.0F);
}

TEST_CASE("replies that were not fetched are replaced by the newest, errors are not") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe);
  Offers sink;
  for (std::uint64_t n = 0; n < 100; ++n) {
    const std::string bytes = sample_line(n) + bad_line;
    session.push(bytes);
    REQUIRE(session.advance() == Next::offer);
    sink.take(session);
    REQUIRE(session.advance() == Next::read);
    session.durable(sink.numbers.back(), {true, n + 1});
  }
  const auto said = replies(session);
  REQUIRE(said.size() == 101);
  for (std::uint64_t n = 0; n < 100; ++n) CHECK(said[n]["error"]["line"] == 2 * n + 2);
  CHECK(said[100] == Json::parse(R"({"accepted": 100, "through_line": 200, "sequence": 100})"));
}

TEST_CASE("too many unread errors stop the reading until they are written") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe, {.output_bytes = 2000});
  std::string bytes;
  for (int n = 0; n < 200; ++n) bytes += "x\n";
  session.push(bytes);
  std::size_t errors = 0;
  while (session.advance() == Next::flush) {
    CHECK(session.advance() == Next::flush);
    const std::string out = session.output();
    CHECK(out.size() < 2200);
    errors += static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n'));
  }
  CHECK(session.advance() == Next::read);
  errors += replies(session).size();
  CHECK(errors == 200);
}

TEST_CASE("receipts in any order give replies that claim only what is durable") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe);
  Offers sink;
  for (std::uint64_t n = 0; n < 3; ++n) {
    const std::string bytes = sample_line(n);
    session.push(bytes);
    REQUIRE(session.advance() == Next::offer);
    sink.take(session);
    REQUIRE(session.advance() == Next::read);
  }
  session.durable(sink.numbers[2], {true, 3});
  CHECK(!session.has_output());
  session.durable(sink.numbers[0], {true, 1});
  CHECK(replies(session)[0]["through_line"] == 1);
  session.durable(sink.numbers[1], {true, 2});
  CHECK(replies(session)[0]["through_line"] == 3);
  CHECK(session.in_flight() == 0);
}

TEST_CASE("a lost group is said and ends the session, and no reply claims its lines") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe);
  Offers sink;
  for (std::uint64_t n = 0; n < 3; ++n) {
    const std::string bytes = sample_line(n);
    session.push(bytes);
    REQUIRE(session.advance() == Next::offer);
    sink.take(session);
    REQUIRE(session.advance() == Next::read);
  }
  CHECK(session.durable(sink.numbers[0], {true, 1}));
  CHECK(!session.durable(sink.numbers[1], {false, 0}));
  CHECK(!session.durable(sink.numbers[2], {true, 2}));
  const auto said = replies(session);
  REQUIRE(said.size() == 2);
  CHECK(said[0]["error"]["reason"] == "not_durable");
  CHECK(said[0]["error"]["line"] == 2);
  CHECK(said[1]["through_line"] == 1);
  CHECK(session.advance() == Next::end);
}

TEST_CASE("samples that the sink takes out are refused by their line") {
  RecordingProbe probe;
  const SampleSpec named{Task::classification, LabelKind::named, 1, 2};
  Session session(tcp_options(), named, probe);
  const std::string bytes =
      "{\"features\":[1],\"label\":\"a\"}\nbad\n{\"features\":[2],\"label\":\"c\"}\n{\"features\":[3],\"label\":\"a\"}"
      "\n";
  session.push(bytes);
  REQUIRE(session.advance() == Next::offer);
  session.group().samples.name.clear();
  const std::uint64_t number = session.offered({Admission::accepted, {1}});
  session.durable(number, {true, 2});
  const auto said = replies(session);
  REQUIRE(said.size() == 3);
  CHECK(said[0]["error"]["line"] == 2);
  CHECK(said[1]["error"]["line"] == 3);
  CHECK(said[1]["error"]["reason"] == "label_out_of_range");
  CHECK(said[1]["error"]["message"] ==
        "label: class \"c\" is new, and the model has all its 2 classes (model.max_classes)");
  CHECK(said[2] == Json::parse(R"({"accepted": 2, "through_line": 4, "sequence": 2})"));
  CHECK(probe.rejections().back().record == "c");
}

TEST_CASE("a stream is opened by the first line and numbered from where it stands") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe);
  const std::string bytes = "{\"stream\": \"sensor-1:a.b_C\"}\r\n" + sample_line(1) + bad_line;
  session.push(bytes);
  REQUIRE(session.advance() == Next::open_stream);
  CHECK(session.stream() == "tcp:tcp:sensor-1:a.b_C");
  CHECK(session.advance() == Next::open_stream);
  session.resume("41");
  CHECK(replies(session) == std::vector<Json>{Json::parse(R"({"next": 42})")});
  REQUIRE(session.advance() == Next::offer);
  CHECK(session.group().origin.stream == "tcp:tcp:sensor-1:a.b_C");
  CHECK(session.group().origin.position == "43");
  Offers sink;
  sink.take(session);
  session.durable(sink.numbers[0], {true, 9});
  const auto said = replies(session);
  REQUIRE(said.size() == 2);
  CHECK(said[0]["error"]["line"] == 43);
  CHECK(said[1] == Json::parse(R"({"accepted": 1, "through_line": 43, "sequence": 9})"));

  // Refused lines alone move the position too.
  session.push(bad_line);
  REQUIRE(session.advance() == Next::offer);
  CHECK(session.group().samples.count == 0);
  CHECK(session.group().origin.position == "44");
  sink.take(session);
  session.durable(sink.numbers[1], {true, 9});
  CHECK(replies(session).back()["through_line"] == 44);
  CHECK(session.advance() == Next::read);
}

TEST_CASE("a stream that was never seen begins with line 1") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe);
  session.push("{\"stream\":\"new\"}\n");
  REQUIRE(session.advance() == Next::open_stream);
  session.resume(std::nullopt);
  CHECK(replies(session)[0]["next"] == 1);
}

TEST_CASE("only the first line can open a stream") {
  const Run late = run(tcp_options(), {sample_line(1) + "{\"stream\":\"a\"}\n" + sample_line(2)});
  CHECK(late.learned == std::vector<float>{1, 2});
  REQUIRE(gist(late).first.size() == 1);
  CHECK(gist(late).first[0]["error"]["reason"] == "unknown_key");
  CHECK(gist(late).first[0]["error"]["line"] == 2);
}

TEST_CASE("a stream id is 1 to 128 plain characters") {
  for (const std::string& id :
       {std::string("\"\""), "\"" + std::string(129, 'a') + "\"", std::string("\"a b\""), std::string("\"\\u00e9\""),
        std::string("\"a/b\""), std::string("7"), std::string("null"), std::string("[\"a\"]")}) {
    CAPTURE(id);
    const Run refused = run(tcp_options(), {"{\"stream\":" + id + "}\n" + sample_line(1)});
    CHECK(refused.learned.empty());
    REQUIRE(refused.said.size() == 1);
    CHECK(refused.said[0]["error"]["reason"] == "bad_stream");
  }
  CHECK(run(tcp_options(), {"{\"stream\":\"" + std::string(128, 'a') + "\"}\n" + sample_line(1)}).position == "11");
  // A sample is a sample, whatever its strings say.
  CHECK(run(tcp_options(), {"{\"features\":[1,2],\"label\":0,\"id\":\"stream\"}\n"}).learned.size() == 1);
}

TEST_CASE("without acknowledgements nothing is said, and a stream cannot be opened") {
  SourceOptions options = tcp_options();
  options.ack = false;
  const Run quiet = run(options, {sample_line(1) + bad_line + sample_line(2)});
  CHECK(quiet.learned == std::vector<float>{1, 2});
  CHECK(quiet.said.empty());
  const Run stream = run(options, {"{\"stream\":\"a\"}\n" + sample_line(1)});
  CHECK(stream.learned.empty());
  CHECK(stream.said.empty());
}

TEST_CASE("csv lines are samples too, and every connection sends the header") {
  SourceOptions options = tcp_options();
  options.format = Format::csv;
  CHECK(run(options, {"1,2,3\n4,5,6"}).learned == std::vector<float>{1, 4});
  options.header = true;
  options.label = "class";
  const Run headed = run(options, {"{\"stream\":\"a\"}\nclass,x,y\n3,1,2\n1,2\n6,4,5\n"});
  CHECK(headed.learned == std::vector<float>{1, 4});
  CHECK(headed.position == "13");
  CHECK(gist(headed).first.at(1)["error"]["line"] == 12);
  const Run wrong = run(options, {"label,x,y\n3,1,2\n"});
  CHECK(wrong.learned.empty());
  REQUIRE(wrong.said.size() == 1);
  CHECK(wrong.said[0]["error"]["line"] == 0);
  CHECK(wrong.said[0]["error"]["reason"] == "label_missing");
  options.columns = {"only one"};
  RecordingProbe probe;
  CHECK_THROWS_AS(Session(options, two_inputs, probe), std::invalid_argument);
}

TEST_CASE("a line over the limit is refused by its number and the rest goes on") {
  SourceOptions options = tcp_options();
  options.max_line = 100;
  const Run long_line =
      run(options, {sample_line(1), std::string(70, ' '), std::string(70, ' ') + "\n" + sample_line(2)});
  CHECK(long_line.learned == std::vector<float>{1, 2});
  REQUIRE(gist(long_line).first.size() == 1);
  CHECK(gist(long_line).first[0] ==
        Json::parse(R"({"error": {"line": 2, "reason": "line_too_long", "message": "line: longer than 100 bytes"}})"));
  CHECK(long_line.said.back()["through_line"] == 3);
}

TEST_CASE("a muted session goes on taking samples") {
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe);
  session.push(bad_line);
  CHECK(session.advance() == Next::read);
  session.mute();
  CHECK(!session.has_output());
  const std::string bytes = sample_line(1) + bad_line;
  session.push(bytes);
  REQUIRE(session.advance() == Next::offer);
  Offers sink;
  sink.take(session);
  session.durable(sink.numbers[0], {true, 1});
  CHECK(!session.has_output());
}
