#include "adapters/sources/file/text_reader.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/data_path.hpp"
#include "tests/support/packing.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::file;
using namespace altmind::ingest;

namespace {

constexpr SampleSpec one_input{Task::classification, LabelKind::index, 1, 2};
constexpr SampleSpec two_inputs{Task::classification, LabelKind::index, 2, 2};

SourceOptions text(Format format, std::vector<std::string> paths) {
  SourceOptions options;
  options.name = "text";
  options.format = format;
  options.paths = std::move(paths);
  return options;
}

std::string line(int value) {
  return "{\"features\": [" + std::to_string(value) + "], \"label\": " + std::to_string(value % 2) + "}\n";
}

}  // namespace

TEST_CASE("ndjson files are read one after the other, empty lines and a missing last line end do not matter") {
  const ScratchDirectory directory;
  std::string last = line(4);
  last.pop_back();
  const auto options =
      text(Format::ndjson, {directory.write("a", line(0) + "\n\r\n" + line(1)), directory.write("b", ""),
                            directory.write("c.gz", gzip(line(2) + line(3) + last))});
  for (const std::size_t max : {1u, 2u, 100u}) {
    const ReadAll all = read_all(options, one_input, max);
    CHECK(all.samples.x == std::vector<float>{0, 1, 2, 3, 4});
    CHECK(all.samples.label == std::vector<std::uint32_t>{0, 1, 0, 1, 0});
    CHECK(all.records == 5);
    CHECK(all.rejected.empty());
  }
}

TEST_CASE("refused records are numbered over all paths and leave their neighbours alone") {
  const ScratchDirectory directory;
  SourceOptions options =
      text(Format::ndjson, {directory.write("a", line(0) + "rubbish\n" + line(1)),
                            directory.write("b", std::string(5000, 'x') + "\n" + line(2) + std::string(5000, 'y'))});
  options.max_line = 100;
  const ReadAll all = read_all(options, one_input, 2);
  CHECK(all.samples.x == std::vector<float>{0, 1, 2});
  CHECK(all.rejected == std::vector<std::pair<std::uint64_t, Reason>>{
                            {1, Reason::not_json}, {3, Reason::line_too_long}, {5, Reason::line_too_long}});
  CHECK(all.rejected_text[0] == "rubbish");
  CHECK(all.records == 6);
}

TEST_CASE("a byte order mark in front of a text is no part of it") {
  const ScratchDirectory directory;
  const std::string mark = "\xEF\xBB\xBF";
  CHECK(read_all(text(Format::ndjson, {directory.write("n", mark + line(1) + line(2))}), one_input).samples.count == 2);
  SampleSpec named = one_input;
  named.labels = LabelKind::named;
  named.columns = {{"x"}};
  const auto classes = [&](Format format, const std::string& bytes) {
    return read_all(text(format, {directory.write("t", mark + bytes)}), named).samples.name;
  };
  const std::vector<std::string> two = {"up", "up"};
  CHECK(classes(Format::libsvm, "up 1:1\nup 1:2\n") == two);
  CHECK(classes(Format::vw, "up | x:1\nup | x:2\n") == two);
  SourceOptions csv = text(Format::csv, {directory.write("c", mark + "up,1\nup,2\n")});
  csv.label = "0";
  csv.columns = {"1"};
  CHECK(read_all(csv, named).samples.name == two);
  const std::string utf16(
      "\xFF\xFE"
      "1\0,\0"
      "0\0\n\0",
      10);
  csv.paths = {directory.write("wide", utf16)};
  CHECK(reading_error(csv, named).find("UTF-16") != std::string::npos);
}

TEST_CASE("csv lines may end with CR, stand behind a preamble, or go on inside of quotes") {
  const ScratchDirectory directory;
  SourceOptions options = text(Format::csv, {directory.write("a", "made by hand\r\rx,y,class\r1,2,0\r3,4,1")});
  options.header = true;
  options.line_end = LineEnd::cr;
  options.preamble = 1;
  CHECK(read_all(options, two_inputs).samples.x == std::vector<float>{1, 2, 3, 4});

  SampleSpec named = two_inputs;
  named.labels = LabelKind::named;
  options =
      text(Format::csv, {directory.write("b", "x,y,class\n1,2,\"a\nb\"\n3,4,\"a\r\n\"\"b\"\"\"\n5,6,c\n7,8,\"open\n")});
  options.header = true;
  options.line_breaks = true;
  for (const std::size_t max : {1u, 100u}) {
    const ReadAll all = read_all(options, named, max);
    CHECK(all.samples.name == std::vector<std::string>{"a\nb", "a\n\"b\"", "c"});
    CHECK(all.rejected == std::vector<std::pair<std::uint64_t, Reason>>{{3, Reason::wrong_dimension}});
  }
}

