// Dialects of tables: separators, quotes, decimals, missing values, classes.

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "adapters/formats/csv/csv_parser.hpp"
#include "adapters/formats/csv/line_joiner.hpp"
#include "adapters/ingest/table_number.hpp"

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

namespace {

using Cells = std::vector<std::string>;

/// Returns the fields of a line; none if the quoting is broken.
Cells cells(std::string_view line, CsvDialect dialect) {
  std::vector<CsvField> fields;
  std::string scratch;
  Cells out;
  if (!split_csv(line, fields, dialect)) return out;
  for (const CsvField& field : fields) out.emplace_back(content_of(field, scratch));
  return out;
}

SampleSpec two_columns(LabelKind labels = LabelKind::named) {
  SampleSpec spec{Task::classification, labels, 2, 10};
  spec.columns = {{"a", ColumnType::numeric, ColumnEncoding::onehot, 64, Missing::mean},
                  {"b", ColumnType::categorical, ColumnEncoding::hashed, 64, Missing::flag}};
  return spec;
}

CsvOptions without_header() {
  CsvOptions options;
  options.label = "2";
  options.columns = {"0", "1"};
  return options;
}

/// Returns the first cell of "text,k,up"; nothing if it is missing.
std::optional<double> cell(const CsvOptions& options, std::string_view text) {
  CsvParser parser(options, two_columns());
  Samples into;
  const auto rejection = parser.parse(std::string(text) + std::string(1, options.dialect.separator) + "k" +
                                          std::string(1, options.dialect.separator) + "up",
                                      into);
  CAPTURE(text);
  CAPTURE((rejection ? rejection->message : std::string()));
  REQUIRE(!rejection);
  return std::isnan(into.x[0]) ? std::nullopt : std::optional(static_cast<double>(into.x[0]));
}

std::optional<Reason> refusal_of_line(const CsvOptions& options, const SampleSpec& spec, std::string_view line) {
  CsvParser parser(options, spec);
  Samples into;
  const auto rejection = parser.parse(line, into);
  CHECK(into == (rejection ? Samples{} : into));
  return rejection ? std::optional(rejection->reason) : std::nullopt;
}

}  // namespace

TEST_CASE("a line is cut at its separator, outside of its quotes") {
  CHECK(cells("1,5;\"a;b\" ; c", {';', '"'}) == Cells{"1,5", "a;b", "c"});
  CHECK(cells("a\t\t b \t", {'\t', '"'}) == Cells{"a", "", "b", ""});
  CHECK(cells("a|b", {'|', '"'}) == Cells{"a", "b"});
  CHECK(cells("'a, b','c''d',\"e\"", {',', '\''}) == Cells{"a, b", "c'd", "\"e\""});
  CHECK(cells("  a   \"b c\"\t d  ", {' ', '"'}) == Cells{"a", "b c", "d"});
  CHECK(cells("\"a\"b", {' ', '"'}).empty());
  CHECK(cells("\"he said \\\"x, y\\\"\",b", {}) == Cells{"he said \"x, y\"", "b"});
  CHECK(cells("\"C:\\\",b", {}) == Cells{"C:\\", "b"});
}

TEST_CASE("lines are joined while a quote is open, and no further than a record may be long") {
  LineJoiner joiner(20, {});
  CHECK(joiner.join({"a,b", false})->text == "a,b");
  CHECK(!joiner.join({"a,\"x", false}));
  CHECK(!joiner.join({"", false}));
  CHECK(joiner.join({"y\",\"\"", false})->text == "a,\"x\n\ny\",\"\"");
  CHECK(!joiner.join({"\"an open quote", false}));
  CHECK(joiner.join({"that takes in what follows", false})->too_long);
  CHECK(joiner.join({"a,b", false})->text == "a,b");
  CHECK(!joiner.join({"1,\"", false}));
  CHECK(joiner.finish()->text == "1,\"");
  CHECK(!joiner.finish());
}

