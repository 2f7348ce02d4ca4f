#include "adapters/sources/file/pixel_reader.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/contains.hpp"
#include "tests/support/data_path.hpp"
#include "tests/support/packing.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::adapters;
using namespace altmind::file;
using namespace altmind::ingest;
using namespace std::string_literals;

namespace {

constexpr SampleSpec four_pixels{Task::classification, LabelKind::index, 4, 10};
constexpr SampleSpec cifar_spec{Task::classification, LabelKind::index, 3072, 10};

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

// Returns a file whose pixel j of image i is 16 i + j, built byte by byte from the format's description.
std::string images(std::uint32_t count) {
  std::string file = big_endian(2051) + big_endian(count) + big_endian(2) + big_endian(2);
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::uint32_t j = 0; j < 4; ++j) file += static_cast<char>(16 * i + j);
  }
  return file;
}

std::string labels(const std::string& values) {
  return big_endian(2049) + big_endian(static_cast<std::uint32_t>(values.size())) + values;
}

SourceOptions idx(std::vector<std::string> paths, std::vector<std::string> labels_paths) {
  SourceOptions options;
  options.name = "images";
  options.format = Format::idx;
  options.paths = std::move(paths);
  options.labels_paths = std::move(labels_paths);
  return options;
}

SourceOptions cifar(std::vector<std::string> paths) {
  SourceOptions options;
  options.format = Format::cifar10;
  options.paths = std::move(paths);
  return options;
}

std::string cifar_record(char label, char red, char green, char blue) {
  return std::string(1, label) + std::string(1024, red) + std::string(1024, green) + std::string(1024, blue);
}

}  // namespace

TEST_CASE("idx pixels become floats 0..255 in row order with their labels") {
  const ScratchDirectory directory;
  const std::string pixels = directory.write("i", images(15));
  const std::string answers = directory.write("l", labels(std::string("\0\1\2\3\4\5\6\7\x8\x9\0\1\2\3\4", 15)));
  const ReadAll all = read_all(idx({pixels}, {answers}), four_pixels, 4);
  REQUIRE(all.samples.count == 15);
  CHECK(all.records == 15);
  for (std::size_t i = 0; i < 15; ++i) {
    CHECK(all.samples.label[i] == i % 10);
    for (std::size_t j = 0; j < 4; ++j) CHECK(all.samples.x[4 * i + j] == static_cast<float>(16 * i + j));
  }
  CHECK(all.samples.x.back() == 227.0f);  // beyond 127: bytes are unsigned
}

TEST_CASE("packed idx files give what plain ones give") {
  const ScratchDirectory directory;
  const std::string answers = labels("\1\2\3\4\5");
  const ReadAll plain = read_all(idx({directory.write("i", images(5))}, {directory.write("l", answers)}), four_pixels);
  const ReadAll packed =
      read_all(idx({directory.write("i.gz", gzip(images(5)))}, {directory.write("l.xz", xz(answers))}), four_pixels);
  CHECK(plain.samples == packed.samples);
  CHECK(plain.samples.count == 5);
}

