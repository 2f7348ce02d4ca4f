#include "adapters/sources/tcp/session.hpp"

#include <doctest/doctest.h>

#include "tests/adapters/sources/tcp/session_run.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::ingest;
using namespace altmind::tcp;

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
  Session session(tcp_options(), two_inputs, probe, {.output_bytes = 2000, .turn_bytes = 1 << 30});
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

TEST_CASE("a session takes in so much at a turn, and refused lines count for more") {
  RecordingProbe probe;
  const auto pauses = [&](const std::string& bytes) {
    Session session(tcp_options(), two_inputs, probe, {.group_samples = 100'000, .turn_bytes = 10'000});
    session.push(bytes);
    std::size_t count = 0;
    Next next = session.advance();
    for (; next == Next::pause; next = session.advance()) ++count;
    CHECK((next == Next::offer || next == Next::read));
    return count;
  };
  std::string good;
  while (good.size() < 100'000) good += sample_line(1);
  CHECK(pauses(good) >= 9);
  CHECK(pauses(good) <= 10);
  std::string bad;
  for (int n = 0; n < 1000; ++n) bad += "x\n";
  CHECK(pauses(bad) >= 90);
  CHECK(pauses(bad) <= 110);
  CHECK(pauses(sample_line(1)) == 0);
}