TEST_CASE("numbers of tables are read as they are written, and nothing else is") {
  struct Written {
    const char* text;
    char mark;
    double value;
  };
  for (const Written& one : std::initializer_list<Written>{{"1,234", '.', 1234},
                                                           {"1,234,567.5", '.', 1234567.5},
                                                           {"1.234,5", ',', 1234.5},
                                                           {"-1,5", ',', -1.5},
                                                           {"1 234", '.', 1234},
                                                           {"1\xC2\xA0"
                                                            "234,5",
                                                            ',', 1234.5},
                                                           {"1\xE2\x80\xAF"
                                                            "234",
                                                            '.', 1234},
                                                           {"1'234.25", '.', 1234.25},
                                                           {"12 %", '.', 12},
                                                           {"12%", '.', 12},
                                                           {"$5", '.', 5},
                                                           {"-$5.50", '.', -5.5},
                                                           {"$-5", '.', -5},
                                                           {"5 \xE2\x82\xAC", '.', 5},
                                                           {"\xC2\xA3"
                                                            "1,000",
                                                            '.', 1000},
                                                           {"(1,234.5)", '.', -1234.5},
                                                           {"$(1,234.5)", '.', -1234.5},
                                                           {"\xE2\x88\x92"
                                                            "3",
                                                            '.', -3},
                                                           {"1,5e3", ',', 1500},
                                                           {"+2", ',', 2},
                                                           {"12,34,567", '.', 1234567},
                                                           {",5", ',', 0.5},
                                                           {"2.5", '.', 2.5},
                                                           {"7", ',', 7}}) {
    CAPTURE(one.text);
    double value = 0.0;
    CHECK(read_table_number(one.text, one.mark, value) == NumberRead::number);
    CHECK(value == one.value);
  }
  for (const char* text : {"1,23",      "1,2345", "1234,567", "1,234,56", "1 2",  "1, 234", "01,234", "1,234'567",
                           "12.5.2024", "$",      "%",        "5 $ $",    "1-2",  "12:30",  "",       "-",
                           "1,,234",    "((1))",  "1 234 x",  "e5",       "0x1F", "0,346",  "-0,346"}) {
    CAPTURE(text);
    double value = 0.0;
    CHECK(read_table_number(text, '.', value) == NumberRead::nothing);
  }
  double value = 0.0;
  CHECK(read_table_number("1.5", ',', value) == NumberRead::nothing);
  CHECK(read_table_number("0.346", ',', value) == NumberRead::nothing);
  CHECK(read_table_number("Infinity", ',', value) == NumberRead::overflow);
}

TEST_CASE("a missing number is missing however it is written, and other text if the options say so") {
  CsvOptions options = without_header();
  for (const char* none :
       {"", "?", "-", "--", ".", "NA", "N/A", "nan", "None", "NULL", "\\N", "#N/A", "<NA>", "#DIV/0!"}) {
    CHECK(cell(options, none) == std::nullopt);
  }
  CHECK(refusal_of_line(options, two_columns(), "broken,k,up") == Reason::not_a_number);
  CHECK(refusal_of_line(options, two_columns(), "Infinity,k,up") == Reason::not_finite);
  options.odd_is_missing = true;
  CHECK(cell(options, "broken") == std::nullopt);
  CHECK(cell(options, "Infinity") == std::nullopt);
  CHECK(cell(options, "1.5") == 1.5);
  CHECK(cell(options, "\"1,500\"") == 1500.0);

  options.odd_is_missing = false;
  options.missing = std::vector<std::string>{"-999", "void"};
  CHECK(cell(options, "-999") == std::nullopt);
  CHECK(cell(options, "VOID") == std::nullopt);
  CHECK(cell(options, "-998") == -998.0);
  CHECK(refusal_of_line(options, two_columns(), "NA,k,up") == Reason::not_a_number);
  CHECK(refusal_of_line(options, two_columns(), "1,k,void") == Reason::label_missing);
  CHECK(!refusal_of_line(options, two_columns(), "1,k,NA"));
}

