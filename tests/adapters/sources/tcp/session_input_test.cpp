// How a session recognises lines, streams and headers.

#include <doctest/doctest.h>

#include "tests/adapters/sources/tcp/session_run.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::tcp;

TEST_CASE("a last line without an end is taken, but not on a stream, where it is sent again") {
  std::string bytes = sample_line(1) + sample_line(2);
  bytes.pop_back();
  CHECK(run(tcp_options(), {bytes}).learned == std::vector<float>{1, 2});
  const Run stream = run(tcp_options(), {"{\"stream\":\"a\"}\n" + bytes});
  CHECK(stream.learned == std::vector<float>{1});
  CHECK(stream.position == "11");
}

TEST_CASE("a byte order mark in front of the first line is no part of it, and UTF-16 ends the connection") {
  const std::string mark = "\xEF\xBB\xBF";
  CHECK(run(tcp_options(), {mark + sample_line(1) + sample_line(2)}).learned == std::vector<float>{1, 2});
  RecordingProbe probe;
  Session session(tcp_options(), two_inputs, probe);
  session.push(std::string_view("\xFF\xFE{\0}\0\n\0", 8));
  CHECK(session.advance() == Next::end);
  CHECK(replies(session)[0]["error"]["reason"] == "not_utf8");
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

  // Refused lines alone also advance the position.
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
  // A sample stays a sample, whatever its strings contain.
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

TEST_CASE("libsvm lines, and VW lines where there is a schema, are samples too") {
  SourceOptions options = tcp_options();
  options.format = Format::libsvm;
  CHECK(run(options, {"3 1:1 2:2\n0 2:5\n3 7:1\n"}).learned == std::vector<float>{1, 0});
  options.format = Format::vw;
  SampleSpec spec = two_inputs;
  spec.columns = {{"a"}, {"ns^b"}};
  RecordingProbe probe;
  Session session(options, spec, probe);
  session.push("3 'tag|ns a:0.5 b:2\n0 |ns b\n3 |ns c:1\n");
  session.finish();
  REQUIRE(session.advance() == Next::offer);
  CHECK(session.group().samples.x == std::vector<float>{0.5F, 2, 0, 1});
  CHECK(session.group().samples.label == std::vector<std::uint32_t>{3, 0});
  CHECK(session.output().find("unknown_key") != std::string::npos);
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
