#include "adapters/formats/csv/csv_parser.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

namespace {

const SampleSpec three_of_ten{Task::classification, LabelKind::index, 3, 10};

std::optional<Reason> refusal(CsvParser& parser, std::string_view line) {
  Samples into;
  const auto rejection = parser.parse(line, into);
  CHECK(into == (rejection ? Samples{} : into));
  if (!rejection) return std::nullopt;
  CHECK(!rejection->message.empty());
  return rejection->reason;
}

Samples taken(CsvParser& parser, std::string_view line) {
  Samples into;
  const auto rejection = parser.parse(line, into);
  CAPTURE((rejection ? rejection->message : std::string()));
  REQUIRE(!rejection);
  CHECK(into.count == 1);
  return into;
}

}  // namespace

TEST_CASE("csv without a header takes the last column as the label") {
  CsvParser parser({}, three_of_ten);
  const Samples sample = taken(parser, "1,-2.5,1e-3,7");
  CHECK(sample.x == std::vector<float>{1.0F, -2.5F, 1e-3F});
  CHECK(sample.label == std::vector<std::uint32_t>{7});
}

TEST_CASE("csv columns are taken by name or number, in the order asked for") {
  CsvParser parser({true, "class", {"c", "0", "b"}}, three_of_ten);
  CHECK(refusal(parser, "1,2,3,4,5") == Reason::features_missing);
  REQUIRE(!parser.set_header("a,b,class, \"c\" ,\"d,\"\"e\"\"\""));
  const Samples sample = taken(parser, "10,20,3,30,nobody reads this");
  CHECK(sample.x == std::vector<float>{30, 10, 20});
  CHECK(sample.label == std::vector<std::uint32_t>{3});

  CsvParser first({false, "0", {}}, three_of_ten);
  CHECK(taken(first, "5,1,2,3").label == std::vector<std::uint32_t>{5});
  CHECK(taken(first, "5,1,2,3").x == std::vector<float>{1, 2, 3});

  CsvParser open({false, "", {"2", "0", "1"}}, three_of_ten);
  CHECK(taken(open, "1,2,3,4").label == std::vector<std::uint32_t>{4});
  CHECK(taken(open, "1,2,3,x,y,4").label == std::vector<std::uint32_t>{4});
  CHECK(taken(open, "1,2,3,x,y,4").x == std::vector<float>{3, 1, 2});
  CHECK(refusal(open, "1,2,3") == Reason::wrong_dimension);
}

TEST_CASE("a header that lacks what is asked for is refused and says what") {
  CsvParser parser({true, "class", {"a", "b", "c"}}, three_of_ten);
  CHECK(parser.set_header("a,b,class")->reason == Reason::features_missing);
  CHECK(parser.set_header("a,b,class")->message == "header: has no column \"c\"");
  CHECK(refusal(parser, "1,2,3") == Reason::features_missing);
  CHECK(parser.set_header("a,b,c")->reason == Reason::label_missing);
  CHECK(parser.set_header("a,b,c,class,class")->reason == Reason::duplicate_key);
  CHECK(parser.set_header("a,b,c,\"class")->reason == Reason::wrong_dimension);
  CHECK(parser.set_header("a,b,c\xFF,class")->reason == Reason::not_utf8);
  CHECK(
      !parser.set_header("\xEF\xBB\xBF"
                         "a,b,c,class"));
  CHECK(taken(parser, "1,2,3,4").count == 1);
  CsvParser all({true, "", {}}, three_of_ten);
  CHECK(all.set_header("a,b,class")->reason == Reason::wrong_dimension);
  CHECK(!all.set_header("a,b,c,class"));
}

TEST_CASE("impossible columns are refused when the parser is made") {
  CHECK_THROWS_AS(CsvParser({false, "class", {}}, three_of_ten), std::invalid_argument);
  CHECK_THROWS_AS(CsvParser({false, "4", {}}, three_of_ten), std::invalid_argument);
  CHECK_THROWS_AS(CsvParser({false, "", {"0", "1"}}, three_of_ten), std::invalid_argument);
  CHECK_THROWS_AS(CsvParser({false, "1", {"0", "1", "2"}}, three_of_ten), std::invalid_argument);
  CHECK_THROWS_AS(CsvParser({false, "", {"0", "1", "99999999999999999999"}}, three_of_ten), std::invalid_argument);
  CHECK_THROWS_AS(CsvParser({false, "", {"0", "1", "18446744073709551615"}}, three_of_ten), std::invalid_argument);
}

TEST_CASE("csv fields may be quoted and have space around them") {
  CsvParser parser({}, three_of_ten);
  CHECK(taken(parser, " 1 ,\t\"2\" , \" 3\" , 4 ").x == std::vector<float>{1, 2, 3});
  CHECK(refusal(parser, "\"1,2,3,4") == Reason::wrong_dimension);
  CHECK(refusal(parser, "\"1\"x,2,3,4") == Reason::wrong_dimension);
  CHECK(refusal(parser, "1,2,3,\"4\"\"") == Reason::wrong_dimension);
  CHECK(refusal(parser, "\"1,1\",2,3,4") == Reason::not_a_number);
}

