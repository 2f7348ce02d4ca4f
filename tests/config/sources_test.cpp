// [[source]] and [test].

#include <doctest/doctest.h>

#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::config;
using namespace altmind::test;

namespace {

/// Returns the message about a source with these lines, the first of them at line 6.
std::string refused(const std::string& lines) {
  const std::string message = error_of(least + "[[source]]\n" + lines + '\n');
  return message.starts_with("f.toml:") ? message.substr(7) : message;
}

const std::string file = "type = \"file\"\npath = \"x\"\n";
const std::string csv = file + "format = \"csv\"\n";

}  // namespace

TEST_CASE("a source needs its type and what the type requires") {
  CHECK(refused("name = \"a\"") == R"(5: source[0].type: is required: "tcp", "file", "stdin" or "generator")");
  CHECK(refused("type = \"udp\"") == R"(6: source[0].type: must be "tcp", "file", "stdin" or "generator", got "udp")");
  CHECK(refused("type = \"tcp\"") == "5: source[0].address: is required: host:port to listen on");
  CHECK(refused("type = \"file\"") == "5: source[0].path: is required: the file to read, or paths, a list of files");
  CHECK(refused("type = \"stdin\"").empty());
  CHECK(refused("type = \"generator\"").empty());
}

TEST_CASE("a key that the type does not read is refused") {
  CHECK(refused("type = \"tcp\"\naddress = \"[::1]:0\"\nrate = 5") ==
        R"(8: source[0].rate: not read by a source of type "tcp", only by "generator")");
  CHECK(refused("type = \"generator\"\nformat = \"csv\"") ==
        R"(7: source[0].format: not read by a source of type "generator", only by "tcp", "file" or "stdin")");
  CHECK(refused("type = \"stdin\"\npath = \"x\"") ==
        R"(7: source[0].path: not read by a source of type "stdin", only by "file")");
  CHECK(refused("rate = 1\ntype = \"stdin\"").starts_with("6: source[0].rate: not read"));
  CHECK(refused("type = \"stdin\"\nseed = 1") ==
        R"(7: source[0].seed: not read by a source of type "stdin", only by "file" or "generator")");
}

TEST_CASE("a key that the format does not read is refused") {
  CHECK(refused(file + "header = true") == R"(8: source[0].header: not read with format = "ndjson", only with "csv")");
  CHECK(refused(file + "labels_path = \"y\"") ==
        R"(8: source[0].labels_path: not read with format = "ndjson", only with "idx")");
  CHECK(refused(file + "max_line = 100\nformat = \"idx\"\nlabels_path = \"y\"") ==
        R"(8: source[0].max_line: not read with format = "idx", only with "ndjson", "csv", "libsvm" or "vw")");
}

TEST_CASE("values of source keys are checked") {
  CHECK(refused(file + "format = \"json\"") ==
        R"(8: source[0].format: must be "ndjson", "csv", "idx", "cifar10", "libsvm" or "vw", got "json")");
  CHECK(refused(file + "limit = 0") ==
        "8: source[0].limit: must be a whole number from 1 to 9223372036854775807, got 0");
  CHECK(refused(file + "skip = -1") ==
        "8: source[0].skip: must be a whole number from 0 to 9223372036854775807, got -1");
  CHECK(refused(file + "epochs = 0").ends_with("got 0"));
  CHECK(refused(file + "max_line = \"2GiB\"").ends_with("got \"2GiB\""));
  CHECK(refused("type = \"generator\"\nnoise = 1.5") == "7: source[0].noise: must be a number from 0 to 1, got 1.5");
  CHECK(refused("type = \"generator\"\ndrift_every = 0").ends_with("got 0"));
  CHECK(refused("type = \"file\"\npaths = []") == "7: source[0].paths: must be a list of at least one path, got []");
  CHECK(refused("type = \"file\"\npaths = \"x\"") ==
        "7: source[0].paths: must be a list of at least one path, got \"x\"");
  CHECK(refused("type = \"stdin\"\nformat = \"idx\"") ==
        R"(7: source[0].format: must be "ndjson", "csv", "libsvm" or "vw" on stdin, got "idx")");
  CHECK(refused("type = \"tcp\"\naddress = \"[::1]:0\"\nformat = \"cifar10\"") ==
        R"(8: source[0].format: must be "ndjson", "csv", "libsvm" or "vw" over tcp, got "cifar10")");
}