TEST_CASE("a label the model cannot have refuses its record alone") {
  const ScratchDirectory directory;
  const auto options = idx({directory.write("i", images(5))}, {directory.write("l", labels("\1\x0a\2\x0b\3"))});
  const ReadAll all = read_all(options, four_pixels);
  CHECK(all.samples.label == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(all.samples.x[4] == 32.0f);
  CHECK(all.rejected == std::vector<std::pair<std::uint64_t, Reason>>{{1, Reason::label_out_of_range},
                                                                      {3, Reason::label_out_of_range}});
  CHECK(all.records == 5);

  SampleSpec named = four_pixels;
  named.labels = LabelKind::named;
  const ReadAll names = read_all(options, named);
  CHECK(names.samples.name == std::vector<std::string>{"1", "10", "2", "11", "3"});
  CHECK(names.samples.label.empty());
}

TEST_CASE("skip and limit count records across all paths") {
  const ScratchDirectory directory;
  const std::string pixels = directory.write("i", images(6));
  SourceOptions options = idx({pixels, pixels, pixels}, {});
  options.labels_paths = {directory.write("a", labels(std::string(6, '\1'))),
                          directory.write("b", labels(std::string(6, '\2'))),
                          directory.write("c", labels(std::string(6, '\3')))};
  options.skip = 4;
  options.limit = 10;
  const ReadAll all = read_all(options, four_pixels, 3);
  CHECK(all.samples.label == std::vector<std::uint32_t>{1, 1, 2, 2, 2, 2, 2, 2, 3, 3});
  CHECK(all.samples.x.front() == 64.0f);
  options.skip = 18;
  CHECK(read_all(options, four_pixels).records == 0);
  options.skip = 100;
  CHECK(read_all(options, four_pixels).records == 0);
  options.skip = 17;
  CHECK(read_all(options, four_pixels).records == 1);
  options.limit = 0;
  CHECK(read_all(options, four_pixels).records == 0);
}

TEST_CASE("idx files that do not fit the model or each other are refused when they are opened") {
  const ScratchDirectory directory;
  const std::string pixels = directory.write("pixels", images(3));
  const std::string answers = directory.write("answers", labels("\1\2\3"));
  SampleSpec spec = four_pixels;
  const auto opening_error = [&](const SourceOptions& options) {
    try {
      open_reader(options, spec);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(opening_error(idx({pixels}, {answers})).empty());
  CHECK(test::contains(opening_error(idx({pixels}, {})), "1 paths, 0 label files"));
  CHECK(test::contains(opening_error(idx({answers}, {answers})), answers + ": records of 1 values"));
  CHECK(test::contains(opening_error(idx({pixels}, {pixels})), pixels + ": not a file of labels"));
  const std::string two = directory.write("two", labels("\1\2"));
  CHECK(opening_error(idx({pixels}, {two})) == pixels + " has 3 records, " + two + " has 2 labels");
  CHECK(test::contains(opening_error(idx({directory.write("text", "hello, world")}, {answers})), "not an idx file"));
  CHECK(test::contains(opening_error(idx({directory.write("short", "\0\0\x8"s)}, {answers})), "too short"));
  spec.inputs = 784;
  CHECK(test::contains(opening_error(idx({pixels}, {answers})),
                       "records of 4 values (3 x 2 x 2), but model.inputs is 784"));
  spec = four_pixels;
  spec.task = Task::regression;
  CHECK(test::contains(opening_error(idx({pixels}, {answers})), "regression"));
}

TEST_CASE("an idx file with fewer or more records than its header says is an error") {
  const ScratchDirectory directory;
  const std::string answers = directory.write("l", labels("\1\2\3"));
  const std::string cut = directory.write("cut", images(3).substr(0, 16 + 9));
  CHECK(reading_error(idx({cut}, {answers}), four_pixels) == cut + ": ends before record 3 that its header announces");
  const std::string more = directory.write("more", images(3) + "x");
  CHECK(test::contains(reading_error(idx({more}, {answers}), four_pixels),
                       more + ": holds more than its header announces"));
}

TEST_CASE("cifar10 records are a label, then red, green and blue planes") {
  const ScratchDirectory directory;
  const std::string path =
      directory.write("c", cifar_record(7, 1, 2, 3) + cifar_record(10, 4, 5, 6) + cifar_record(0, 7, 8, -1));
  const ReadAll all = read_all(cifar({path}), cifar_spec);
  REQUIRE(all.samples.count == 2);
  CHECK(all.samples.label == std::vector<std::uint32_t>{7, 0});
  CHECK(all.rejected == std::vector<std::pair<std::uint64_t, Reason>>{{1, Reason::label_out_of_range}});
  for (const auto& [at, value] :
       {std::pair(0, 1.0f), {1023, 1.0f}, {1024, 2.0f}, {3071, 3.0f}, {3072, 7.0f}, {6143, 255.0f}}) {
    CHECK(all.samples.x[static_cast<std::size_t>(at)] == value);
  }
  const std::string cut = directory.write("cut", cifar_record(1, 1, 1, 1) + "abc");
  CHECK(test::contains(reading_error(cifar({cut}), cifar_spec), cut + ": ends in the middle of record 1"));
  CHECK(test::contains(reading_error(cifar({path}), four_pixels),
                       "cifar10 records have 3072 values, but model.inputs is 4"));
}

TEST_CASE("MNIST as published has the published labels") {
  const auto pixels = test::data_file("mnist/train-images-idx3-ubyte.gz");
  const auto answers = test::data_file("mnist/train-labels-idx1-ubyte.gz");
  if (!pixels || !answers) return;
  const SampleSpec spec{Task::classification, LabelKind::index, 784, 10};
  const ReadAll all = read_all(idx({*pixels}, {*answers}), spec, 500);
  CHECK(all.samples.count == 60'000);
  CHECK(all.samples.x.size() == 60'000u * 784u);
  CHECK(label_counts(all.samples, 10) ==
        std::vector<std::uint64_t>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
  CHECK(all.samples.label[0] == 5);
  double sum = 0.0;
  for (const float x : all.samples.x) sum += static_cast<double>(x);
  CHECK(sum / (60'000.0 * 784.0 * 255.0) == doctest::Approx(0.1307).epsilon(0.001));  // the well-known mean
}

TEST_CASE("CIFAR-10 in xz has the documented labels") {
  const auto path = test::data_file("cifar10/test_batch_first1000.bin.xz");
  if (!path) return;
  const ReadAll all = read_all(cifar({*path}), cifar_spec);
  CHECK(label_counts(all.samples, 10) == std::vector<std::uint64_t>{103, 89, 100, 103, 90, 86, 112, 102, 106, 109});
}
