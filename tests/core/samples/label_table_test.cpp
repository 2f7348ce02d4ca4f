#include "core/samples/label_table.hpp"

#include <doctest/doctest.h>

using namespace altmind;

TEST_CASE("label indices are given in order of arrival and never change") {
  LabelTable table({"cat", "dog"});
  CHECK(table.size() == 2);
  CHECK(table.find("dog") == 1U);
  CHECK_FALSE(table.find("Dog").has_value());
  CHECK(table.add("cow") == 2);
  CHECK(table.add("cat") == 0);
  CHECK(table.add("") == 3);
  CHECK(table.size() == 4);
  for (int i = 0; i < 1000; ++i) table.add(std::to_string(i));
  CHECK(table.find("cow") == 2U);
  CHECK(table.names()[1003] == "999");
  CHECK(table.find("999") == 1003U);
}

TEST_CASE("a name given twice at the start counts once") {
  const LabelTable table({"a", "b", "a"});
  CHECK(table.names() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a copied table goes its own way") {
  LabelTable table({"a"});
  LabelTable copy = table;
  copy.add("b");
  CHECK(table.size() == 1);
  CHECK(copy.find("b") == 1U);
}
