#pragma once
// Random groups, a reference learner, and a pipeline fed by a test.

#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "adapters/store/checkpoint/state_codec.hpp"
#include "adapters/telemetry/log.hpp"
#include "core/linalg/random.hpp"
#include "core/step/learner.hpp"
#include "daemon/pipeline.hpp"
#include "tests/support/recording_probe.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::test {

using namespace std::chrono_literals;

constexpr auto patience = 60s;  ///< far longer than any step here takes

template <typename T>
T get(std::future<T>& future) {
  if (future.wait_for(patience) != std::future_status::ready) throw std::runtime_error("it did not happen in time");
  return future.get();
}

/// Returns a small model without max_batch_age.
inline config::Config small_config(std::size_t batch_size = 16) {
  config::Config config;
  config.learner.model.spec = {Task::classification, LabelKind::index, 4, 5};
  config.learner.model.hidden = {6, 5};
  config.learner.learning.batch_size = batch_size;
  config.max_batch_age = 0ms;
  config.queue_samples = 100;
  config.store.checkpoint_time = 0ms;
  config.log.level = telemetry::LogLevel::error;
  return config;
}

inline Samples random_samples(const SampleSpec& spec, std::size_t count, Random& random) {
  Samples samples;
  samples.count = count;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < spec.inputs; ++j) samples.x.push_back(static_cast<float>(random.normal()));
    if (spec.task == Task::regression) {
      for (std::size_t k = 0; k < spec.outputs; ++k) samples.target.push_back(static_cast<float>(random.normal()));
    } else if (spec.labels == LabelKind::index) {
      samples.label.push_back(static_cast<std::uint32_t>(random.below(spec.outputs)));
    } else {
      samples.name.push_back("class " + std::to_string(random.below(spec.outputs + 2)));  // two classes too many
    }
  }
  return samples;
}

inline Group random_group(const config::Config& config, std::size_t count, Random& random) {
  Group group;
  group.samples = random_samples(config.learner.model.spec, count, random);
  return group;
}

/// Returns `count` groups of 0 to `most` samples, from two streams, some with a key.
inline std::vector<Group> random_groups(const SampleSpec& spec, std::size_t count, std::size_t most, Random& random) {
  std::vector<Group> groups(count);
  for (std::size_t i = 0; i < count; ++i) {
    groups[i].samples = random_samples(spec, random.below(most + 1), random);
    groups[i].origin.source = "test";
    groups[i].origin.stream.assign(1, i % 3 == 0 ? 'b' : 'a');
    groups[i].origin.position = std::to_string(i);
    if (i % 4 == 0) {
      groups[i].origin.key = "key " + std::to_string(i);
      groups[i].origin.body_hash = 1000 + i;
    }
  }
  return groups;
}

/// Computes the expected state sample by sample: names get indices in order of arrival, batch_size samples
/// make a batch, an option applies from the next batch on.
class Reference {
 public:
  explicit Reference(const LearnerOptions& options)
      : options_(options), learner_(std::make_unique<Learner>(options)), names_(learner_->state().labels.names()) {}

  void add(const Group& group) {
    const SampleSpec& spec = options_.model.spec;
    for (std::size_t i = 0; i < group.samples.count; ++i) {
      One one;
      if (spec.task == Task::regression) {
        one.target.assign(at(group.samples.target, i, spec.outputs), at(group.samples.target, i + 1, spec.outputs));
      } else if (spec.labels == LabelKind::index) {
        one.label = group.samples.label[i];
      } else {
        const std::string& name = group.samples.name[i];
        while (one.label < names_.size() && names_[one.label] != name) ++one.label;
        if (one.label == spec.outputs) continue;
        if (one.label == names_.size()) {
          names_.push_back(name);
          one.new_name = name;
        }
      }
      one.x.assign(at(group.samples.x, i, spec.inputs), at(group.samples.x, i + 1, spec.inputs));
      waiting_.push_back(std::move(one));
      ++sequence_;
      if (waiting_.size() == options_.learning.batch_size) cut();
    }
  }
  void cut() {
    if (waiting_.empty()) return;
    Batch batch;
    batch.last_sequence = sequence_;
    for (const One& one : waiting_) {
      Samples& to = batch.samples;
      ++to.count;
      to.x.insert(to.x.end(), one.x.begin(), one.x.end());
      to.target.insert(to.target.end(), one.target.begin(), one.target.end());
      if (options_.model.spec.task == Task::classification) to.label.push_back(one.label);
      if (!one.new_name.empty()) batch.new_names.push_back(one.new_name);
    }
    waiting_.clear();
    if (learner_->options() != options_) learner_ = std::make_unique<Learner>(options_, learner_->state());
    learner_->step(batch);
  }
  void announce() {
    cut();
    learner_->consolidate();
  }
  void configure(const LearnerOptions& options) {
    options_ = options;
    if (waiting_.size() >= options.learning.batch_size) cut();
  }

  std::string sha256() const { return store::state_sha256(learner_->state()); }
  std::uint64_t sequence() const { return sequence_; }
  std::size_t waiting() const { return waiting_.size(); }
  const LearnerState& state() const { return learner_->state(); }

 private:
  struct One {
    std::vector<float> x, target;
    std::uint32_t label = 0;
    std::string new_name;
  };
  static std::vector<float>::const_iterator at(const std::vector<float>& values, std::size_t i, std::size_t width) {
    return values.begin() + static_cast<std::ptrdiff_t>(i * width);
  }