TEST_CASE("every csv path brings its own header") {
  const ScratchDirectory directory;
  SourceOptions options =
      text(Format::csv, {directory.write("a", "x,y,class\n1,2,0\n3,4,1\n"), directory.write("b", "class,x,y\n0,5,6\n"),
                         directory.write("c", "x,y,class")});
  options.header = true;
  options.label = "class";
  options.columns = {"x", "y"};
  const ReadAll all = read_all(options, two_inputs);
  CHECK(all.samples.x == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(all.samples.label == std::vector<std::uint32_t>{0, 1, 0});
  CHECK(all.records == 3);
  options.paths.push_back(directory.write("d", "x,z,class\n1,2,0\n"));
  const std::string error = reading_error(options, two_inputs);
  CHECK(error.find(options.paths.back() + ": header: ") == 0);
}

TEST_CASE("a reader that approaches any of its places goes on exactly there") {
  const ScratchDirectory directory;
  const std::string header = "x,class\n";
  std::string first = header;
  std::string second = "\n" + header;
  for (int i = 0; i < 20; ++i) {
    first += std::to_string(i) + "," + (i % 5 == 3 ? "bad" : "1") + (i % 2 == 0 ? "\r\n" : "\n");
    second += std::to_string(100 + i) + ",0" + (i == 19 ? "" : "\n\n");
  }
  SourceOptions options = text(Format::csv, {directory.write("a", first), directory.write("b", second)});
  options.header = true;
  options.skip = 2;
  options.limit = 33;
  const ReadAll whole = read_all(options, one_input);
  REQUIRE(whole.records == 33);
  for (std::size_t stop = 1; stop <= 33; ++stop) {
    const auto reader = open_reader(options, one_input);
    Samples before;
    const OnRejected ignore = [](std::uint64_t, const Rejection&, std::string_view) {};
    for (std::size_t read = 0; read < stop;) read += reader->read(stop - read, before, ignore);
    const auto resumed = open_reader(options, one_input);
    resumed->approach(reader->place());
    CHECK(resumed->place().record == 2 + stop);
    std::vector<float> both = before.x;
    const ReadAll after = rest_of(*resumed);
    both.insert(both.end(), after.samples.x.begin(), after.samples.x.end());
    CHECK(both == whole.samples.x);
  }
}

TEST_CASE("passing over records counts them as reading does") {
  const ScratchDirectory directory;
  std::string content;
  for (int i = 0; i < 50; ++i) content += line(i);
  SourceOptions options = text(Format::ndjson, {directory.write("a.xz", xz(content))});
  options.skip = 5;
  options.limit = 40;
  const auto reader = open_reader(options, one_input);
  CHECK(reader->to_skip() == 5);
  CHECK(reader->pass_over(3) == 3);
  CHECK(reader->to_skip() == 2);
  CHECK(reader->pass_over(10) == 10);
  CHECK(reader->to_skip() == 0);
  CHECK_FALSE(reader->place().offset);
  CHECK(rest_of(*reader).samples.x.front() == 13.0f);
  CHECK(reader->place().record == 45);
  CHECK(reader->pass_over(10) == 0);
  CHECK(reader->fraction() == 1.0);
}

TEST_CASE("a file that is replaced between opening and reading is refused") {
  const ScratchDirectory directory;
  const SourceOptions options = text(Format::ndjson, {directory.write("a", line(1)), directory.write("b", line(2))});
  const auto reader = open_reader(options, one_input);
  directory.write("new", line(3));
  std::filesystem::rename(directory / "new", directory / "b");
  CHECK_THROWS_WITH_AS(rest_of(*reader), doctest::Contains("has changed while it was being read"), std::runtime_error);
}

TEST_CASE("Elec2, weather and HIGGS have the documented rows and classes") {
  SourceOptions options;
  options.format = Format::csv;
  options.header = true;
  if (const auto path = test::data_file("streams/elec2.csv")) {
    options.paths = {*path};
    const ReadAll all = read_all(options, {Task::classification, LabelKind::index, 8, 2}, 500);
    CHECK(label_counts(all.samples, 2) == std::vector<std::uint64_t>{26'075, 19'237});
    CHECK(all.rejected.empty());
  }
  if (const auto path = test::data_file("streams/weather.csv")) {
    options.paths = {*path};
    const ReadAll all = read_all(options, {Task::classification, LabelKind::index, 8, 2}, 500);
    CHECK(label_counts(all.samples, 2) == std::vector<std::uint64_t>{12'461, 5'698});
  }
  if (const auto path = test::data_file("higgs/higgs_51k.csv.gz")) {
    options.paths = {*path};
    options.header = false;
    options.label = "0";
    const ReadAll all = read_all(options, {Task::classification, LabelKind::index, 28, 2}, 500);
    CHECK(all.samples.count == 51'233);
    CHECK(static_cast<double>(label_counts(all.samples, 2)[1]) / 51'233.0 == doctest::Approx(0.5297).epsilon(0.0001));
  }
}
