// Disk failures.

#include <doctest/doctest.h>

#include <thread>

#include "daemon/pipeline.hpp"
#include "tests/daemon/file_size_limit.hpp"
#include "tests/daemon/support.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::daemon;
using namespace altmind::test;
namespace fs = std::filesystem;

TEST_CASE("failure: when the disk stays full, everyone is told once, learning ends and predictions go on") {
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
        if (run.pipeline.writer().full()) break;
      }
      REQUIRE(accepted < groups.size());
      run.pipeline.stop(std::nullopt);
      run.finish();
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
      CHECK(durable == i);  // only a suffix is refused, without gaps
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

TEST_CASE("failure: with room again on a full disk learning goes on as if the refused had never been sent") {
  Config config = small_config(7);
  config.learner.model.spec.labels = LabelKind::named;
  config.learner.model.spec.outputs = 40;
  config.queue_samples = 60;
  Random random(11);
  const ScratchDirectory scratch;
  Reference reference(config.learner);
  const auto group_of = [&](int first_class) {
    Group group = random_group(config, 6, random);
    for (std::string& name : group.samples.name) name = "class " + std::to_string(first_class++ % 30);
    return group;
  };
  {
    Running run(config, fs::path(scratch / "data"));
    const Group known = group_of(0);
    run.feed({known});
    reference.add(known);
    std::vector<std::pair<Group, std::future<Receipt>>> batchable;
    int refused = 0;
    {
      const FileSizeLimit limit(64);
      for (int i = 0; i < 8; ++i) {
        Group group = group_of(20 - i);
        group.batchable = i % 2 == 0;  // like groups of files; names introduced by the others must not stay
        Group sent = group;
        auto receipt = run.offer(std::move(sent)).value();
        if (group.batchable) {
          batchable.emplace_back(std::move(group), std::move(receipt));
        } else {
          CHECK_FALSE(get(receipt).durable);
          ++refused;
        }
      }
      CHECK(run.pipeline.writer().full());
      CHECK_FALSE(run.announce().durable);
    }
    CHECK(refused == 4);
    for (auto& [group, receipt] : batchable) {
      CHECK(get(receipt).durable);
      reference.add(group);
    }
    const Group last = group_of(25);
    CHECK(run.feed({last}).durable);
    reference.add(last);
    CHECK_FALSE(run.pipeline.writer().full());
    CHECK(run.drain() == reference.sha256());
    CHECK_FALSE(run.pipeline.failed());
  }
  CHECK(rebuilt_otherwise(scratch, reference.sha256()) == "");
}

TEST_CASE("failure: names of categories that were refused for want of room come back with those who use them") {
  SampleSpec spec{Task::classification, LabelKind::index, 2, 3};
  spec.columns.resize(2);
  spec.columns[0].name = "kind";
  spec.columns[0].type = ColumnType::categorical;
  spec.columns[0].size = 4;
  spec.columns[1].name = "size";
  SampleQueue queue(spec, 100, {});
  const auto offer = [&](std::vector<std::string> kinds, bool batchable) {
    Group group;
    group.batchable = batchable;
    for (const std::string& kind : kinds) {
      ++group.samples.count;
      group.samples.label.push_back(0);
      group.samples.x.push_back(word_cell(group.samples.words.add(kind)));
      group.samples.x.push_back(0.5F);
    }
    REQUIRE(queue.offer(group, {}).admission == Admission::accepted);
  };
  offer({"a"}, false);
  queue.take(std::nullopt);  // durable
  offer({"b", "a"}, false);
  offer({"c", "b", "a"}, true);
  auto taken = queue.take(std::nullopt).value();
  offer({"d", "b"}, true);
  offer({"e"}, false);
  CHECK(queue.put_back(std::move(taken)).size() == 2);
  taken = queue.take(std::nullopt).value();
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].group.samples.x == std::vector<float>{1, 0.5F, 2, 0.5F, 0, 0.5F});
  REQUIRE(taken[0].group.categories.size() == 2);
  CHECK(taken[0].group.categories[0].category.name == "c");
  CHECK(taken[1].group.samples.x == std::vector<float>{3, 0.5F, 2, 0.5F});
  REQUIRE(taken[1].group.categories.size() == 1);
  CHECK(taken[1].group.categories[0].category.name == "d");
  CHECK(queue.samples() == 0);
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
    while (!run.pipeline.writer().full()) std::this_thread::yield();
    run.pipeline.stop(std::nullopt);
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
