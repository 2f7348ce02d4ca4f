// Runs the program with an invalid value for every key of a configuration.

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/support/process.hpp"
#include "tests/support/contains.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

/// Contains every table that a configuration may have.
const std::string base =
    "[model]\ninputs = 2\nlabels = \"named\"\nmax_classes = 3\nhidden = [4]\n"
    "[features]\ncolumn = [{name = \"a\"}, {name = \"c\", type = \"categorical\", size = 8}]\n"
    "[[source]]\ntype = \"tcp\"\naddress = \"127.0.0.1:0\"\n"
    "[[source]]\ntype = \"file\"\nformat = \"csv\"\npath = \"x.csv\"\nheader = true\nlabel = \"y\"\n"
    "[[source]]\ntype = \"file\"\nname = \"followed\"\nformat = \"ndjson\"\npath = \"x\"\nfollow = true\n"
    "[test]\nformat = \"csv\"\npath = \"t.csv\"\nheader = true\n"
    "[store]\ndirectory = \"data\"\n";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("every key with a value of a wrong type, and every misspelt one, is refused by its name and line") {
  const ScratchDirectory scratch;
  const Finished effective = run_altmind({.arguments = {"check", "-c", scratch.write("base.toml", base)}});
  REQUIRE_MESSAGE(effective.ended == exited(0), effective.err);
  const std::vector<std::string> lines = lines_of(effective.out);
  std::size_t keys = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t equals = lines[i].find(" = ");
    if (equals == std::string::npos || lines[i].starts_with("#")) continue;
    ++keys;
    const std::string key = lines[i].substr(0, equals);
    for (const std::string& wrong : {key + " = 1979-05-27", key + "x = 1"}) {
      std::vector<std::string> changed = lines;
      changed[i] = wrong;
      const std::string file = scratch.write("wrong.toml", joined(changed));
      const Finished refused = run_altmind({.arguments = {"check", "-c", file}});
      CAPTURE(wrong);
      CAPTURE(refused.err);
      CHECK(refused.ended == exited(2));
      CHECK(refused.out.empty());
      CHECK(test::contains(refused.err, key));
      // A key that is now missing has no line of its own: the message names that of its table.
      CHECK((test::contains(refused.err, file + ":" + std::to_string(i + 1) + ":") ||
             test::contains(refused.err, "is required")));
      CHECK(refused.err.find('\n') + 1 == refused.err.size());  // one sentence, one line
    }
  }
  CHECK(keys > 60);
}

}  // namespace altmind::e2e
