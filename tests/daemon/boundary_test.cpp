// Announced task boundaries: their position, and that restarts and failures do not move them.

#include <doctest/doctest.h>

#include <thread>

#include "tests/daemon/file_size_limit.hpp"
#include "tests/daemon/support.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::daemon;
using namespace altmind::store;
using namespace altmind::telemetry;
using namespace altmind::test;
namespace fs = std::filesystem;

namespace {

std::size_t boundaries_in(const fs::path& directory) {
  std::size_t found = 0;
  read_journal(journal_directory(directory), 0,
               [&found](JournalRecord&& record) { found += std::holds_alternative<BoundaryRecord>(record) ? 1 : 0; });
  return found;
}

bool counted(const Telemetry& telemetry, int announced) {
  return telemetry.text().find("\naltmind_consolidations_total{action=\"announced\"} " + std::to_string(announced) +
                               "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("boundary: what was admitted before is learned before it, and it takes effect without another sample") {
  const Config config = small_config(10);
  Random random(1);
  const Group before = random_group(config, 24, random);
  const Group after = random_group(config, 16, random);
  const ScratchDirectory scratch;
  Reference reference(config.learner);
  std::string at_boundary;
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed({before});
    const Receipt receipt = run.announce();
    CHECK(receipt.durable);
    CHECK(receipt.last_sequence == 24);
    at_boundary = run.drain();
    reference.add(before);
    reference.announce();
    CHECK(at_boundary == reference.sha256());
    CHECK(run.state().sequence == 24);
    const auto snapshot = run.pipeline.snapshots().load();
    CHECK(snapshot->step == 3);
    CHECK(snapshot->consolidation.protecting);
    CHECK(snapshot->consolidation.consolidations == 1);
    CHECK(counted(run.telemetry, 1));
    CHECK(rebuilt(scratch / "data") == at_boundary);
  }
  Reference never(config.learner);
  never.add(before);
  never.cut();
  CHECK(never.sha256() != at_boundary);
  Running run(config, fs::path(scratch / "data"));
  CHECK(run.pipeline.replayed_batches() == 0);
  run.feed({after});
  reference.add(after);
  CHECK(run.drain() == reference.sha256());
  CHECK(run.state().consolidation.consolidations == 1);
}

TEST_CASE("boundary: said again before another sample it changes nothing, also after a restart and before the first") {
  const Config config = small_config(10);
  Random random(2);
  const Group group = random_group(config, 15, random);
  const ScratchDirectory scratch;
  Reference reference(config.learner);
  {
    Running run(config, fs::path(scratch / "data"));
    CHECK(run.announce().last_sequence == 0);
    run.feed({group});
    reference.add(group);
    run.announce();
    const std::uint64_t bytes = run.pipeline.journal()->bytes();
    for (int i = 0; i < 5; ++i) CHECK(run.announce().last_sequence == 15);
    CHECK(run.pipeline.journal()->bytes() == bytes);
    reference.announce();
    CHECK(run.drain() == reference.sha256());
    CHECK(counted(run.telemetry, 1));
  }
  CHECK(boundaries_in(scratch / "data") == 2);
  Running run(config, fs::path(scratch / "data"));
  CHECK(run.announce().last_sequence == 15);
  CHECK(run.drain() == reference.sha256());
  CHECK(counted(run.telemetry, 0));
  for (const fs::path& file : checkpoints(scratch)) fs::remove(file);
  CHECK(rebuilt(scratch / "data") == reference.sha256());
}

TEST_CASE("boundary: exactly once, whether the checkpoint where it stands was written before it or after it") {
  const Config config = small_config(10);
  Random random(3);
  const Group before = random_group(config, 20, random);
  const Group after = random_group(config, 20, random);
  const ScratchDirectory scratch;
  Reference reference(config.learner);
  reference.add(before);
  reference.announce();
  const std::string at_boundary = reference.sha256();
  reference.add(after);
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed({before});
    run.wait_learned(20);
    REQUIRE(run.checkpoint().saved);
    run.announce();
    fs::copy(scratch / "data", scratch / "early", fs::copy_options::recursive);  // as kill -9 would leave it
    CHECK(run.drain() == at_boundary);
    REQUIRE(checkpoints(scratch).size() == 1);
    CHECK(read_checkpoint(checkpoints(scratch)[0]).metadata.at("state_sha256") == at_boundary);
  }
  for (const char* directory : {"early", "data"}) {
    CAPTURE(directory);
    const fs::path file = checkpoint_files(checkpoint_directory(scratch / directory)).back();
    CHECK(file.filename() == "step-2.safetensors");
    CHECK(rebuilt(scratch / directory) == at_boundary);
    CHECK(rebuilt(scratch / directory, 20) == at_boundary);
    Running run(config, fs::path(scratch / directory));
    run.feed({after});
    CHECK(run.drain() == reference.sha256());
  }
}