TEST_CASE("a file has one way to name its paths, and labels for each") {
  CHECK(refused(file + "paths = [\"y\"]") == "8: source[0].paths: contradicts path: give one of the two");
  const std::string idx = "type = \"file\"\nformat = \"idx\"\n";
  CHECK(refused(idx + "path = \"x\"") ==
        "5: source[0].labels_path: is required with format = \"idx\": the file of the labels, or labels_paths, a list");
  CHECK(refused(idx + "paths = [\"x\", \"y\"]\nlabels_path = \"z\"") ==
        "9: source[0].labels_path: must be one file for each of the 2 paths, got 1");
  CHECK(refused(idx + "path = \"x\"\nlabels_paths = [\"y\", \"z\"]") ==
        "9: source[0].labels_paths: must be one file for each of the 1 paths, got 2");
  CHECK(refused(idx + "path = \"x\"\nlabels_path = \"y\"").empty());
}

TEST_CASE("following contradicts what has an end") {
  CHECK(refused(file + "follow = true").empty());
  CHECK(refused(file + "follow = true\nshuffle = true") ==
        "8: source[0].follow: contradicts shuffle = true: a followed file has no end");
  CHECK(refused(file + "follow = true\nepochs = 2") ==
        "8: source[0].follow: contradicts epochs = 2: a followed file has no end");
  CHECK(refused("type = \"file\"\npath = \"x.gz\"\nfollow = true") ==
        "8: source[0].follow: contradicts the compressed file \"x.gz\", which cannot grow line by line");
  CHECK(refused("type = \"file\"\npath = \"x.csv.xz\"\nfollow = true")
            .starts_with("8: source[0].follow: contradicts the c"));
  CHECK(refused("type = \"file\"\npaths = [\"x\", \"y\"]\nfollow = true") ==
        "8: source[0].follow: contradicts 2 paths: only one file can be followed");
  CHECK(refused(file + "format = \"idx\"\nlabels_path = \"y\"\nfollow = true") ==
        "10: source[0].follow: contradicts format = \"idx\", which has its length in its header");
}

TEST_CASE("csv columns are names with a header and numbers without") {
  const Config config = parse(least + "[[source]]\n" + csv + "label = 4\ncolumns = [0, \"1\", 2, 3]\n");
  CHECK(config.sources[0].label == "4");
  CHECK(config.sources[0].columns == std::vector<std::string>{"0", "1", "2", "3"});
  CHECK(refused(csv + "label = \"class\"") == "9: source[0].label: a name needs header = true, got \"class\"");
  CHECK(refused(csv + "header = true\nlabel = \"class\"").empty());
  CHECK(refused(csv + "columns = [0, 1, 2, \"d\"]") == "9: source[0].columns: a name needs header = true, got \"d\"");
  CHECK(refused(csv + "columns = [0, 1, 2]") == "9: source[0].columns: must be model.inputs (4) columns, got 3");
  CHECK(refused(csv + "columns = [0, 1, 2, 0]") == "9: source[0].columns[3]: names a column twice: 0");
  CHECK(refused(csv + "label = 0\ncolumns = [0, 1, 2, 3]") == "10: source[0].columns: holds the label column \"0\"");
  CHECK(refused(csv + "label = -1") == "9: source[0].label: must be a column's name or its number from 0, got -1");
  CHECK(refused(csv + "label = \"99999999999999999999\"").starts_with("9: source[0].label: a name needs header"));
}

