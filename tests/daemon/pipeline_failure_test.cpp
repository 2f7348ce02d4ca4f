// Disks that refuse.

#include <doctest/doctest.h>

#include "daemon/pipeline.hpp"
#include "tests/daemon/file_size_limit.hpp"
#include "tests/daemon/support.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::daemon;
using namespace altmind::test;
namespace fs = std::filesystem;

TEST_CASE("failure: when the journal refuses, everyone is told once, learning ends and predictions go on") {
  for (const std::size_t batch_size : {std::size_t{5}, std::size_t{1000}}) {
    CAPTURE(batch_size);
    const Config config = small_config(batch_size);
    Random random(batch_size);
    const ScratchDirectory scratch;
    std::vector<Group> groups = random_groups(config.learner.model.spec, 400, 30, random);
    std::mutex mutex;
    std::vector<std::vector<Receipt>> receipts(groups.size());
    std::size_t accepted = 0;
    {
      Running run(config, fs::path(scratch / "data"));
      const FileSizeLimit limit(30'000);
      while (accepted < groups.size()) {
        Group group = groups[accepted];
        const std::size_t count = group.samples.count;
        const Offered offered = run.pipeline.queue().offer(group, [&, i = accepted](const Receipt& receipt) {
          const std::lock_guard lock(mutex);
          receipts[i].push_back(receipt);
        });
        if (offered.admission == Admission::closed) break;
        if (offered.admission == Admission::accepted) {
          ++accepted;
          continue;
        }
        const auto told = std::make_shared<std::promise<void>>();
        auto room = told->get_future();
        run.pipeline.queue().when_room(count, [told] { told->set_value(); });
        get(room);
      }
      REQUIRE(accepted < groups.size());
      run.finish();  // by itself
      CHECK(run.pipeline.writer().failed());
      const auto snapshot = run.pipeline.snapshots().load();
      CHECK(snapshot->sequence == run.state().sequence);
      CHECK(snapshot->predict(groups[1].samples.x).count == groups[1].samples.count);
      CHECK_FALSE(run.offer(groups[0]));
      CHECK_FALSE(run.pipeline.queue().announce({}));
      CHECK_FALSE(run.checkpoint().saved);
      run.pipeline.stop(std::chrono::steady_clock::now());
    }
    Reference reference(config.learner);
    std::size_t durable = 0;
    for (std::size_t i = 0; i < accepted; ++i) {
      REQUIRE(receipts[i].size() == 1);
      if (!receipts[i][0].durable) continue;
      CHECK(durable == i);  // what is refused is the end, without gaps
      ++durable;
      reference.add(groups[i]);
      CHECK(receipts[i][0].last_sequence == reference.sequence());
    }
    CHECK(durable > 0);
    CHECK(durable < accepted);
    Running again(config, fs::path(scratch / "data"));
    CHECK(again.pipeline.journal()->last_sequence() == reference.sequence());
    CHECK(again.drain() == reference.sha256());
  }
}

TEST_CASE("failure: a cut that cannot be recorded is not learned") {
  Config config = small_config(50);
  Random random(1);
  const ScratchDirectory scratch;
  Group group = random_group(config, 20, random);
  fs::path segment;
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed({group});
    run.drain();
  }
  config.max_batch_age = 50ms;
  {
    PipelineOptions options;
    options.directory = fs::path(scratch / "data");
    Running run(config, options);
    segment = fs::directory_iterator(journal_directory(scratch / "data"))->path();
    const FileSizeLimit limit(fs::file_size(segment));
    run.start();
    run.finish();
    CHECK(run.pipeline.writer().failed());
    CHECK(run.state().step == 0);
  }
  Running run(config, fs::path(scratch / "data"));
  run.wait_learned(20);
  run.drain();
  Reference reference(config.learner);
  reference.add(group);
  reference.cut();
  CHECK(run.sha256() == reference.sha256());
}
