#include "adapters/store/checkpoint/evaluation_codec.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "tests/adapters/store/checkpoint/learned_state.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

TEST_CASE("evaluation codec: alarms, their consequences and kept samples survive") {
  const LearnerOptions options = drifting();
  const LearnerState state = learned(options, 130);
  REQUIRE(state.drift.counts[0].alarms > 1);
  REQUIRE(state.drift.counts[1].alarms > 0);
  REQUIRE(state.drift.alarms.size() > 2);
  REQUIRE(state.arms[0].memory_since > 0);
  REQUIRE(state.holdout.concepts.size() > 1);
  REQUIRE(state.holdout.concepts[0].ended > 0);
  REQUIRE_FALSE(state.holdout.scores.empty());
  Learner restarted(options, decode_state(encode_state(state), options));
  CHECK(difference(restarted.state(), state) == "");
  Learner running(options, state);
  Random random(12);
  for (int i = 0; i < 40; ++i) {
    const Batch batch = blobs(20, 4, 3, random);
    CHECK(running.step(batch).alarms == restarted.step(batch).alarms);
  }
  CHECK(state_sha256(running.state()) == state_sha256(restarted.state()));
}

TEST_CASE("evaluation codec: parts that do not fit together are refused, though their sizes are allowed") {
  const LearnerOptions options = drifting();
  const LearnerState state = learned(options, 130);
  const auto refused = [&](const char* tensor, std::size_t at, std::uint64_t value, const char* sentence) {
    CAPTURE(tensor);
    CheckpointImage image = encode_state(state);
    Tensor& changed = image.tensors.at(tensor);
    const std::size_t width = changed.dtype == DType::u64 ? 8 : 4;
    std::memcpy(changed.bytes.data() + width * at, &value, width);
    CHECK(refusal(image, options) == sentence);
  };
  refused("prequential.window_label", 3, 3, "the prequential window is inconsistent");
  refused("prequential.window_predicted", 3, ~std::uint64_t{0}, "the prequential window is inconsistent");
  refused("drift.adwin.rows", 0, 6, "drift.adwin.rows is inconsistent");
  refused("drift.adwin.rows", 0, ~std::uint64_t{0}, "drift.adwin.rows is inconsistent");
  refused("drift.alarms", 0, detector_count, "drift.alarms is inconsistent");
  const auto shortened = [&](const char* tensor, std::uint64_t by, const char* sentence) {
    CAPTURE(tensor);
    CheckpointImage image = encode_state(state);
    Tensor& changed = image.tensors.at(tensor);
    const std::size_t width = changed.bytes.size() / changed.shape[0];
    changed.shape[0] -= by;
    changed.bytes.resize(changed.bytes.size() - by * width);
    CHECK(refusal(image, options) == sentence);
  };
  shortened("prequential.class_predicted", 1, "the prequential window is inconsistent");
  shortened("prequential.window_label", 1, "the prequential window is inconsistent");
  shortened("drift.page_hinkley", 1, "drift.page_hinkley is inconsistent");
  shortened("drift.adwin", 1, "drift.adwin is inconsistent");
  shortened("drift.adwin.buckets", 2, "drift.adwin.rows is inconsistent");
  shortened("drift.counts", 3, "drift.counts is inconsistent");
  shortened("drift.alarms", 4, "drift.alarms is inconsistent");
  shortened("holdout.concepts", 1, "holdout.concepts is inconsistent");
  shortened("holdout.accuracies", 2, "holdout.accuracies is inconsistent");
  shortened("holdout.scores", 1, "holdout.scores is inconsistent");
  shortened("holdout.0.label", 1, "a holdout reservoir is inconsistent");
  shortened("holdout.1.x", 1, "a holdout reservoir is inconsistent");
}
