// Restarts with a changed configuration, or on the directory of another model.

#include <doctest/doctest.h>

#include "daemon/pipeline.hpp"
#include "daemon/recovery.hpp"
#include "tests/daemon/support.hpp"
#include "tests/support/layered.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch_directory.hpp"

using namespace altmind;
using namespace altmind::config;
using namespace altmind::daemon;
using namespace altmind::ingest;
using namespace altmind::store;
using namespace altmind::test;
namespace fs = std::filesystem;

namespace {

/// Returns the message that opening throws; empty if none.
std::string refusal(const Config& config, const PipelineOptions& options) {
  try {
    const Running run(config, options);
  } catch (const WrongDirectory& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("restart: changed learning options hold from the next batch on, and every replay knows when that was") {
  for (std::uint64_t seed = 0; seed < test::runs(8); ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Config config = small_config(20);
    config.store.checkpoint_batches = 2;
    config.store.keep = 3;
    const ScratchDirectory scratch;
    Reference reference(config.learner);
    for (int round = 0; round < 8; ++round) {
      if (round > 0) {
        LearnerOptions& learner = config.learner;
        learner.memory.damping = 1.0 + random.uniform() * 50;
        learner.memory.gain.kind = static_cast<Gain::Kind>(random.below(3));
        learner.memory.gain.value = learner.memory.gain.kind == Gain::Kind::fixed ? 4.0 : 0.0;
        learner.learning.batch_size = 1 + random.below(40);
        learner.learning.rule = static_cast<Rule>(random.below(3));
        learner.learning.output_rule = static_cast<OutputRule>(random.below(3));
        learner.model.activation = random.below(2) == 0 ? Activation::relu : Activation::tanh;
        reference.configure(learner);
      }
      const auto groups = random_groups(config.learner.model.spec, random.below(8), 30, random);
      Running run(config, fs::path(scratch / "data"));
      run.feed(groups);
      for (const Group& group : groups) reference.add(group);
      if (random.below(3) == 0) {
        run.checkpoint();  // possibly before the new options were ever used
        run.abandon();
      } else {
        CHECK(run.drain() == reference.sha256());
      }
    }
    CHECK(rebuilt_otherwise(scratch, reference.sha256()) == "");
  }
}

TEST_CASE("restart: convolutions, recurrent layers and sign units come back to the same bits") {
  const std::vector<std::vector<LayerOptions>> networks = {
      {test::convolution(3, 2, 2), test::dense(5, Activation::sign)},
      {test::convolution(4, 2), test::recurrent(6, 3, Activation::tanh)}};
  for (const std::vector<LayerOptions>& layers : networks) {
    Config config = small_config(20);
    config.learner.model.spec.inputs = 12;
    config.learner.model.image = {1, 4, 3};
    config.learner.model.layers = layers;
    config.store.checkpoint_batches = 2;
    Random random(layers.front().units);
    const ScratchDirectory scratch;
    Reference reference(config.learner);
    for (int round = 0; round < 4; ++round) {
      const auto groups = random_groups(config.learner.model.spec, 6, 30, random);
      Running run(config, fs::path(scratch / "data"));
      run.feed(groups);
      for (const Group& group : groups) reference.add(group);
      if (round % 2 == 0) {
        run.abandon();
      } else {
        CHECK(run.drain() == reference.sha256());
      }
    }
    CHECK(rebuilt_otherwise(scratch, reference.sha256()) == "");
  }
}

TEST_CASE("restart: a batch cut by a smaller batch_size keeps what the new rule has learned from it") {
  Config config = small_config(50);
  config.learner.learning.rule = Rule::am_sgd;
  Random random(1);
  Group group = random_group(config, 30, random);
  const ScratchDirectory scratch;
  Reference reference(config.learner);
  reference.add(group);
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed({group});
    run.drain();
  }
  config.learner.learning.rule = Rule::am_mem;
  config.learner.learning.batch_size = 10;
  reference.configure(config.learner);
  CHECK(reference.sequence() == 30);
  CHECK(reference.waiting() == 0);
  for (int i = 0; i < 3; ++i) {  // also if only starts and stops follow
    Running run(config, fs::path(scratch / "data"));
    CHECK(run.drain() == reference.sha256());
    CHECK(run.state().arms[0].tuning.layers.size() == 3);
  }
  CHECK(rebuilt(scratch / "data") == reference.sha256());
}

TEST_CASE("restart: until the next batch a checkpoint says what its state was learned with") {
  Config config = small_config(10);
  Random random(2);
  Group group = random_group(config, 10, random);
  const ScratchDirectory scratch;
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed({group});
    run.drain();
  }
  const std::string before = rebuilt(scratch / "data");
  Config wrong = config;
  wrong.learner.learning.rule = Rule::am_sgd;
  wrong.learner.model.name = "renamed";
  {
    Running run(wrong, fs::path(scratch / "data"));
    CHECK(run.pipeline.snapshots().load()->name == "renamed");
    CHECK(run.checkpoint().saved);
    run.drain();
  }
  Running run(config, fs::path(scratch / "data"));  // the mistake is corrected: nothing is lost
  CHECK(run.drain() == before);
  CHECK(run.state().arms[0].tuning.layers.size() == 3);
}

TEST_CASE("restart: another shape is refused, naming both, and the directory stays usable") {
  Config config = small_config(10);
  Random random(4);
  const ScratchDirectory scratch;
  {
    Running run(config, fs::path(scratch / "data"));
    run.feed(random_groups(config.learner.model.spec, 10, 12, random));
    run.drain();
  }
  const std::string before = rebuilt(scratch / "data");
  using Change = std::function<void(LearnerOptions&)>;
  const std::vector<std::tuple<Change, std::string, std::string, std::string>> changes = {
      {[](LearnerOptions& o) { o.model.spec.inputs = 7; }, "model.inputs", "7", "4"},
      {[](LearnerOptions& o) { o.model.spec.outputs = 8; }, "model.max_classes", "8", "5"},
      {[](LearnerOptions& o) { o.model.spec.task = Task::regression; }, "model.task", "regression", "classification"},
      {[](LearnerOptions& o) { o.model.spec.labels = LabelKind::named; }, "model.labels", "named", "index"},
      {[](LearnerOptions& o) {
         o.model.hidden = {6, 4};
       },
       "model.hidden", "[6, 4]", "[6, 5]"},
      {[](LearnerOptions& o) { o.normaliser.kind = NormaliserKind::none; }, "features.normaliser", "none",
       "standardise"},
  };
  for (const bool from_journal : {false, true}) {
    if (from_journal) fs::remove_all(checkpoint_directory(scratch / "data"));
    for (const auto& [change, key, configured, recorded] : changes) {
      Config other = config;
      change(other.learner);
      const std::string why = refusal(other, in(scratch));
      CHECK(why.starts_with(key + ": " + configured + " in the configuration, " + recorded + " in the data directory"));
      CHECK(why.find(scratch / "data") != std::string::npos);
    }
  }
  CHECK(refusal(config, in(scratch)).empty());
  CHECK(rebuilt(scratch / "data") == before);
}

TEST_CASE("restart: a start that must be fresh refuses a directory with a model, and only that") {
  const Config config = small_config(10);
  const ScratchDirectory scratch;
  PipelineOptions fresh = in(scratch);
  fresh.require_empty = true;
  fs::create_directories(scratch / "data/journal");
  scratch.write("data/rejected.ndjson", "");
  CHECK(refusal(config, fresh).empty());  // leaves a journal with its configuration
  CHECK(refusal(config, fresh).find(scratch / "data") != std::string::npos);
  CHECK(refusal(config, in(scratch)).empty());
  CHECK_THROWS_AS(rebuilt(scratch / "nothing"), WrongDirectory);
}

TEST_CASE("restart: two pipelines never share a directory") {
  const Config config = small_config(10);
  const ScratchDirectory scratch;
  {
    const Running first(config, in(scratch));
    CHECK_THROWS_AS(Running(config, in(scratch)), DirectoryLocked);
  }
  CHECK_NOTHROW(Running(config, in(scratch)));
}

TEST_CASE("restart: with a schema the state is the same however often the daemon ended, and from the journal alone") {
  for (std::uint64_t seed = 0; seed < test::runs(6); ++seed) {
    CAPTURE(seed);
    Config config = small_config(15);
    config.store.checkpoint_batches = 3;
    SampleSpec& spec = config.learner.model.spec;
    spec.inputs = 3;
    spec.columns = {{"n", ColumnType::numeric, ColumnEncoding::onehot, 64, Missing::flag},
                    {"c", ColumnType::categorical, ColumnEncoding::onehot, 6, Missing::flag},
                    {"h", ColumnType::categorical, ColumnEncoding::hashed, 5, Missing::refuse}};
    config.learner.normaliser.kind = NormaliserKind::standardise;
    const auto groups = [&](Random& random) {
      std::vector<Group> out = random_groups(spec, 30, 12, random);
      for (Group& group : out) {
        for (std::size_t i = 0; i < group.samples.count; ++i) {
          float* cells = group.samples.x.data() + i * 3;
          if (random.below(4) == 0) cells[0] = missing_cell;
          const std::string name = "name " + std::to_string(random.below(9));
          cells[1] = random.below(6) == 0 ? missing_cell : word_cell(group.samples.words.add(name));
          cells[2] = static_cast<float>(random.below(5));
        }
      }
      return out;
    };
    Random whole_random(seed);
    const ScratchDirectory whole;
    std::string expected;
    {
      Running run(config, fs::path(whole / "data"));
      run.feed(groups(whole_random));
      expected = run.drain();
      CHECK(run.state().categories->at(1).size() == 6);
    }
    Random random(seed);
    const auto all = groups(random);
    const ScratchDirectory scratch;
    for (std::size_t from = 0; from < all.size(); from += 6) {
      Running run(config, fs::path(scratch / "data"));
      run.feed({all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(from + 6)});
      if (from % 12 == 0) {
        run.abandon();
      } else {
        run.drain();
      }
    }
    {
      Running run(config, fs::path(scratch / "data"));
      CHECK(run.drain() == expected);
    }
    while (!checkpoints(scratch).empty()) fs::remove(checkpoints(scratch).back());
    if (fs::exists(journal_directory(scratch / "data"))) CHECK(rebuilt(scratch / "data") == expected);

    spec.columns[1].size = 7;
    CHECK(refusal(config, in(scratch)).find("features.column[1]") != std::string::npos);
  }
}