  LearnerOptions options_;
  std::unique_ptr<Learner> learner_;
  std::vector<std::string> names_;
  std::vector<One> waiting_;
  std::uint64_t sequence_ = 0;
};

/// Returns the options of a pipeline whose directory is in `scratch`.
inline daemon::PipelineOptions in(const ScratchDirectory& scratch) {
  daemon::PipelineOptions options;
  options.directory = std::filesystem::path(scratch / "data");
  return options;
}

/// A running pipeline. If destroyed without stop(), samples not learned yet stay in the journal.
class Running {
 public:
  Running(const config::Config& config, daemon::PipelineOptions options)
      : telemetry({"test"}), pipeline((configure_log(config.log), config), std::move(options), probe, telemetry) {
    pipeline.trainer().observe([this](const Batch& batch) {
      const std::lock_guard lock(mutex_);
      learned_ = batch.last_sequence;
      changed_.notify_all();
    });
  }
  Running(const config::Config& config, const std::filesystem::path& directory)
      : Running(config, daemon::PipelineOptions{directory, true, false, false, false, {}}) {
    start();
  }

  void start() {
    pipeline.start([this] { finished_.set_value(); });
  }
  /// Offers a group as a source does, waiting for room. Returns nothing once the queue is closed.
  std::optional<std::future<Receipt>> offer(Group group) {
    const auto receipt = std::make_shared<std::promise<Receipt>>();
    for (;;) {
      const std::size_t count = group.samples.count;
      const Offered offered = pipeline.queue().offer(group, [receipt](const Receipt& r) { receipt->set_value(r); });
      if (offered.admission == Admission::closed) return std::nullopt;
      if (offered.admission == Admission::accepted) return receipt->get_future();
      const auto room = std::make_shared<std::promise<void>>();
      auto told = room->get_future();
      pipeline.queue().when_room(count, [room] { room->set_value(); });
      get(told);
    }
  }
  /// Offers all groups; returns the last receipt when all are durable.
  Receipt feed(const std::vector<Group>& groups) {
    std::vector<std::future<Receipt>> receipts;
    for (const Group& group : groups) receipts.push_back(offer(group).value());
    Receipt last;
    for (auto& receipt : receipts) {
      last = get(receipt);
      if (!last.durable) throw std::runtime_error("the journal refused a group");
    }
    return last;
  }
  /// Announces a boundary; returns when it is durable.
  Receipt announce() {
    const auto receipt = std::make_shared<std::promise<Receipt>>();
    auto future = receipt->get_future();
    if (!pipeline.queue().announce([receipt](const Receipt& r) { receipt->set_value(r); })) {
      throw std::runtime_error("the queue has closed");
    }
    return get(future);
  }
  /// Waits until the batch that ends with (or after) this sample has been given to the learner.
  void wait_learned(std::uint64_t sequence) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return learned_ >= sequence; })) {
      throw std::runtime_error("the batch was not learned in time");
    }
  }
  void finish() {
    auto finished = finished_.get_future();
    get(finished);
    pipeline.join();
  }
  /// Learns all batches and saves; returns the state's hash.
  std::string drain() {
    pipeline.stop(std::nullopt);
    finish();
    return sha256();
  }
  /// Stops at once, leaving batches unlearned.
  void abandon() {
    pipeline.stop(std::chrono::steady_clock::now());
    finish();
  }
  std::string sha256() { return store::state_sha256(state()); }
  const LearnerState& state() { return pipeline.trainer().learner().state(); }
  http::CheckpointOutcome checkpoint() {
    const auto promise = std::make_shared<std::promise<http::CheckpointOutcome>>();
    auto future = promise->get_future();
    pipeline.trainer().request_checkpoint([promise](const http::CheckpointOutcome& o) { promise->set_value(o); });
    return get(future);
  }

  RecordingProbe probe;
  telemetry::Telemetry telemetry;

 private:
  std::mutex mutex_;  // protects learned_
  std::condition_variable changed_;
  std::uint64_t learned_ = 0;
  std::promise<void> finished_;

 public:
  daemon::Pipeline pipeline;  // declared last: its threads use the rest
};

/// Rebuilds the state from the directory; returns its hash.
inline std::string rebuilt(const std::filesystem::path& directory, std::optional<std::uint64_t> until = std::nullopt) {
  ingest::Ledger live;
  ingest::Ledger learned;
  return store::state_sha256(daemon::recover(directory, nullptr, until, live, learned, {}).learner->state());
}

/// Returns the checkpoints of scratch/data, oldest first.
inline std::vector<std::filesystem::path> checkpoints(const ScratchDirectory& scratch) {
  return store::checkpoint_files(daemon::checkpoint_directory(scratch / "data"));
}

/// Rebuilds scratch/data from its newest checkpoint, from every older one, and finally from the journal's start,
/// removing each. Returns "" if all give `sha256`, otherwise the first starting point that does not.
inline std::string rebuilt_otherwise(const ScratchDirectory& scratch, const std::string& sha256) {
  for (;;) {
    const auto files = checkpoints(scratch);
    const std::string from = files.empty() ? "the journal's start" : files.back().string();
    if (rebuilt(scratch / "data") != sha256) return from;
    if (files.empty()) return "";
    std::filesystem::remove(files.back());
  }
}

}  // namespace altmind::test
