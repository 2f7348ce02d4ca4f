#include "config/expand.hpp"

#include <doctest/doctest.h>

#include <random>

#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::test;

namespace {
const std::map<std::string, std::string> variables = {{"DATA", "/srv/data"}, {"EMPTY", ""}, {"REF", "${DATA}"}};
}

TEST_CASE("variables expand where they stand, once") {
  CHECK(expand_variables("${DATA}/x", variables) == "/srv/data/x");
  CHECK(expand_variables("a${DATA}b${DATA}", variables) == "a/srv/datab/srv/data");
  CHECK(expand_variables("${REF}", variables) == "${DATA}");
  CHECK(expand_variables("${EMPTY}x", variables) == "x");
  CHECK(expand_variables("no variable, $DATA, $, $$, {}", variables) == "no variable, $DATA, $, $$, {}");
}

TEST_CASE("a default stands for a variable that is unset or empty") {
  CHECK(expand_variables("${NONE:-here}/x", variables) == "here/x");
  CHECK(expand_variables("${EMPTY:-here}", variables) == "here");
  CHECK(expand_variables("${DATA:-here}", variables) == "/srv/data");
  CHECK(expand_variables("${NONE:-}x", variables) == "x");
}

TEST_CASE("a doubled dollar keeps the brace") {
  CHECK(expand_variables("$${DATA}", variables) == "${DATA}");
  CHECK(expand_variables("$$${DATA}", variables) == "$${DATA}");
}

TEST_CASE("escaped text expands to itself whatever it holds") {
  std::mt19937_64 random(7);
  constexpr std::string_view letters = "${}a:-";
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (std::uint64_t n = random() % 12; n > 0; --n) text += letters[random() % letters.size()];
    CAPTURE(text);
    CHECK(expand_variables(escape_variables(text), {}) == text);
  }
}

TEST_CASE("an unset variable is an error that names it") {
  CHECK(error_of(least + "[[source]]\ntype = \"file\"\npath = \"${ALTMIND_DATA}/x\"\n") ==
        "f.toml:7: source[0].path: the environment variable ALTMIND_DATA is not set, in \"${ALTMIND_DATA}/x\"");
  CHECK(error_of(least + "[[source]]\ntype = \"file\"\npaths = [\n  \"a\",\n  \"${B}\",\n]\n") ==
        "f.toml:9: source[0].paths[1]: the environment variable B is not set, in \"${B}\"");
  CHECK(error_of(least + "[store]\ndirectory = \"${B\"\n") ==
        "f.toml:6: store.directory: has \"${\" without \"}\" in \"${B\"");
  CHECK(error_of(least + "[store]\ndirectory = \"${1:-x}\"\n") ==
        "f.toml:6: store.directory: ${1:-x} is not a variable; write ${NAME} or ${NAME:-text} in \"${1:-x}\"");
  CHECK(error_of(least + "[store]\ndirectory = \"${B}\"\n", {{}, {{"B", "\xff"}}}) ==
        "f.toml:6: store.directory: the environment variable B is not valid UTF-8");
  CHECK(error_of(least + "[store]\ndirectory = \"${B}\"\n", {{}, {{"B", ""}}}) ==
        "f.toml:6: store.directory: must be a path, got \"${B}\"");
}

TEST_CASE("variables expand in every path and nowhere else") {
  const Overrides overrides{{}, {{"D", "/d"}}};
  const Config config = parse(least +
                                  "[[source]]\ntype = \"file\"\nformat = \"idx\"\npaths = [\"${D}/a\", \"b\"]\n"
                                  "labels_paths = [\"${D}/c\", \"d\"]\n"
                                  "[test]\nformat = \"idx\"\npath = \"${D}/t\"\nlabels_path = \"${D}/l\"\n"
                                  "[store]\ndirectory = \"${D}/s\"\n",
                              overrides);
  CHECK(config.sources[0].paths == std::vector<std::string>{"/d/a", "b"});
  CHECK(config.sources[0].labels_paths == std::vector<std::string>{"/d/c", "d"});
  CHECK(config.test->paths == std::vector<std::string>{"/d/t"});
  CHECK(config.test->labels_paths == std::vector<std::string>{"/d/l"});
  CHECK(config.store.directory == "/d/s");
  CHECK(error_of(least + "[[source]]\ntype = \"tcp\"\naddress = \"${D}:1\"\n", overrides) ==
        "f.toml:7: source[0].address: must be host:port, or [address]:port for IPv6, got \"${D}:1\"");
}