TEST_CASE("csv refuses what is not a finite number, with the reason") {
  CsvParser parser({}, three_of_ten);
  CHECK(refusal(parser, ",2,3,4") == Reason::not_a_number);
  CHECK(refusal(parser, "1, ,3,4") == Reason::not_a_number);
  CHECK(refusal(parser, "1,\"\",3,4") == Reason::not_a_number);
  for (const char* bad : {"x", "1x", "0x10", "1 2", "--1", "+-1", ".", "-", "+", "1e", "e5", "..5", "1.2.3", "NA",
                          "true", "-.-5", "+.", "1.-5"}) {
    CAPTURE(bad);
    CHECK(refusal(parser, std::string(bad) + ",2,3,4") == Reason::not_a_number);
  }
  for (const char* bad :
       {"nan", "NaN", "-nan", "inf", "-Inf", "Infinity", "+inf", "1e39", "-1e39", "1e999", "+1e999"}) {
    CAPTURE(bad);
    CHECK(refusal(parser, std::string(bad) + ",2,3,4") == Reason::not_finite);
  }
  CHECK(refusal(parser, std::string("1\0,2,3,4", 8)) == Reason::not_a_number);
  CHECK(refusal(parser, "1,2,3\xFF,4") == Reason::not_utf8);
}

TEST_CASE("csv takes the number forms that other programs write") {
  CsvParser parser({}, three_of_ten);
  CHECK(taken(parser, "+1.5,.5,1.,4").x == std::vector<float>{1.5F, 0.5F, 1.0F});
  CHECK(taken(parser, "-.25,007,1.e2,4").x == std::vector<float>{-0.25F, 7.0F, 100.0F});
  CHECK(taken(parser, "1E+2,-0,00.5,4").x == std::vector<float>{100.0F, 0.0F, 0.5F});
  CHECK(taken(parser, "1e-999,+.1e1,-1e-99,4").x == std::vector<float>{0.0F, 1.0F, 0.0F});
}

TEST_CASE("csv counts fields before it looks into them") {
  CsvParser parser({}, three_of_ten);
  Samples into;
  CHECK(refusal(parser, "x,2,3") == Reason::wrong_dimension);
  CHECK(refusal(parser, "1,2,3,4,5") == Reason::wrong_dimension);
  CHECK(refusal(parser, "1,2,3,4,,") == Reason::wrong_dimension);
  CHECK(parser.parse("1,2,3", into)->message == "expected 4 fields, got 3");
  CHECK(parser.parse("", into)->message == "expected 4 fields, got an empty line");
}

TEST_CASE("a csv class index is an integral number below the number of classes") {
  CsvParser parser({}, three_of_ten);
  CHECK(taken(parser, "1,2,3,0").label == std::vector<std::uint32_t>{0});
  CHECK(taken(parser, "1,2,3,9.0").label == std::vector<std::uint32_t>{9});
  CHECK(taken(parser, "1,2,3,1.000000000000000000e+00").label == std::vector<std::uint32_t>{1});
  for (const char* bad : {"10", "-1", "1.5", "cat", "inf", "1e999"}) {
    CAPTURE(bad);
    CHECK(refusal(parser, std::string("1,2,3,") + bad) == Reason::label_out_of_range);
  }
  for (const char* none : {"", "?", "NA", "nan", "n/a", "NULL", "\\N", "#N/A", "<NA>"}) {
    CAPTURE(none);
    CHECK(refusal(parser, std::string("1,2,3,") + none) == Reason::label_missing);
  }
  Samples into;
  CHECK(parser.parse("1,2,3,10", into)->message == "column 3 (label): must be an integer from 0 to 9, got \"10\"");
}

TEST_CASE("a csv class name is the text of its field") {
  CsvParser parser({}, {Task::classification, LabelKind::named, 1, 10});
  CHECK(taken(parser, "1,cat").name == std::vector<std::string>{"cat"});
  CHECK(taken(parser, "1, \"a \"\"big\"\", cat\" ").name == std::vector<std::string>{"a \"big\", cat"});
  CHECK(taken(parser, "1,3").name == std::vector<std::string>{"3"});
  CHECK(taken(parser, "1," + std::string(256, 'x')).name.front().size() == 256);
  CHECK(refusal(parser, "1," + std::string(257, 'x')) == Reason::label_out_of_range);
  CHECK(refusal(parser, "1,\" \"") == Reason::label_missing);
}

TEST_CASE("csv regression takes adjacent label columns") {
  CsvParser one({}, {Task::regression, LabelKind::index, 2, 1});
  CHECK(taken(one, "1,2,-3.5").target == std::vector<float>{-3.5F});
  CHECK(refusal(one, "1,2,inf") == Reason::not_finite);
  CHECK(refusal(one, "1,2,cat") == Reason::not_a_number);
  CHECK(refusal(one, "1,2,") == Reason::label_missing);
  CsvParser two({false, "1", {}}, {Task::regression, LabelKind::index, 2, 2});
  CHECK(taken(two, "1,7,8,2").target == std::vector<float>{7, 8});
  CHECK(taken(two, "1,7,8,2").x == std::vector<float>{1, 2});
  CHECK(refusal(two, "1,7,x,2") == Reason::not_a_number);
}

TEST_CASE("csv numbers are read as double and rounded to float32") {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> value(-1000.0, 1000.0);
  CsvParser parser({}, three_of_ten);
  for (int round = 0; round < 2000; ++round) {
    std::string line;
    std::vector<float> expected;
    for (int i = 0; i < 3; ++i) {
      const double number = value(random) * std::pow(10.0, round % 60 - 30);
      expected.push_back(static_cast<float>(number));
      char text[40];
      line.append(text, std::to_chars(text, text + sizeof text, number).ptr).push_back(',');
    }
    CHECK(taken(parser, line + "1").x == expected);
  }
}
