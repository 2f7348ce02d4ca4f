// [[features.column]], the schema.

#include <doctest/doctest.h>

#include "config/read_columns.hpp"
#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::test;

namespace {

const std::string head = "[model]\nmax_classes = 3\n[features]\nnormaliser = \"standardise\"\n";

std::string column(const std::string& keys) {
  return "[[features.column]]\n" + keys + "\n";
}

}  // namespace

TEST_CASE("columns: the schema says how many inputs there are and what stands in each") {
  const Config config = parse(head + column("name = \"amount\"") +
                              column("name = \"land\"\ntype = \"categorical\"\nsize = 10\nmissing = \"flag\"") +
                              column("name = \"street\"\ntype = \"categorical\"\nencoding = \"hashed\"\nsize = 32") +
                              column("name = \"age\"\nmissing = \"mean\""));
  const SampleSpec& spec = config.learner.model.spec;
  REQUIRE(spec.columns.size() == 4);
  CHECK(spec.inputs == 4);
  CHECK(network_inputs(spec) == 1 + (10 + 1 + 1) + 32 + 1);
  CHECK(spec.columns[0] == Column{"amount"});
  CHECK(spec.columns[1].missing == Missing::flag);
  CHECK(spec.columns[2].encoding == ColumnEncoding::hashed);
  CHECK(spec.columns[3].missing == Missing::mean);
}

TEST_CASE("columns: inputs may be given when they agree") {
  const std::string two = column("name = \"a\"") + column("name = \"b\"");
  CHECK(parse("[model]\nmax_classes = 3\ninputs = 2\n" + two).learner.model.spec.inputs == 2);
  CHECK(error_of("[model]\nmax_classes = 3\ninputs = 3\n" + two) ==
        "f.toml:3: model.inputs: must be the number of [[features.column]] tables (2) or left out, got 3");
}

TEST_CASE("columns: what contradicts itself is named with its line") {
  CHECK(error_of(head + column("type = \"numeric\"")) ==
        "f.toml:5: features.column[0].name: is required: what the column is called, a name of 1 to 256 bytes");
  CHECK(error_of(head + column("name = \"a\"") + column("name = \"a\"")) ==
        "f.toml:8: features.column[1].name: is the name of another column too");
  CHECK(error_of(head + column("name = \"a\"\nsize = 3")) ==
        "f.toml:7: features.column[0].size: is read only with type = \"categorical\"");
  CHECK(error_of(head + column("name = \"a\"\ntype = \"text\"")) ==
        "f.toml:7: features.column[0].type: must be \"numeric\" or \"categorical\", got \"text\"");
  CHECK(error_of(head + column("name = \"a\"\nsiez = 3"))
            .starts_with("f.toml:7: features.column[0].siez: unknown key; did you mean size?"));
  CHECK(error_of(head + column("name = \"a\"\ntype = \"categorical\"\nmissing = \"mean\""))
            .starts_with("f.toml:8: features.column[0].missing: \"mean\" contradicts"));
  CHECK(error_of("[model]\nmax_classes = 3\n[features]\nnormaliser = \"none\"\n" +
                 column("name = \"a\"\nmissing = \"mean\""))
            .starts_with("f.toml:7: features.column[0].missing: \"mean\" needs features.normaliser"));
  CHECK(error_of("[model]\nmax_classes = 3\n[features]\ncolumn = 3\n") ==
        "f.toml:4: features.column: must be tables, each begun by [[features.column]]");
  std::string many;
  for (int i = 0; i < 11; ++i)
    many += column("name = \"c" + std::to_string(i) + "\"\ntype = \"categorical\"\nsize = 100000");
  CHECK(error_of(head + many).find("1100011 network inputs") != std::string::npos);
}

TEST_CASE("columns: sources without names contradict a schema, and vw needs one") {
  const std::string one = head + column("name = \"a\"");
  CHECK(error_of(one + "[[source]]\ntype = \"generator\"\n").find("contradicts [[features.column]]") !=
        std::string::npos);
  CHECK(error_of(one + "[[source]]\ntype = \"file\"\npath = \"x\"\nformat = \"cifar10\"\n").find("contradicts") !=
        std::string::npos);
  CHECK(error_of(one + "[[source]]\ntype = \"file\"\npath = \"x\"\nformat = \"vw\"\n") == "");
  CHECK(error_of(least + "[[source]]\ntype = \"file\"\npath = \"x\"\nformat = \"vw\"\n")
            .find("needs [[features.column]]") != std::string::npos);
  CHECK(error_of(least + "[[source]]\ntype = \"stdin\"\nformat = \"libsvm\"\n") == "");
}
