#include "daemon/trainer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <limits>
#include <thread>

#include "tests/daemon/support.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::daemon;
using namespace altmind::http;
using namespace altmind::store;
using namespace altmind::telemetry;
using namespace altmind::test;
namespace fs = std::filesystem;

namespace {

/// Returns the value of a series in the Prometheus text.
double metric(const Telemetry& telemetry, const std::string& name) {
  const std::string text = telemetry.text();
  const std::size_t at = text.find("\n" + name + " ");
  if (at == std::string::npos) throw std::runtime_error("there is no series " + name);
  return std::stod(text.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("trainer: a checkpoint is written when it is asked for, and every asker gets an answer, also at the end") {
  const Config config = small_config(10);
  Random random(1);
  const ScratchDirectory scratch;
  Running run(config, fs::path(scratch / "data"));
  run.feed({random_group(config, 10, random)});
  run.wait_learned(10);
  const CheckpointOutcome outcome = run.checkpoint();
  CHECK(outcome.saved);
  CHECK(outcome.step == 1);
  CHECK(outcome.error.empty());
  CHECK(fs::exists(outcome.file));
  const auto last = run.pipeline.trainer().last_checkpoint();
  REQUIRE(last);
  CHECK(last->file == outcome.file);
  CHECK(read_checkpoint(outcome.file).metadata.at("state_sha256") == rebuilt(scratch / "data"));

  // Requests that race with the stop: each is answered exactly once.
  struct Answers {
    std::atomic<int> count = 0;
    std::promise<void> all;
  };
  const auto answers = std::make_shared<Answers>();
  static constexpr int asked = 200;
  std::thread asking([&] {
    for (int i = 0; i < asked; ++i) {
      if (i == asked / 2) run.pipeline.stop(std::nullopt);
      run.pipeline.trainer().request_checkpoint([answers](const CheckpointOutcome& answer) {
        if (!answer.saved && answer.error.empty()) return;  // neither: counts as no answer
        if (++answers->count == asked) answers->all.set_value();
      });
    }
  });
  auto all = answers->all.get_future();
  CHECK(all.wait_for(patience) == std::future_status::ready);
  asking.join();
  run.finish();
  CHECK(answers->count == asked);
  const CheckpointOutcome late = run.checkpoint();
  CHECK_FALSE(late.saved);
  CHECK(late.error == "the daemon is stopping");
}

TEST_CASE("trainer: a checkpoint that fails is counted, and learning goes on") {
  Config config = small_config(10);
  config.store.checkpoint_batches = 3;
  Random random(2);
  const ScratchDirectory scratch;
  Running run(config, fs::path(scratch / "data"));
  const fs::path directory = checkpoint_directory(scratch / "data");
  run.checkpoint();
  fs::rename(directory, scratch / "aside");
  scratch.write("data/checkpoints", "a file in the way");
  std::vector<Group> groups;
  for (int i = 0; i < 9; ++i) groups.push_back(random_group(config, 10, random));
  run.feed(groups);
  run.wait_learned(90);
  const CheckpointOutcome failed = run.checkpoint();
  CHECK_FALSE(failed.saved);
  CHECK(failed.error.find(directory.string()) != std::string::npos);
  CHECK(failed.step == 9);
  // After 3 and 6 batches, and on request; also after 9 if that came before the request.
  const double failures = metric(run.telemetry, "altmind_checkpoint_failures_total");
  CHECK(failures >= 3);
  CHECK(failures <= 4);
  fs::remove(directory);
  fs::rename(scratch / "aside", directory);
  CHECK(run.drain() == [&] {
    Reference reference(config.learner);
    for (const Group& group : groups) reference.add(group);
    return reference.sha256();
  }());
  CHECK(metric(run.telemetry, "altmind_checkpoint_failures_total") == failures);
  REQUIRE(run.pipeline.trainer().last_checkpoint());
  CHECK(run.pipeline.trainer().last_checkpoint()->step == 9);  // the stop tries again
}

TEST_CASE("trainer: a checkpoint is due after checkpoint_batches, and after checkpoint_time if there is news") {
  Config config = small_config(10);
  config.store.checkpoint_batches = 4;
  config.store.keep = 100;
  Random random(3);
  const ScratchDirectory scratch;
  {
    Running run(config, fs::path(scratch / "data"));
    std::vector<Group> groups;
    for (int i = 0; i < 10; ++i) groups.push_back(random_group(config, 10, random));
    run.feed(groups);
    run.drain();
  }
  std::vector<std::string> names;
  for (const fs::path& file : checkpoint_files(checkpoint_directory(scratch / "data")))
    names.push_back(file.filename());
  CHECK(names == std::vector<std::string>{"step-4.safetensors", "step-8.safetensors", "step-10.safetensors"});

  config.store.checkpoint_batches = 0;
  Running run(config, fs::path(scratch / "data"));
  run.feed({random_group(config, 10, random)});
  run.wait_learned(110);
  CHECK(run.checkpoint().step == 11);
  run.pipeline.trainer().set_options({0, 1ms, std::numeric_limits<std::uint64_t>::max()});
  run.feed({random_group(config, 10, random)});
  const auto begin = std::chrono::steady_clock::now();
  while (run.pipeline.trainer().last_checkpoint()->step != 12 && std::chrono::steady_clock::now() < begin + patience) {
    std::this_thread::yield();
  }
  CHECK(run.pipeline.trainer().last_checkpoint()->step == 12);
}

TEST_CASE("trainer: a batch that cannot be learned is skipped, counted and replayed as skipped") {
  const Config config = small_config(10);
  Random random(4);
  const ScratchDirectory scratch;
  std::vector<Group> groups;
  for (int i = 0; i < 5; ++i) groups.push_back(random_group(config, 10, random));
  for (float& value : groups[2].samples.x) value = std::numeric_limits<float>::quiet_NaN();
  Reference reference(config.learner);
  for (const Group& group : groups) reference.add(group);
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed(groups);
    CHECK(run.drain() == reference.sha256());
    CHECK(run.state().skipped == 1);
    CHECK(run.state().step == 5);
    CHECK(run.pipeline.snapshots().load()->skipped == 1);
    CHECK(metric(run.telemetry, "altmind_batches_skipped_total{reason=\"not_finite\"}") == 1);
  }
  fs::remove_all(checkpoint_directory(scratch / "data"));
  CHECK(rebuilt(scratch / "data") == reference.sha256());
}

TEST_CASE("trainer: steps that are undone are counted, and undone again by a replay, up to the weights anew") {
  Config config = small_config(10);
  config.learner.learning.output_rule = OutputRule::sgd;
  config.learner.learning.output_rate = 1e6;
  config.learner.normaliser.kind = NormaliserKind::none;
  Random random(6);
  const ScratchDirectory scratch;
  std::vector<Group> groups;
  for (int i = 0; i < 205; ++i) {
    groups.push_back(random_group(config, 10, random));
    for (float& x : groups.back().samples.x) x *= 1e9F;  // at that rate a step makes weights too large to keep
  }
  Reference reference(config.learner);
  for (const Group& group : groups) reference.add(group);
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed(groups);
    CHECK(run.drain() == reference.sha256());
    CHECK(run.state().undone == 205);
    CHECK(run.state().unlearned == 205);
    CHECK(run.state().renewals == 2);
    CHECK(run.pipeline.snapshots().load()->unlearned >= not_learning_batches);
    CHECK(metric(run.telemetry, "altmind_steps_undone_total") == 205);
    CHECK(metric(run.telemetry, "altmind_unlearned_batches") == 205);
    CHECK(metric(run.telemetry, "altmind_renewals_total{part=\"memory\"}") == 1);
    CHECK(metric(run.telemetry, "altmind_renewals_total{part=\"weights\"}") == 1);
  }
  CHECK(rebuilt(scratch / "data") == reference.sha256());
  fs::remove_all(checkpoint_directory(scratch / "data"));
  CHECK(rebuilt(scratch / "data") == reference.sha256());
}

TEST_CASE("trainer: samples per second is what was learned over the time it took") {
  const Config config = small_config(10);
  Random random(5);
  Running run(config, PipelineOptions{});
  run.start();
  CHECK(run.pipeline.trainer().samples_per_second() == 0.0);
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t fed = 0;
  while (run.pipeline.trainer().samples_per_second() == 0.0) {
    fed += 10;
    run.feed({random_group(config, 10, random)});
    run.wait_learned(fed);
    if (std::chrono::steady_clock::now() - begin > patience) break;
  }
  const double rate = run.pipeline.trainer().samples_per_second();
  CHECK(rate > 0.0);
  CHECK(rate <= static_cast<double>(fed) + 10);  // the first rate covers at least one second
  run.drain();
}