TEST_CASE("text that is taken for missing is told from what says that it is missing") {
  CsvOptions options = without_header();
  options.odd_is_missing = true;
  const auto is_odd = [&options](const std::string& field) {
    CsvParser parser(options, two_columns());
    Samples into;
    REQUIRE(!parser.parse(field + ",k,up", into));
    REQUIRE(is_missing(into.x[0]));
    return is_odd_text(into.x[0]);
  };
  for (const char* odd : {"broken", "Infinity", "12:30"}) CHECK(is_odd(odd));
  for (const char* none : {"", "?", "NA", "nan"}) CHECK_FALSE(is_odd(none));
  options.missing = std::vector<std::string>{"void"};
  CHECK_FALSE(is_odd("void"));
  CHECK_FALSE(is_odd(""));
  CHECK(is_odd("NA"));
}

TEST_CASE("a decimal comma makes a point a sign between groups") {
  CsvOptions options = without_header();
  options.dialect.separator = ';';
  options.decimal_mark = ',';
  CHECK(cell(options, "1,5") == 1.5);
  CHECK(cell(options, "1.500") == 1500.0);
  CHECK(refusal_of_line(options, two_columns(), "1.5;k;up") == Reason::not_a_number);
}

TEST_CASE("whole numbers are one class however they are written, and codes stay what they are") {
  const CsvOptions options = without_header();
  const auto class_of = [&](const std::string& text) {
    CsvParser parser(options, two_columns());
    Samples into;
    REQUIRE(!parser.parse("1,k," + text, into));
    return into.name.front();
  };
  for (const char* one : {"1", "1.0", "1e0", "\"1 \"", " 1", "+1", "1.", "10e-1"}) CHECK(class_of(one) == "1");
  CHECK(class_of("-1.0") == "-1");
  CHECK(class_of("-0.0") == "0");
  for (const char* same : {"01", "1.5", "1a", "v1.0", "None", "-", "1e999", "99999999999999999999.0"}) {
    CHECK(class_of(same) == same);
  }
}

TEST_CASE("a separator at the end of header or rows is no column") {
  SampleSpec spec{Task::classification, LabelKind::named, 2, 10};
  for (const char* header : {"a,b,class", "a,b,class,"}) {
    CsvOptions options;
    options.header = true;
    CsvParser parser(options, spec);
    REQUIRE(!parser.set_header(header));
    Samples into;
    CHECK(!parser.parse("1,2,up", into));
    CHECK(!parser.parse("1,2,up,", into));
    CHECK(parser.parse("1,2,up,3", into)->reason == Reason::wrong_dimension);
    CHECK(parser.parse("1,2,", into)->reason == Reason::label_missing);
    CHECK(into.name == std::vector<std::string>{"up", "up"});
  }
}

TEST_CASE("units are taken off the numbers of a table, and others are not") {
  CsvOptions options = without_header();
  options.units = {"kg",
                   "\xC2\xB0"
                   "C",
                   "CHF", "R$"};
  CHECK(cell(options, "18.5 kg") == 18.5);
  CHECK(cell(options,
             "21.5\xC2\xB0"
             "C") == 21.5);
  CHECK(cell(options, "CHF 1'234") == 1234.0);
  CHECK(cell(options, "R$ -5") == -5.0);
  CHECK(cell(options, "7") == 7.0);
  const SampleSpec spec = two_columns();
  for (const char* other : {"18.5 g,k,up", "kg,k,up", "18.5 kg kg,k,up"}) {
    CAPTURE(other);
    CHECK(refusal_of_line(options, spec, other) == Reason::not_a_number);
  }
  CHECK(unit_of("18.5 kg") == "kg");
  CHECK(unit_of("1.234,56 EUR") == "EUR");
  CHECK(unit_of("CHF 1'234") == "CHF");
  CHECK(unit_of("R$ 5") == "R$");
  for (const char* none : {"5", "5 %", "$5", "kg", "page 3", "l4", "10:15 Uhr", "1.2.0-rc", "10-20 kg", ""}) {
    CAPTURE(none);
    CHECK(unit_of(none).empty());
  }
}
