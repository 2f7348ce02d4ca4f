#include "adapters/ingest/ingest.hpp"

#include <doctest/doctest.h>

#include "adapters/formats/json/sample_parser.hpp"
#include "tests/support/recording_probe.hpp"

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

TEST_CASE("a refused record is counted with its reason and does not touch its neighbours") {
  SampleParser parser({Task::classification, LabelKind::index, 2, 10});
  RecordingProbe probe;
  Samples into;
  std::vector<RejectedRecord> rejected;
  CHECK(ingest_record(parser, R"({"features":[1,2],"label":3})", 0, "http", probe, into, rejected));
  CHECK(!ingest_record(parser, R"({"features":[1],"label":3})", 1, "http", probe, into, rejected));
  CHECK(!ingest_record(parser, "nonsense", 2, "http", probe, into, rejected));
  CHECK(ingest_record(parser, R"({"features":[4,5],"label":6})", 3, "http", probe, into, rejected));
  CHECK(into.count == 2);
  CHECK(into.x == std::vector<float>{1, 2, 4, 5});
  CHECK(into.label == std::vector<std::uint32_t>{3, 6});
  REQUIRE(rejected.size() == 2);
  CHECK(rejected[0].index == 1);
  CHECK(rejected[0].rejection.reason == Reason::wrong_dimension);
  CHECK(rejected[1].index == 2);
  const auto seen = probe.rejections();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].source == "http");
  CHECK(seen[0].reason == Reason::wrong_dimension);
  CHECK(seen[1].reason == Reason::not_json);
  CHECK(seen[1].record == "nonsense");
}
