#include "adapters/sources/file/file_source.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>

#include "adapters/background_thread.hpp"
#include "adapters/memory_error.hpp"
#include "adapters/sources/file/file_watch.hpp"
#include "adapters/sources/file/finite_input.hpp"
#include "adapters/sources/file/follower.hpp"
#include "adapters/sources/file/source_feed.hpp"

namespace altmind::file {
namespace {

constexpr std::chrono::milliseconds look_again{1000};       // if the kernel reports changes
constexpr std::chrono::milliseconds look_again_blind{200};  // if it does not
constexpr std::size_t stdin_chunk = 256 * 1024;

void check_stdin(const adapters::SourceOptions& options) {
  const auto refuse = [&](const char* sentence) {
    throw std::runtime_error("source \"" + options.name + "\": standard input " + sentence);
  };
  if (options.format == adapters::Format::idx || options.format == adapters::Format::cifar10) {
    refuse("takes format \"ndjson\", \"csv\", \"libsvm\" or \"vw\"");
  }
  if (options.shuffle || options.epochs != 1) refuse("is read once and in order: no shuffle, no epochs");
}

}  // namespace

struct FileSource::Impl {
  Impl(adapters::SourceOptions given, const SampleSpec& shape, SampleSink& sink, const ingest::Ledger& known,
       ingest::IngestProbe& probe)
      : options(std::move(given)), spec(shape), ledger(known), feed(options, shape, sink, probe) {}

  bool finite() const { return options.type == adapters::SourceType::standard_input || !options.follow; }
  void run(const std::stop_token& stop);
  bool run_follow(const std::stop_token& stop);
  bool follow(std::optional<FilePosition>& position, const std::stop_token& stop);
  void wait_for_change(const char* state);
  bool run_stdin(const std::stop_token& stop);
  std::optional<FilePosition> stored_position() const;

  const adapters::SourceOptions options;
  const SampleSpec spec;
  const ingest::Ledger& ledger;
  SourceFeed feed;
  std::atomic<bool> finished = false;

  // Used by the thread; created in start(), which can then report errors.
  FileWatch watch;  // wake() also from stop()
  std::unique_ptr<FiniteInput> input;
  std::unique_ptr<Follower> follower;
  std::uint64_t gaps_before = 0;  // of followers that failed
  std::unique_ptr<TextRecords> records;

  std::jthread thread;  // last: it uses all of the above
};

std::optional<FilePosition> FileSource::Impl::stored_position() const {
  const std::optional<std::string> text = ledger.position(feed.stream());
  return text ? std::optional(file_position_from_json(*text)) : std::nullopt;
}

// The one place where errors in reading are caught.
void FileSource::Impl::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { watch.wake(); });
  try {
    feed.set_state("reading");
    const bool complete = input      ? input->run(stored_position(), feed, stop)
                          : follower ? run_follow(stop)
                                     : run_stdin(stop);
    finished = complete && feed.wait_durable(stop);
    if (!feed.failure()) feed.set_state(finished ? "finished" : "stopped");
  } catch (const std::exception& error) {
    feed.fail(adapters::words_of(error));
  }
}

void FileSource::Impl::wait_for_change(const char* state) {
  feed.set_state(state);
  watch.wait(watch.told_of_changes() ? look_again : look_again_blind);
}

/// What prevents a growing file from being read may go away, so this retries forever.
bool FileSource::Impl::run_follow(const std::stop_token& stop) {
  std::optional<FilePosition> position = stored_position();
  bool begun = false;
  for (;;) {
    try {
      if (!begun && position) follower->resume(*position);
      begun = true;
      return follow(position, stop);
    } catch (const CannotGoOn& error) {
      feed.fail(error.what());
    } catch (const std::runtime_error& error) {
      feed.fail(error.what());
      // How far it came is unknown: resume from the last delivery, as after a restart.
      gaps_before += follower->gaps();
      follower = std::make_unique<Follower>(options, spec, watch);
      begun = false;
    }
    if (stop.stop_requested()) return false;
    wait_for_change("failed");
  }
}

/// `position`: after what was delivered last.
bool FileSource::Impl::follow(std::optional<FilePosition>& position, const std::stop_token& stop) {
  while (!follower->at_limit()) {
    Samples samples;
    const std::size_t count = follower->read(feed.group_max(), samples, feed.rejected());
    feed.set_reading(follower->path(), follower->note(), gaps_before + follower->gaps());
    feed.recovered();
    if (count > 0) {
      position = follower->position();
      if (!feed.deliver(std::move(samples), position, stop)) return false;
    } else {
      if (stop.stop_requested()) return false;
      wait_for_change("waiting for more");
      feed.set_state("reading");
    }
  }
  return true;
}

bool FileSource::Impl::run_stdin(const std::stop_token& stop) {
  std::vector<char> chunk(stdin_chunk);
  records->begin("standard input", TextRecords::FirstLine::header);
  Samples samples;
  std::uint64_t record = 0;
  const std::uint64_t end = options.limit ? options.skip + *options.limit : ~std::uint64_t{0};
  const auto count_one = [&](bool taken) {
    if (taken) ++record;
    return taken;
  };
  const auto wanted = [&] { return record < options.skip ? nullptr : &samples; };
  const auto deliver = [&] { return feed.deliver(std::exchange(samples, {}), std::nullopt, stop); };
  for (;;) {
    while (record < end && count_one(records->next(record, wanted(), &feed.rejected()))) {
      if (stop.stop_requested()) return false;
      if (samples.count == feed.group_max() && !deliver()) return false;
    }
    if (record >= end) return deliver();
    // Deliver buffered records before blocking.
    if (!watch.readable_now(STDIN_FILENO) && !deliver()) return false;
    if (!watch.wait_readable(STDIN_FILENO)) return false;
    const std::size_t got = read_some(STDIN_FILENO, chunk, "standard input");
    records->push({chunk.data(), got});
    if (got > 0) continue;
    count_one(records->finish(record, wanted(), &feed.rejected()));
    return deliver();
  }
}

FileSource::FileSource(adapters::SourceOptions options, const SampleSpec& spec, SampleSink& sink,
                       const ingest::Ledger& ledger, ingest::IngestProbe& probe)
    : impl_(std::make_unique<Impl>(std::move(options), spec, sink, ledger, probe)) {}

FileSource::~FileSource() {
  stop();
}

void FileSource::start() {
  Impl& impl = *impl_;
  if (impl.options.type == adapters::SourceType::standard_input) {
    check_stdin(impl.options);
    impl.records = std::make_unique<TextRecords>(impl.options, impl.spec);
  } else if (impl.options.follow) {
    impl.follower = std::make_unique<Follower>(impl.options, impl.spec, impl.watch);
  } else {
    impl.input = std::make_unique<FiniteInput>(impl.options, impl.spec);
  }
  impl.thread = std::jthread([&impl](const std::stop_token& stop) {
    adapters::enter_background("source", 10);
    impl.run(stop);
  });
}

void FileSource::stop() noexcept {
  impl_->thread.request_stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

std::string FileSource::status() const {
  return impl_->feed.status();
}

std::optional<adapters::SourceProgress> FileSource::progress() const {
  if (!impl_->finite()) return std::nullopt;
  const bool finished = impl_->finished;
  return adapters::SourceProgress{finished ? 1.0 : impl_->feed.fraction(), finished};
}

std::optional<std::string> FileSource::failure() const {
  return impl_->feed.failure();
}

}  // namespace altmind::file
