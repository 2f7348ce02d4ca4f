#include "adapters/formats/framing/line_framer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace altmind;
using namespace altmind::formats;

namespace {

struct Cut {
  std::string text;
  bool too_long = false;
  bool operator==(const Cut&) const = default;
};

/// Returns the expected output of the framer, by the shortest possible definition.
std::vector<Cut> reference(const std::string& bytes, std::size_t max_line) {
  std::vector<Cut> lines;
  std::string line;
  const auto end_line = [&] {
    const bool perhaps_cut = line.size() > max_line + 1;
    while (!perhaps_cut && !line.empty() && line.back() == '\r') line.pop_back();
    const bool too_long = line.size() > max_line;
    if (too_long) line.resize(std::min(max_line, LineFramer::kept_of_too_long));
    lines.push_back({line, too_long});
    line.clear();
  };
  for (const char c : bytes) {
    if (c == '\n') {
      end_line();
    } else {
      line.push_back(c);
    }
  }
  if (!line.empty()) end_line();
  return lines;
}

/// Pushes every part from a heap block of its exact size, so that asan detects reads outside it.
std::vector<Cut> framed(const std::vector<std::string>& parts, std::size_t max_line) {
  LineFramer framer(max_line);
  std::vector<Cut> lines;
  for (const std::string& part : parts) {
    const auto block = std::make_unique<char[]>(part.size());
    std::memcpy(block.get(), part.data(), part.size());
    framer.push({block.get(), part.size()});
    while (const auto line = framer.next()) lines.push_back({std::string(line->text), line->too_long});
  }
  if (const auto line = framer.finish()) lines.push_back({std::string(line->text), line->too_long});
  return lines;
}

std::vector<std::string> split(const std::string& bytes, std::mt19937& random, std::size_t longest) {
  std::vector<std::string> parts;
  std::uniform_int_distribution<std::size_t> length(0, longest);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t n = std::min(length(random), bytes.size() - at);
    parts.push_back(bytes.substr(at, n));
    at += n;
  }
  return parts;
}

}  // namespace

TEST_CASE("lines end with LF or CRLF, and the last one may have no end") {
  CHECK(framed({"a\nb\r\n\n\r\nc"}, 10) == std::vector<Cut>{{"a"}, {"b"}, {""}, {""}, {"c"}});
  CHECK(framed({"a\rb\r\r\n"}, 10) == std::vector<Cut>{{"a\rb"}});
  CHECK(framed({""}, 10).empty());
  CHECK(framed({"\n"}, 10) == std::vector<Cut>{{""}});
}

TEST_CASE("a line of exactly max_line passes, with either end, and one byte more does not") {
  CHECK(framed({"12345\n"}, 5) == std::vector<Cut>{{"12345"}});
  CHECK(framed({"12345\r\n"}, 5) == std::vector<Cut>{{"12345"}});
  CHECK(framed({"12345\r", "\n"}, 5) == std::vector<Cut>{{"12345"}});
  CHECK(framed({"123456\n", "ok\n"}, 5) == std::vector<Cut>{{"12345", true}, {"ok"}});
  CHECK(framed({"12345\r", "6\n", "ok\n"}, 5) == std::vector<Cut>{{"12345", true}, {"ok"}});
  CHECK(framed({"123456"}, 5) == std::vector<Cut>{{"12345", true}});
}

TEST_CASE("lines do not depend on how the bytes are split") {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> letter(0, 11);
  for (int round = 0; round < 400; ++round) {
    std::string bytes;
    const int n = std::uniform_int_distribution<int>(0, 300)(random);
    for (int i = 0; i < n; ++i) bytes.push_back("\n\nabcdefg\r\r\0"[letter(random)]);
    const std::size_t max_line = std::uniform_int_distribution<std::size_t>(1, 12)(random);
    const auto expected = reference(bytes, max_line);
    CHECK(framed({bytes}, max_line) == expected);
    CHECK(framed(split(bytes, random, 1), max_line) == expected);
    for (const std::size_t longest : {2, 5, 40}) CHECK(framed(split(bytes, random, longest), max_line) == expected);
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
      CHECK(framed({bytes.substr(0, at), bytes.substr(at)}, max_line) == expected);
    }
  }
}

TEST_CASE("a too long line keeps its first KiB whatever the split, and its neighbours are whole") {
  std::string bytes = "before\n";
  for (int i = 0; i < 5000; ++i) bytes.push_back(static_cast<char>('a' + i % 26));
  bytes += "\nafter\n";
  const auto expected = reference(bytes, 2000);
  REQUIRE(expected.size() == 3);
  REQUIRE(expected[1].text.size() == LineFramer::kept_of_too_long);
  std::mt19937 random(3);
  for (const std::size_t longest : {1, 7, 1023, 1024, 1025, 3000, 9000}) {
    CHECK(framed(split(bytes, random, longest), 2000) == expected);
  }
}

TEST_CASE("a line that lies whole in the pushed bytes is not copied") {
  LineFramer framer(100);
  const std::string bytes = "one\ntwo\nthr";
  framer.push(bytes);
  CHECK(framer.next()->text.data() == bytes.data());
  CHECK(framer.next()->text.data() == bytes.data() + 4);
  CHECK(!framer.next());
  const std::string rest = "ee\nfour\n";
  framer.push(rest);
  CHECK(framer.next()->text == "three");
  CHECK(framer.next()->text.data() == rest.data() + 3);
}

TEST_CASE("the framer is as new after finish") {
  LineFramer framer(3);
  framer.push("abcdefgh");
  CHECK(!framer.next());
  CHECK(framer.finish()->too_long);
  CHECK(!framer.finish());
  framer.push("ab\n");
  CHECK(framer.next()->text == "ab");
  CHECK(!framer.next());
  CHECK(!framer.finish());
}
