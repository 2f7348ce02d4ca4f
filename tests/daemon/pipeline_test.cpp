#include "daemon/pipeline.hpp"

#include <doctest/doctest.h>

#include "tests/daemon/support.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::daemon;
using namespace altmind::test;
namespace fs = std::filesystem;

namespace {

/// Returns every kind of model in turn.
Config config_of(std::uint64_t seed) {
  Config config = small_config(1 + seed % 4 * 7);
  LearnerOptions& learner = config.learner;
  if (seed % 3 == 1) learner.model.spec.labels = LabelKind::named;
  if (seed % 3 == 1) learner.model.classes = {"class 1", "class 4"};
  if (seed % 3 == 2) learner.model.spec.task = Task::regression;
  if (seed % 2 == 0) learner.normaliser.kind = NormaliserKind::standardise;
  if (seed % 5 == 3) learner.learning.rule = Rule::am_adam;
  if (seed % 5 == 4) learner.learning.output_rule = OutputRule::sgd;
  config.threads = 1 + seed % 3;  // must not affect the result
  return config;
}

std::string uninterrupted(const Config& config, const std::vector<Group>& groups) {
  Reference reference(config.learner);
  for (const Group& group : groups) reference.add(group);
  return reference.sha256();
}

}  // namespace

TEST_CASE("pipeline: it learns what a plain learner learns from the same stream") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    CAPTURE(seed);
    const Config config = config_of(seed);
    Random random(seed);
    const auto groups = random_groups(config.learner.model.spec, 60, 25, random);
    const ScratchDirectory scratch;
    Running run(config, fs::path(scratch / "data"));
    run.feed(groups);
    CHECK(run.drain() == uninterrupted(config, groups));
    CHECK(run.pipeline.snapshots().load()->step == run.state().step);
  }
}

TEST_CASE("pipeline: stopped anywhere and started again it comes to the same state as without a stop") {
  for (std::uint64_t seed = 0; seed < test::runs(12); ++seed) {
    CAPTURE(seed);
    Config config = config_of(seed);
    config.store.checkpoint_batches = seed % 4 == 0 ? 0 : 1 + seed;
    Random random(100 + seed);
    const auto groups = random_groups(config.learner.model.spec, 120, 25, random);
    const ScratchDirectory scratch;
    std::size_t fed = 0;
    while (fed < groups.size()) {
      Running run(config, fs::path(scratch / "data"));
      const std::size_t until = std::min(groups.size(), fed + random.below(40));
      run.feed(
          {groups.begin() + static_cast<std::ptrdiff_t>(fed), groups.begin() + static_cast<std::ptrdiff_t>(until)});
      fed = until;
      if (random.below(2) == 0) run.abandon();  // else: destroyed without stop()
    }
    Running last(config, fs::path(scratch / "data"));
    // Positions and replies of every durable group are available before anything else arrives.
    CHECK(last.pipeline.ledger().position("a") == "119");
    CHECK(last.pipeline.ledger().position("b") == "117");
    CHECK(last.drain() == uninterrupted(config, groups));
    CHECK(rebuilt(scratch / "data") == last.sha256());
  }
}

TEST_CASE("pipeline: the answer to every keyed request survives, with the sequence it had") {
  const Config config = config_of(1);  // with names: some samples are refused at admission
  Random random(3);
  const auto groups = random_groups(config.learner.model.spec, 80, 20, random);
  const ScratchDirectory scratch;
  std::map<std::string, std::uint64_t> receipts;
  Reference reference(config.learner);
  for (std::size_t begin = 0; begin < groups.size(); begin += 20) {
    Running run(config, fs::path(scratch / "data"));
    for (std::size_t i = begin; i < begin + 20; ++i) {
      auto receipt = run.offer(groups[i]).value();
      const Receipt got = get(receipt);
      reference.add(groups[i]);
      CHECK(got.durable);
      CHECK(got.last_sequence == reference.sequence());
      if (!groups[i].origin.key.empty()) receipts[groups[i].origin.key] = got.last_sequence;
    }
    run.abandon();
  }
  Running run(config, fs::path(scratch / "data"));
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].origin.key.empty()) continue;
    const auto reply = run.pipeline.ledger().reply(groups[i].origin.key);
    REQUIRE(reply);
    CHECK(reply->body_hash == 1000 + i);
    CHECK(reply->sequence == receipts[groups[i].origin.key]);
    CHECK(reply->accepted <= groups[i].samples.count);
    CHECK(reply->sequence >= before);
    before = reply->sequence;
  }
}

