// Features as nested lists of the shape that the model declares.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "adapters/formats/json/plain_sample.hpp"
#include "adapters/formats/json/sample_parser.hpp"

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

namespace {

using nlohmann::json;
using Sizes = std::vector<std::size_t>;

SampleSpec shaped(Sizes dimensions) {
  SampleSpec spec{Task::classification, LabelKind::index, 1, 10};
  for (const std::size_t size : dimensions) spec.inputs *= size;
  spec.dimensions = std::move(dimensions);
  return spec;
}

const SampleSpec image = shaped({2, 3, 4});
const SampleSpec grey = shaped({1, 2, 3});
const SampleSpec sequence = shaped({3, 2});

/// Returns two records; the escaped key keeps the second off the fast path.
std::vector<std::string> records(const std::string& features) {
  return {R"({"features":)" + features + R"(,"label":3})", R"({"feat\u0075res":)" + features + R"(,"label":3})"};
}

std::vector<float> read(const SampleSpec& spec, const std::string& features) {
  std::vector<float> x;
  for (const std::string& record : records(features)) {
    SampleParser parser(spec);
    Samples learned, asked;
    CAPTURE(record);
    REQUIRE(!parser.parse(record, learned));
    REQUIRE(!parser.parse_features(record, asked, nullptr));
    CHECK(learned.x == asked.x);
    CHECK((x.empty() || x == learned.x));
    x = learned.x;
  }
  return x;
}

Rejection rejected(const SampleSpec& spec, const std::string& features) {
  std::optional<Rejection> first;
  for (const std::string& record : records(features)) {
    SampleParser parser(spec);
    Samples into;
    const auto rejection = parser.parse(record, into);
    CAPTURE(record);
    REQUIRE(rejection);
    CHECK(into == Samples{});
    if (first) CHECK(first->message == rejection->message);
    first = rejection;
  }
  return *first;
}

std::string message(const SampleSpec& spec, const std::string& features, Reason reason = Reason::wrong_dimension) {
  const Rejection rejection = rejected(spec, features);
  CHECK(rejection.reason == reason);
  return rejection.message;
}

/// Reference: collects all leaves in order; fails if a list has another size.
bool flatten(const json& value, const Sizes& sizes, std::size_t level, std::vector<float>& x) {
  if (level == sizes.size()) {
    if (!value.is_number()) return false;
    x.push_back(value.get<float>());
    return true;
  }
  if (!value.is_array() || value.size() != sizes[level]) return false;
  for (const json& element : value) {
    if (!flatten(element, sizes, level + 1, x)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("nested lists of the declared shape are the row that they are in row-major order") {
  std::vector<float> row;
  for (int i = 0; i < 24; ++i) row.push_back(static_cast<float>(i) + 0.5F);
  json nested = json::array();
  for (std::size_t c = 0, i = 0; c < 2; ++c) {
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t k = 0; k < 4; ++k) nested[c][r][k] = row[i++];
    }
  }
  CHECK(read(image, nested.dump()) == row);
  CHECK(read(image, nested.dump(2)) == row);
  CHECK(read(image, json(row).dump()) == row);
  const std::vector<float> six{1, 2, 3, 4, 5, 6};
  CHECK(read(grey, "[[[1,2,3],[4,5,6]]]") == six);
  CHECK(read(grey, "[[1,2,3],[4,5,6]]") == six);
  CHECK(read(grey, "[1,2,3,4,5,6]") == six);
  CHECK(read(sequence, " [ [1 ,2], [3, 4] ,\t[5,6]\r] ") == six);
  CHECK(read(sequence, "[1,2,3,4,5,6]") == six);
  CHECK(read(shaped({1, 1, 1}), "[[[7]]]") == std::vector<float>{7});
  CHECK(read(shaped({1, 6}), "[[1,2,3,4,5,6]]") == six);
  CHECK(read(shaped({6, 1}), "[[1],[2],[3],[4],[5],[6]]") == six);
}

TEST_CASE("what float32 leaves of numbers stays with them in nested lists") {
  SampleParser parser(sequence);
  Samples flat, nested;
  REQUIRE(!parser.parse(R"({"features":[1,2,3,1700000001,5,6],"label":0})", flat));
  REQUIRE(!parser.parse(R"({"features":[[1,2],[3,1700000001],[5,6]],"label":0})", nested));
  CHECK(nested == flat);
  CHECK(nested.features()[3] == 1700000001.0);
}

TEST_CASE("plain nested lists go the fast way") {
  PlainMembers members;
  std::vector<float> x(6);
  Residuals residuals;
  for (const char* text : {R"({"features":[[[0,0,0],[0,0,6]]],"label":3})", R"({"features":[[0, 0, 0], [0, 0, 6]]})"}) {
    x.assign(6, 0.0F);
    CHECK(read_plain(text, FeatureShape(grey), x.data(), residuals, 0, members));
    CHECK(x == std::vector<float>{0, 0, 0, 0, 0, 6});
  }
}

TEST_CASE("another nesting is rejected with its place, what stands there and what may") {
  const std::string of_grey = "features: must be 6 numbers, or 1x2x3 or 2x3 of them in nested lists; ";
  CHECK(message(grey, "[[[1,2,3],[4,5]]]") == of_grey + "features[0][1] has 2 numbers");
  CHECK(message(grey, "[[1,2,3],[4,5,6,7]]") == of_grey + "features[1] has 4 numbers");
  CHECK(message(grey, "[[1,2],[3,4],[5,6]]") == of_grey + "features[0] has 2 numbers");
  CHECK(message(grey, "[[1,2,3],[4,5,6],[7,8,9]]") == of_grey + "features has 3 lists");
  CHECK(message(grey, "[[[1,2,3]],[[4,5,6]]]") == of_grey + "features[0] has 1 lists");
  CHECK(message(grey, "[[1,2,3],4]") == of_grey + "features[1] is a number");
  CHECK(message(grey, "[[1,2,3],{\"a\":1}]") == of_grey + "features[1] is an object");
  CHECK(message(grey, "[1,2,3,4,5]") == of_grey + "features has 5 numbers");
  CHECK(message(grey, "[]") == of_grey + "features has 0 numbers");
  CHECK(message(grey, "[[]]") == of_grey + "features[0] has 0 numbers");
  CHECK(message(grey, "[[[]]]") == of_grey + "features[0][0] has 0 numbers");
  CHECK(message(grey, "[[],[1,2,3],[4,5,6]]") == of_grey + "features[0] has 0 numbers");
  CHECK(message(grey, "[[[[1,2,3],[4,5,6]]]]", Reason::too_deep) == of_grey + "features[0][0][0] is a list");
  CHECK(message(grey, "[1,2,[3]]", Reason::too_deep) == of_grey + "features[2] is a list");
  CHECK(message(grey, "[[1,2,{}],[4,5,6]]", Reason::too_deep) == of_grey + "features[0][2] is an object");
  CHECK(message(grey, "[[1,2,3],[4,null,6]]", Reason::not_a_number) == "features[1][1]: must be a number, got null");
  CHECK(message(grey, "[[1,2,3],[4,1e39,6]]", Reason::not_finite) ==
        "features[1][1]: 1e39 is beyond the range of float32");
  // Only the list around a single channel may be left out.
  CHECK(message(image, "[[1,2,3,4,5,6,7,8,9,10,11,12]]") ==
        "features: must be 24 numbers, or 2x3x4 of them in nested lists; features[0][0] is a number");
  CHECK(message(sequence, "[[1,2,3],[4,5,6]]") ==
        "features: must be 6 numbers, or 3x2 of them in nested lists; features[0] has 3 numbers");
  // A model that declares no shape accepts only a flat row.
  const SampleSpec row{Task::classification, LabelKind::index, 6, 10};
  CHECK(message(row, "[[1,2,3],[4,5,6]]", Reason::too_deep) == "features[0]: nested deeper than a list of numbers");
}

TEST_CASE("what is not JSON behind a wrong shape is rejected as that, and depth costs nothing") {
  CHECK(rejected(grey, "[[1,2],[3,4],[5,x]]").reason == Reason::not_json);
  CHECK(rejected(grey, "[[1,2,3],[4,5,6]").reason == Reason::not_json);
  CHECK(rejected(grey, "[[1,2,3],[4,5,6]]]").reason == Reason::not_json);
  CHECK(rejected(grey, "[[1,2,3],[4,5,6],]").reason == Reason::not_json);
  for (const SampleSpec& spec : {image, grey, sequence}) {
    const std::string lists = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    CHECK(rejected(spec, lists).reason == Reason::too_deep);
    CHECK(rejected(spec, std::string(1'000'000, '[')).reason != Reason::wrong_dimension);
    CHECK(rejected(spec, "[[" + lists + "]]").reason == Reason::too_deep);
  }
}

TEST_CASE("every decision on nested lists is that of the plainest reading") {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  std::size_t taken = 0;
  for (const SampleSpec& spec : {image, grey, sequence, shaped({1, 1, 5}), shaped({5, 1}), shaped({1, 5})}) {
    std::vector<Sizes> allowed{{spec.inputs}, spec.dimensions};
    if (spec.dimensions.size() == 3 && spec.dimensions[0] == 1)
      allowed.push_back({spec.dimensions.begin() + 1, spec.dimensions.end()});
    SampleParser parser(spec);
    for (int round = 0; round < 3000; ++round) {
      // One of the shapes, or almost; then perhaps another list or number in place of an element.
      Sizes sizes = allowed[pick(allowed.size())];
      if (pick(4) == 0) sizes[pick(sizes.size())] = pick(6);
      if (pick(8) == 0) sizes.insert(sizes.begin(), 1);
      if (pick(8) == 0 && sizes.size() > 1) sizes.pop_back();
      std::vector<json> made;
      std::size_t count = 1;
      for (const std::size_t size : sizes) count *= size;
      for (std::size_t i = 0; i < count; ++i) made.emplace_back(pick(2) == 0 ? json(pick(256)) : json(0.25));
      for (std::size_t level = sizes.size(); level-- > 0;) {
        std::vector<json> lists;
        std::size_t outer = 1;
        for (std::size_t l = 0; l < level; ++l) outer *= sizes[l];
        for (std::size_t i = 0; i < outer; ++i) {
          json list = json::array();
          for (std::size_t k = 0; k < sizes[level]; ++k) list.push_back(made[i * sizes[level] + k]);
          lists.push_back(std::move(list));
        }
        made = std::move(lists);
      }
      json features = made.front();
      if (pick(4) == 0 && !features.empty()) {
        json& element = features[pick(features.size())];
        element = pick(2) == 0 ? json(1) : json::array({element});
      }
      for (const std::string& record : records(features.dump(pick(3) == 0 ? 1 : -1))) {
        CAPTURE(record);
        std::vector<float> x;
        bool good = false;
        for (const Sizes& shape : allowed) {
          std::vector<float> flat;
          if (!flatten(features, shape, 0, flat)) continue;
          good = true;
          x = flat;
        }
        Samples into;
        REQUIRE(good == !parser.parse(record, into));
        CHECK(into.x == x);
        taken += good ? 1 : 0;
      }
    }
  }
  CHECK(taken > 10'000);
}
