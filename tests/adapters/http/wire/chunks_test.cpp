#include "adapters/http/wire/chunks.hpp"

#include <doctest/doctest.h>

using namespace altmind;
using namespace altmind::http;
using State = ChunkDecoder::State;

namespace {

struct Decoded {
  State state;
  std::string body;
  std::string rest;
};

Decoded decoded(const std::string& text, std::size_t portion = 1 << 20, std::size_t max_body = 100,
                std::size_t max_line = 50) {
  ChunkDecoder decoder(max_body, max_line);
  Decoded out{State::more, "", ""};
  for (std::size_t at = 0; at < text.size(); at += portion) {
    out.rest += text.substr(at, portion);
    if (out.state == State::more) out.state = decoder.push(out.rest, out.body);
  }
  return out;
}

}  // namespace

TEST_CASE("chunks give the same body for every split, and leave what follows") {
  const std::string text = "5;e=\"1\"\r\nhello\r\n00a\r\n, \r\n0\r\n\r\nx\r\n0\r\nT: t\r\nU: u\r\n\r\nGET /";
  for (std::size_t portion = 1; portion <= text.size(); ++portion) {
    const Decoded out = decoded(text, portion);
    CHECK(out.state == State::complete);
    CHECK(out.body == "hello, \r\n0\r\n\r\nx");
    CHECK(out.rest == "GET /");
  }
}

TEST_CASE("every byte of a chunked body that is not to the letter is refused") {
  for (const char* text : {"\r\n",
                           "x\r\n",
                           "-1\r\n",
                           "+1\r\n",
                           " 1\r\n",
                           "1 \r\n",
                           "0x1\r\n",
                           "5\n",
                           "5\rX\n",
                           "1;a\nb\r\n",
                           "fffffffffffffffff\r\n",
                           "2\r\nabX",
                           "2\r\nab\n",
                           "2\r\nab\rX\n",
                           "0\r\nA: b\n\r\n",
                           "0\r\n\n",
                           "0\r\nA: \x01\r\n",
                           "0\r\nno colon\r\n",
                           "0\r\n: x\r\n",
                           "0\r\nA : x\r\n",
                           "0\r\nA: b\r\n c\r\n",
                           ";x\r\n",
                           "g\r\n"})
    CHECK_MESSAGE(decoded(text).state == State::damaged, std::string(text));
}

TEST_CASE("a body, a size line and trailers have limits") {
  CHECK(decoded("64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n").state == State::complete);
  CHECK(decoded("65\r\n").state == State::body_too_large);
  CHECK(decoded("64\r\n" + std::string(100, 'x') + "\r\n1\r\n").state == State::body_too_large);
  CHECK(decoded("ffffffffffffffff\r\n").state == State::body_too_large);
  CHECK(decoded("1;" + std::string(60, 'e'), 1).state == State::line_too_long);
  CHECK(decoded("0\r\nA:" + std::string(20, 'a') + "\r\nB:" + std::string(40, 'b'), 1).state == State::line_too_long);
  CHECK(decoded("64\r\n" + std::string(99, 'x')).state == State::more);
}