TEST_CASE("pipeline: with a short journal segments are trimmed, and what remains gives the same state") {
  Config config = small_config(100);
  config.learner.model.spec.inputs = 400;
  config.learner.model.hidden = {4};
  config.queue_samples = 2000;
  config.store.checkpoint_batches = 7;
  config.store.journal_max_bytes = 1;  // segments of 1 MiB, a checkpoint whenever it allows trimming
  Random random(9);
  const auto groups = random_groups(config.learner.model.spec, 60, 200, random);
  const ScratchDirectory scratch;
  const fs::path journal = journal_directory(scratch / "data");
  std::uint64_t written = 0;
  for (std::size_t begin = 0; begin < groups.size(); begin += 15) {
    Running run(config, fs::path(scratch / "data"));
    const std::vector<Group> part(groups.begin() + static_cast<std::ptrdiff_t>(begin),
                                  groups.begin() + static_cast<std::ptrdiff_t>(begin + 15));
    for (const Group& group : part) written += group.samples.x.size() * sizeof(float);
    run.feed(part);
    if (begin % 2 == 0) {
      run.drain();
    } else {
      run.abandon();
    }
  }
  {
    Running run(config, fs::path(scratch / "data"));
    CHECK(run.drain() == uninterrupted(config, groups));
  }
  // The older of two checkpoints is at least as new as the start of the last part, however early that was abandoned.
  std::uint64_t left = 0;
  for (const auto& entry : fs::directory_iterator(journal)) left += entry.file_size();
  CHECK(written > 5 << 20);
  CHECK(left < written / 2);
}

TEST_CASE("pipeline: a batch cut by age is recorded, and replayed as it was") {
  Config config = small_config(50);
  config.max_batch_age = 5ms;
  Random random(4);
  const ScratchDirectory scratch;
  Reference reference(config.learner);
  {
    Running run(config, fs::path(scratch / "data"));
    for (int i = 0; i < 5; ++i) {
      Group group = random_group(config, 1 + random.below(60), random);
      run.wait_learned(run.feed({group}).last_sequence);
      reference.add(group);
      reference.cut();
    }
    run.abandon();
    CHECK(run.state().sequence == reference.sequence());
    CHECK(run.sha256() == reference.sha256());
  }
  fs::remove_all(checkpoint_directory(scratch / "data"));
  CHECK(rebuilt(scratch / "data") == reference.sha256());
}

TEST_CASE("pipeline: the uncut tail is not learned early, neither at a stop nor by a checkpoint") {
  const Config config = small_config(16);
  Random random(5);
  const ScratchDirectory scratch;
  Group group = random_group(config, 16 + 9, random);
  Group rest = random_group(config, 7, random);
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed({group});
    run.wait_learned(16);
    CHECK(run.checkpoint().saved);
    run.drain();
    CHECK(run.state().sequence == 16);
  }
  Running run(config, fs::path(scratch / "data"));
  run.feed({rest});
  run.drain();
  CHECK(run.state().step == 2);
  CHECK(run.sha256() == uninterrupted(config, {group, rest}));
}

TEST_CASE("pipeline: replay until a sample gives the state from just after the last batch up to there") {
  Config config = small_config(10);
  config.store.checkpoint_batches = 4;
  config.store.keep = 100;
  Random random(6);
  const auto groups = random_groups(config.learner.model.spec, 30, 12, random);
  const ScratchDirectory scratch;
  Running run(config, fs::path(scratch / "data"));
  const std::uint64_t last = run.feed(groups).last_sequence;
  run.drain();
  for (std::uint64_t until = 0; until <= last; until += 7) {
    CAPTURE(until);
    Reference reference(config.learner);
    for (const Group& group : groups) {
      for (std::size_t i = 0; i < group.samples.count; ++i) {
        Group one;
        one.samples.count = 1;
        one.samples.label = {group.samples.label[i]};
        const auto from = group.samples.x.begin() + static_cast<std::ptrdiff_t>(4 * i);
        one.samples.x.assign(from, from + 4);
        if (reference.sequence() < until) reference.add(one);
      }
    }
    CHECK(rebuilt(scratch / "data", until) == reference.sha256());
  }
}

TEST_CASE("pipeline: without a journal the checkpoint at the stop has everything that was accepted") {
  Config config = small_config(16);
  Random random(7);
  const auto groups = random_groups(config.learner.model.spec, 50, 12, random);
  const ScratchDirectory scratch;
  PipelineOptions options;
  options.directory = fs::path(scratch / "data");
  options.journal = false;
  std::uint64_t last = 0;
  std::string sha256;
  {
    Running run(config, options);
    run.start();
    last = run.feed(groups).last_sequence;
    run.pipeline.stop(std::chrono::steady_clock::now());  // the deadline is ignored: there is no journal to replay
    run.finish();
    sha256 = run.sha256();
    CHECK(run.state().sequence == last);
  }
  CHECK_FALSE(fs::exists(journal_directory(scratch / "data")));
  Reference reference(config.learner);
  for (const Group& group : groups) reference.add(group);
  reference.cut();
  CHECK(sha256 == reference.sha256());
  CHECK(rebuilt(scratch / "data") == sha256);
  // A journal can begin there.
  Running run(config, fs::path(scratch / "data"));
  CHECK(run.pipeline.ledger().position("b") == "48");
  CHECK(run.feed({groups[1]}).last_sequence == last + groups[1].samples.count);
}

TEST_CASE("pipeline: without a directory it learns and writes nothing") {
  const Config config = small_config(16);
  Random random(8);
  const auto groups = random_groups(config.learner.model.spec, 30, 12, random);
  Running run(config, PipelineOptions{});
  run.start();
  run.feed(groups);
  run.drain();
  Reference reference(config.learner);
  for (const Group& group : groups) reference.add(group);
  reference.cut();
  CHECK(run.sha256() == reference.sha256());
  CHECK(run.pipeline.journal() == nullptr);
}
