// Steps that throw, once or whenever the batch is learned.

#include <doctest/doctest.h>

#include "daemon/pipeline.hpp"
#include "tests/daemon/support.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::daemon;
using namespace altmind::test;
namespace fs = std::filesystem;

namespace {

PipelineOptions at(const ScratchDirectory& scratch) {
  PipelineOptions options;
  options.directory = scratch / "data";
  return options;
}

/// Returns an observer that throws for the batches that end with these samples.
std::function<void(const Batch&)> refusing(std::vector<std::uint64_t> ends) {
  return [ends = std::move(ends)](const Batch& batch) {
    for (const std::uint64_t end : ends) {
      if (batch.last_sequence == end) throw std::runtime_error("the matrix is singular");
    }
  };
}

Recovered recovered(const fs::path& directory, std::vector<std::uint64_t> ends) {
  ingest::Ledger live;
  ingest::Ledger learned;
  return recover(directory, nullptr, std::nullopt, live, learned, {{}, refusing(std::move(ends))});
}

/// Runs 200 samples in batches of 10 through a pipeline in which the batch after sample 100 throws.
void run_into_failure(const Config& config, const ScratchDirectory& scratch, const std::vector<Group>& groups) {
  Running run(config, at(scratch));
  run.pipeline.trainer().observe(refusing({100}));
  run.start();
  std::size_t answered = 0;
  for (const Group& group : groups) {
    auto receipt = run.offer(group);
    if (!receipt) break;
    CHECK(get(*receipt).durable);
    ++answered;
  }
  REQUIRE(answered >= 10);
  run.finish();  // ends by itself
  CHECK(run.pipeline.trainer().failed());
  CHECK(run.pipeline.trainer().failure() == "the matrix is singular");
  CHECK_FALSE(run.pipeline.writer().failed());
  CHECK_FALSE(run.offer(groups[0]));
  CHECK(run.checkpoint().error.find("the matrix is singular") != std::string::npos);
  CHECK(checkpoints(scratch).empty());
  CHECK(run.pipeline.snapshots().load()->sequence == 90);
  run.pipeline.stop(std::chrono::steady_clock::now());
}

}  // namespace

TEST_CASE("step failure: it ends learning, not the process, and the next start learns what the journal has") {
  Config config = small_config(10);
  Random random(5);
  const ScratchDirectory scratch;
  std::vector<Group> groups;
  for (int i = 0; i < 20; ++i) groups.push_back(random_group(config, 10, random));
  run_into_failure(config, scratch, groups);
  Running again(config, at(scratch));  // it does not throw this time
  again.start();
  const std::uint64_t there = again.pipeline.journal()->last_sequence();
  REQUIRE(there >= 100);
  Reference reference(config.learner);
  for (std::size_t i = 0; i < there / 10; ++i) reference.add(groups[i]);
  CHECK(again.drain() == reference.sha256());
  CHECK(again.state().skipped == 0);
}

TEST_CASE("step failure: a batch that always throws is skipped by every replay, to the same bits") {
  Config config = small_config(10);
  Random random(6);
  const ScratchDirectory scratch;
  std::vector<Group> groups;
  for (int i = 0; i < 20; ++i) groups.push_back(random_group(config, 10, random));
  run_into_failure(config, scratch, groups);
  std::uint64_t there = 0;
  {
    PipelineOptions options = at(scratch);
    options.replay.observer = refusing({100});
    Running again(config, options);
    again.start();
    there = again.pipeline.journal()->last_sequence();
    for (std::size_t i = there / 10; i < 20; ++i) again.feed({groups[i]});
    if (there < 200) again.wait_learned(200);  // otherwise the replay has already learned everything
    again.drain();
    CHECK(again.state().skipped == 1);
    CHECK(again.state().samples == 190);
  }
  Learner expected(config.learner);
  for (std::size_t i = 0; i < 20; ++i) {
    const Batch batch{10 * (i + 1), groups[i].samples, {}, {}};
    if (i == 9) {
      expected.skip(batch);
    } else {
      expected.step(batch);
    }
  }
  const std::string sha256 = store::state_sha256(expected.state());
  CHECK(store::state_sha256(recovered(scratch / "data", {100}).learner->state()) == sha256);
  for (const auto& file : checkpoints(scratch)) fs::remove(file);
  const Recovered from_the_start = recovered(scratch / "data", {100});
  CHECK(store::state_sha256(from_the_start.learner->state()) == sha256);
  CHECK(from_the_start.skipped_batches == 1);
  REQUIRE(from_the_start.warnings.size() == 1);
  CHECK(from_the_start.warnings[0].find("ends with sample 100 cannot be learned") != std::string::npos);

  // Many failing batches cost one more replay, not one each, and few warnings.
  std::vector<std::uint64_t> most;
  for (std::uint64_t end = 30; end <= 200; end += 10) most.push_back(end);
  const Recovered little = recovered(scratch / "data", most);
  CHECK(little.skipped_batches == 18);
  CHECK(little.learner->state().samples == 20);
  CHECK(little.warnings.size() == 10);
}

TEST_CASE("step failure: want of memory is no reason to skip a batch") {
  const Config config = small_config(10);
  Random random(7);
  const ScratchDirectory scratch;
  {
    Running run(config, scratch / "data");
    run.feed({random_group(config, 10, random)});
    run.abandon();
  }
  for (const auto& file : checkpoints(scratch)) fs::remove(file);
  ingest::Ledger live;
  ingest::Ledger learned;
  const ReplayHooks hooks{{}, [](const Batch&) { throw std::bad_alloc(); }};
  CHECK_THROWS_AS(recover(scratch / "data", nullptr, std::nullopt, live, learned, hooks), std::bad_alloc);
}

TEST_CASE("writer: a sender who cannot be told does not keep the others from being told") {
  const Config config = small_config(10);
  Random random(8);
  const ScratchDirectory scratch;
  Running run(config, scratch / "data");
  Group deaf = random_group(config, 3, random);
  run.pipeline.queue().offer(deaf, [](const Receipt&) { throw std::runtime_error("the connection has gone"); });
  CHECK(run.feed({random_group(config, 3, random)}).last_sequence == 6);
  run.drain();
  CHECK_FALSE(run.pipeline.writer().failed());
}