TEST_CASE("a source must fit the model") {
  CHECK(refused("type = \"generator\"\nstream = \"sea\"") ==
        "7: source[0].stream: \"sea\" has 3 features, but model.inputs is 4");
  CHECK(refused(file + "format = \"cifar10\"") ==
        "8: source[0].format: \"cifar10\" has 3072 features, but model.inputs is 4");
  const std::string regression = "[model]\ntask = \"regression\"\ninputs = 4\noutputs = 2\n[[source]]\n";
  CHECK(error_of(regression + "type = \"generator\"\n") ==
        "f.toml:5: source[0].stream: \"hyperplane\" contradicts model.task = \"regression\": its labels are classes");
  CHECK(error_of(regression + csv) ==
        "f.toml:8: source[0].format: \"csv\" has one label column, but model.outputs is 2; use \"ndjson\"");
}

TEST_CASE("sources are named by their type, numbered when taken") {
  const Config config = parse(least +
                              "[[source]]\ntype = \"generator\"\n[[source]]\ntype = \"generator\"\n"
                              "[[source]]\ntype = \"stdin\"\n[[source]]\ntype = \"generator\"\nname = \"generator-2\"\n"
                              "[[source]]\ntype = \"generator\"\nname = \"mine\"\n");
  std::vector<std::string> names;
  for (const auto& source : config.sources) names.push_back(source.name);
  CHECK(names == std::vector<std::string>{"generator", "generator-3", "stdin", "generator-2", "mine"});
}

TEST_CASE("names are unique and stdin is read once") {
  CHECK(error_of(least +
                 "[[source]]\ntype = \"generator\"\nname = \"a\"\n[[source]]\ntype = \"stdin\"\nname = \"a\"\n") ==
        "f.toml:10: source[1].name: must be unique, but source[0] is \"a\" too");
  CHECK(error_of(least + "[[source]]\ntype = \"stdin\"\n[[source]]\ntype = \"stdin\"\n") ==
        "f.toml:8: source[1].type: only one source can read stdin");
  CHECK(error_of(least + "[[source]]\ntype = \"stdin\"\nname = \"http\"\n")
            .ends_with("source[0].name: must not be \"http\", the name of what comes over HTTP"));
}

TEST_CASE("a source's seed is the model's unless it has one") {
  const Config config = parse(
      "[model]\ninputs = 4\nmax_classes = 3\nseed = 9\n"
      "[[source]]\ntype = \"generator\"\n[[source]]\ntype = \"generator\"\nseed = 5\n");
  CHECK(config.sources[0].seed == 9);
  CHECK(config.sources[1].seed == 5);
}

TEST_CASE("a test set is a file read once, in order") {
  const Config config = parse(least + "[test]\nformat = \"csv\"\npath = \"x\"\nskip = 5\nlimit = 10\nlabel = 0\n");
  REQUIRE(config.test);
  CHECK(config.test->type == SourceType::file);
  CHECK(config.test->name == "test");
  CHECK(config.test->skip == 5);
  CHECK(config.test->limit == 10);
  const auto test_error = [](const std::string& lines) { return error_of(least + "[test]\n" + lines + '\n'); };
  CHECK(test_error("path = \"x\"\nshuffle = false") ==
        "f.toml:7: test.shuffle: not read in [test], which is read once, in order, to its end");
  CHECK(test_error("path = \"x\"\nfollow = true").starts_with("f.toml:7: test.follow: not read in [test]"));
  CHECK(test_error("type = \"tcp\"") == "f.toml:6: test.type: must be \"file\" in [test]");
  CHECK(test_error("skip = 1") == "f.toml:5: test.path: is required: the file to read, or paths, a list of files");
  CHECK(test_error("path = \"x\"\nlables_path = \"y\"") ==
        "f.toml:7: test.lables_path: unknown key; did you mean labels_path?");
}