TEST_CASE("boundary: whatever is stopped, changed and read from any checkpoint, it stands where it stood") {
  for (std::uint64_t seed = 0; seed < test::runs(12); ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Config config = small_config(15);
    config.store.checkpoint_batches = 3;
    config.store.keep = 4;
    const ScratchDirectory scratch;
    Reference reference(config.learner);
    for (int round = 0; round < 8; ++round) {
      if (round > 0 && random.below(2) == 0) {
        LearnerOptions& learner = config.learner;
        learner.learning.batch_size = 5 + random.below(20);
        learner.consolidation.enabled = random.below(3) > 0;
        learner.consolidation.strength = random.uniform();
        learner.learning.rule = random.below(3) == 0 ? Rule::am_sgd : Rule::am_mem;
        reference.configure(learner);
      }
      Running run(config, fs::path(scratch / "data"));
      for (std::size_t part = random.below(4); part > 0; --part) {
        const auto groups = random_groups(config.learner.model.spec, random.below(5), 20, random);
        if (!groups.empty()) run.feed(groups);
        for (const Group& group : groups) reference.add(group);
        if (random.below(2) == 0) {
          CHECK(run.announce().last_sequence == reference.sequence());
          reference.announce();
        }
        if (random.below(3) == 0) run.checkpoint();
      }
      if (random.below(2) == 0) {
        run.abandon();
      } else {
        CHECK(run.drain() == reference.sha256());
      }
    }
    CHECK(rebuilt_otherwise(scratch, reference.sha256()) == "");
  }
}

TEST_CASE("boundary: replay until a sample stops at the boundary behind it, from any checkpoint") {
  Config config = small_config(10);
  config.store.checkpoint_batches = 1;
  config.store.keep = 100;
  Random random(5);
  const ScratchDirectory scratch;
  std::vector<std::string> at = {Reference(config.learner).sha256()};
  {
    Reference reference(config.learner);
    Running run(config, fs::path(scratch / "data"));
    for (int task = 0; task < 4; ++task) {
      const Group group = random_group(config, 15, random);
      run.feed({group});
      run.announce();
      reference.add(group);
      reference.announce();
      at.push_back(reference.sha256());
    }
    CHECK(run.drain() == at.back());
  }
  for (const bool from_the_start : {false, true}) {
    if (from_the_start) fs::remove_all(checkpoint_directory(scratch / "data"));
    for (std::size_t task = 0; task < at.size(); ++task) CHECK(rebuilt(scratch / "data", 15 * task) == at[task]);
  }
}

TEST_CASE("boundary: without a journal the checkpoint at the stop has it, also when it is all that is new") {
  const Config config = small_config(10);
  Random random(6);
  const Group group = random_group(config, 20, random);
  const ScratchDirectory scratch;
  PipelineOptions options;
  options.directory = fs::path(scratch / "data");
  options.journal = false;
  Reference reference(config.learner);
  reference.add(group);
  {
    Running run(config, options);
    run.start();
    run.feed({group});
    CHECK(run.drain() == reference.sha256());
  }
  {
    Running run(config, options);
    run.start();
    const Receipt receipt = run.announce();
    CHECK(receipt.durable);
    CHECK(receipt.last_sequence == 20);
    reference.announce();
    CHECK(run.drain() == reference.sha256());
  }
  CHECK_FALSE(fs::exists(journal_directory(scratch / "data")));
  CHECK(rebuilt(scratch / "data") == reference.sha256());
}

TEST_CASE("boundary: it is a reason for a checkpoint when time is up") {
  Config config = small_config(10);
  Random random(7);
  const ScratchDirectory scratch;
  const Group group = random_group(config, 20, random);
  Reference reference(config.learner);
  reference.add(group);
  reference.announce();
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed({group});
    run.drain();
  }
  config.store.checkpoint_time = 1ms;
  Running run(config, fs::path(scratch / "data"));
  run.announce();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (read_checkpoint(checkpoints(scratch).back()).metadata.at("state_sha256") != reference.sha256()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
}

TEST_CASE("boundary: when the disk is full nobody is told that it is durable") {
  const Config config = small_config(10);
  const ScratchDirectory scratch;
  Random random(8);
  Running run(config, fs::path(scratch / "data"));
  run.feed({random_group(config, 5, random)});
  {
    const FileSizeLimit limit(64);
    CHECK_FALSE(run.announce().durable);
  }
  while (run.pipeline.writer().full()) std::this_thread::yield();
  CHECK(run.feed({random_group(config, 4, random)}).last_sequence == 9);  // there is room again
  run.drain();
  CHECK(run.state().sequence == 0);  // the batch that the boundary would have closed is not learned
  CHECK_THROWS(run.announce());
}
