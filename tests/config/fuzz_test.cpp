// Damaged text loads or is refused with a message; nothing else happens.

#include <doctest/doctest.h>

#include <random>

#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::store;
using namespace altmind::test;

namespace {

/// Returns altmind.toml without its comments and with all kinds of sources, so that most mutations hit a value.
std::string dense() {
  return "[model]\ninputs = 4\nmax_classes = 3\nlabels = \"named\"\nclasses = [\"a\", \"b\"]\nhidden = [10, 20]\n"
         "[learning]\nbatch_size = 20\nmax_batch_age = \"1.5s\"\nmu = 0.5\nmomentum = 0.9\n"
         "[memory]\nhorizon = 1000\ngain = \"none\"\n"
         "[features]\nnormaliser = \"fixed\"\nmean = [1, 2, 3, 4]\nstd = 2.0\n"
         "[[source]]\ntype = \"tcp\"\naddress = \"127.0.0.1:0\"\nmax_line = \"1MiB\"\n"
         "[[source]]\ntype = \"file\"\nformat = \"csv\"\npath = \"${D}/x\"\nheader = true\nlabel = \"y\"\nseed = 4\n"
         "[[source]]\ntype = \"generator\"\nrate = 5.5\n"
         "[test]\nformat = \"idx\"\npath = \"a\"\nlabels_path = \"b\"\n"
         "[http]\nlisten = \"[::1]:8080\"\nmax_body = \"64MiB\"\n[store]\ncheckpoint_seconds = 90\n[log]\nlevel = "
         "\"info\"\n";
}

std::string mutate(std::string text, std::mt19937_64& random) {
  static const std::vector<std::string> tokens = {"\"",
                                                  "[",
                                                  "]",
                                                  "{",
                                                  "}",
                                                  "=",
                                                  "\n",
                                                  "#",
                                                  ".",
                                                  ",",
                                                  "-",
                                                  "0",
                                                  "1e999",
                                                  "nan",
                                                  "-inf",
                                                  "true",
                                                  "[[source]]\n",
                                                  "${",
                                                  "}",
                                                  "'''",
                                                  "\"\"\"",
                                                  std::string(1, '\0'),
                                                  "\xff",
                                                  "\\u0000",
                                                  "1979-05-27",
                                                  "99999999999999999999"};
  for (std::uint64_t n = 1 + random() % 4; n > 0; --n) {
    const std::size_t at = random() % (text.size() + 1);
    switch (random() % 6) {
      case 0:
        text.erase(at, 1 + random() % 8);
        break;
      case 1:
        text.insert(at, tokens[random() % tokens.size()]);
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(random() % 256);
        break;
      case 3: {  // repeats a line elsewhere
        const std::size_t from = text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
        const std::size_t end = text.find('\n', from);
        const std::string line = text.substr(from, end == std::string::npos ? end : end + 1 - from);
        const std::size_t to = text.find('\n', random() % (text.size() + 1));
        text.insert(to == std::string::npos ? 0 : to + 1, line);
        break;
      }
      case 4:
        text.resize(at);
        break;
      default: {  // replaces a value by one of any type
        const std::size_t equals = text.find(" = ", at);
        if (equals == std::string::npos) break;
        const std::size_t end = std::min(text.find('\n', equals), text.size());
        text.replace(equals + 3, end - equals - 3, tokens[random() % tokens.size()]);
      }
    }
    if (text.empty()) break;
  }
  return text;
}

}  // namespace

TEST_CASE("mutated configurations load or are refused in one sentence") {
  const Overrides overrides{{}, {{"D", "/d"}}};
  std::size_t loaded = 0;
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    std::mt19937_64 random(seed);
    const std::string text = mutate(seed % 4 == 0 ? default_config_text() : dense(), random);
    CAPTURE(seed);
    try {
      const Config config = parse(text, overrides);
      ++loaded;
      REQUIRE(parse(to_toml(config)) == config);  // what loads survives a round trip
    } catch (const ConfigError& error) {
      ++refused;
      const std::string message = error.what();
      CAPTURE(message);
      REQUIRE(message.starts_with("f.toml:"));
      REQUIRE(message.find('\n') == std::string::npos);
      REQUIRE(message.size() < 700);
    }
  }
  CHECK(loaded > 500);
  CHECK(refused > 5000);
}

TEST_CASE("mutated overrides load or are refused in one sentence") {
  const std::vector<std::string> keys = {"model.hidden", "source.0.rate",      "http.listen", "test.path",
                                         "memory.gain",  "source.tcp.address", "log.level",   "features.mean"};
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    std::mt19937_64 random(seed);
    const std::string key =
        random() % 2 == 0 ? keys[random() % keys.size()] : mutate(keys[random() % keys.size()], random);
    const std::string value = mutate("[1, \"a\", 2.5]", random);
    CAPTURE(seed);
    try {
      parse(dense(), {{{key, value}}, {{"D", "/d"}}});
    } catch (const ConfigError& error) {
      const std::string message = error.what();
      CAPTURE(message);
      REQUIRE(message.find('\n') == std::string::npos);
    }
  }
}
