// Damaged and missing checkpoints, a damaged journal, a state that is not finite.

#include <doctest/doctest.h>

#include <fstream>
#include <limits>

#include "core/step/finite.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/recovery.hpp"
#include "tests/daemon/support.hpp"
#include "tests/support/contains.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::daemon;
using namespace altmind::ingest;
using namespace altmind::store;
using namespace altmind::test;
namespace fs = std::filesystem;

namespace {

void flip_byte(const fs::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto at = static_cast<std::streamoff>(fs::file_size(path) - 9);
  file.seekg(at);
  const auto byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(at);
  file.put(byte);
}

}  // namespace

TEST_CASE("restart: damaged and missing checkpoints cost time, not state") {
  Config config = small_config(10);
  config.learner.normaliser.kind = NormaliserKind::standardise;
  config.store.checkpoint_batches = 5;
  config.store.keep = 3;
  Random random(3);
  const auto groups = random_groups(config.learner.model.spec, 60, 12, random);
  const ScratchDirectory scratch;
  std::string expected;
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed(groups);
    expected = run.drain();
  }
  REQUIRE(checkpoints(scratch).size() == 3);
  const auto newest = checkpoints(scratch)[2];
  flip_byte(newest);
  Ledger live;
  Ledger learned;
  const Recovered recovered = recover(scratch / "data", &config.learner, std::nullopt, live, learned, {});
  REQUIRE(recovered.warnings.size() == 1);
  CHECK(recovered.warnings[0].find(newest.string()) != std::string::npos);
  CHECK(recovered.checkpoint_file == checkpoints(scratch)[1]);
  CHECK(recovered.replayed_batches > 0);
  CHECK(state_sha256(recovered.learner->state()) == expected);
  CHECK(live.position("a") == "59");
  CHECK(live.to_json() == learned.to_json());
  {
    Running run(config, in(scratch));
    const auto last = run.pipeline.trainer().last_checkpoint();
    REQUIRE(last);
    CHECK(last->file == checkpoints(scratch)[1].string());  // the checkpoint that was loaded, not the newest by name
    CHECK(last->step == recovered.checkpoint_step);
    run.start();
    CHECK(run.drain() == expected);
  }
  // The stop has replaced the damaged checkpoint by the rebuilt state.
  CHECK(recover(scratch / "data", &config.learner, std::nullopt, live, learned, {}).warnings.empty());
  for (const fs::path& file : checkpoints(scratch)) flip_byte(file);
  CHECK(rebuilt(scratch / "data") == expected);
  fs::remove_all(checkpoint_directory(scratch / "data"));
  CHECK(rebuilt(scratch / "data") == expected);
  Running run(config, in(scratch));
  CHECK_FALSE(run.pipeline.trainer().last_checkpoint());
  CHECK(run.pipeline.replayed_batches() == recovered.learner->state().step);
  CHECK(run.pipeline.ledger().position("b") == "57");
  run.start();
  CHECK(run.drain() == expected);
  CHECK(checkpoints(scratch).size() == 1);  // the long replay is not repeated
}

TEST_CASE("restart: no checkpoint and a journal without its beginning is refused, not learned in part") {
  Config config = small_config(10);
  Random random(3);
  const ScratchDirectory scratch;
  PipelineOptions unjournalled = in(scratch);
  unjournalled.journal = false;
  {
    Running run(config, unjournalled);
    run.start();
    run.feed(random_groups(config.learner.model.spec, 20, 12, random));
    run.drain();
  }
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed(random_groups(config.learner.model.spec, 20, 12, random));
    run.drain();
  }
  fs::remove_all(checkpoint_directory(scratch / "data"));
  CHECK_THROWS_AS(Running(config, in(scratch)), JournalError);
}

TEST_CASE("restart: a damaged journal is refused, or cut there when that was asked for") {
  const Config config = small_config(10);
  Random random(5);
  const ScratchDirectory scratch;
  std::vector<Group> groups = random_groups(config.learner.model.spec, 30, 12, random);
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed(groups);
    run.drain();
  }
  fs::remove_all(checkpoint_directory(scratch / "data"));
  const fs::path segment = fs::directory_iterator(journal_directory(scratch / "data"))->path();
  {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(segment) / 2));
    file.write("\x55\xaa\x55\xaa", 4);
  }
  CHECK_THROWS_AS(Running(config, in(scratch)), JournalError);
  PipelineOptions cut = in(scratch);
  cut.truncate_journal = true;
  Running run(config, cut);
  run.start();
  const std::string sha256 = run.drain();
  Reference reference(config.learner);
  for (const Group& group : groups) {
    if (reference.sequence() + group.samples.count > run.pipeline.journal()->last_sequence()) break;
    reference.add(group);
  }
  CHECK(reference.sequence() > 0);
  CHECK(reference.sequence() == run.pipeline.journal()->last_sequence());
  CHECK(sha256 == reference.sha256());
}

TEST_CASE(
    "restart: a checkpoint that is not finite is passed over; where there is no other, what is finite of it stays") {
  const Config config = small_config(10);
  Random random(7);
  const ScratchDirectory scratch;
  const fs::path data = scratch / "data";
  std::vector<Group> groups;
  for (int i = 0; i < 6; ++i) groups.push_back(random_group(config, 10, random));
  Reference reference(config.learner);
  for (const Group& group : groups) reference.add(group);
  {
    Running run(config, data);
    for (int i = 0; i < 6; ++i) {
      run.feed({groups[static_cast<std::size_t>(i)]});
      run.wait_learned(static_cast<std::uint64_t>(10 * (i + 1)));
      if (i == 2) run.checkpoint();
    }
    CHECK(run.drain() == reference.sha256());
  }
  const auto wound = [&](const fs::path& file) {
    CheckpointImage image = read_checkpoint(file);
    LearnerState state = decode_state(image, config.learner);
    state.arms[0].network.weights[1](0, 0) = std::numeric_limits<Scalar>::quiet_NaN();
    CheckpointImage wounded = encode_state(state);
    for (const auto& [name, text] : image.metadata) wounded.metadata.emplace(name, text);
    write_checkpoint(file, wounded);
  };
  const auto files = checkpoint_files(checkpoint_directory(data));
  REQUIRE(files.size() == 2);
  wound(files.back());
  CHECK(rebuilt(data) == reference.sha256());
  wound(files.front());
  Ledger live;
  Ledger learned;
  const Recovered recovered = recover(data, &config.learner, std::nullopt, live, learned, {});
  const LearnerState& state = recovered.learner->state();
  CHECK(not_finite(state) == "");
  CHECK(state.samples == 60);
  CHECK(state.sequence == 60);
  CHECK(state.renewals == 1);
  REQUIRE(recovered.warnings.size() == 3);
  CHECK(contains(recovered.warnings[0], "not finite (weight.1)"));
  CHECK(contains(recovered.warnings[2], "begin anew"));
}
