#include "adapters/sources/generator/generator_source.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "adapters/background_thread.hpp"
#include "adapters/ingest/blocking_offer.hpp"
#include "adapters/ingest/group_size.hpp"
#include "adapters/memory_error.hpp"
#include "adapters/sources/generator/stream_shape.hpp"
#include "adapters/sources/generator/streams.hpp"

namespace altmind::generator {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds pause{20};  // between groups when a rate is set

}  // namespace

struct GeneratorSource::Impl {
  Impl(adapters::SourceOptions given, const SampleSpec& spec, SampleSink& sink, const ingest::Ledger& known,
       ingest::IngestProbe& probe)
      : options(std::move(given)),
        stream_key("generator:" + options.name),
        samples(options, spec),
        group_max(ingest::group_size(spec)),
        ledger(known),
        offer(options.name, spec.outputs, sink, probe) {
    if (!(options.rate >= 0.0) || std::isinf(options.rate)) {
      throw std::runtime_error("source \"" + options.name + "\": rate: must be >= 0 and finite");
    }
    if (options.limit) end = options.skip + *options.limit;
  }

  void run(const std::stop_token& stop);
  void generate(const std::stop_token& stop);
  std::uint64_t due(std::uint64_t begun_at, Clock::time_point begun, const std::stop_token& stop);

  const adapters::SourceOptions options;
  const std::string stream_key;
  GeneratedSamples samples;  // used by the thread only
  const std::size_t group_max;
  std::optional<std::uint64_t> end;  // number after the last sample
  const ingest::Ledger& ledger;
  ingest::BlockingOffer offer;

  std::atomic<std::uint64_t> next = 0;  // number of the first sample not yet accepted by the sink
  std::atomic<bool> finished = false;

  std::mutex failure_mutex;
  std::string failure;  // protected by failure_mutex

  std::mutex pause_mutex;  // protects nothing: only the stop token ends a pause early
  std::condition_variable_any pause_over;
  std::jthread thread;  // last: it uses all of the above
};

// Waits until a group is due; returns the number up to which samples are due now. It depends only on the time since the
// start, so it never drifts from the rate.
std::uint64_t GeneratorSource::Impl::due(std::uint64_t begun_at, Clock::time_point begun, const std::stop_token& stop) {
  const Clock::time_point rested = Clock::now() + pause;
  const double seconds = std::min(static_cast<double>(next - begun_at + 1) / options.rate, 1e9);
  const auto next_due = begun + std::chrono::ceil<Clock::duration>(std::chrono::duration<double>(seconds));
  for (Clock::time_point wake = std::max(rested, next_due);; wake += pause) {
    const std::chrono::duration<double> elapsed = Clock::now() - begun;
    const auto allowed = begun_at + static_cast<std::uint64_t>(options.rate * elapsed.count());
    if (allowed >= next + group_max || (allowed > next && Clock::now() >= rested) || stop.stop_requested()) {
      return allowed;
    }
    std::unique_lock lock(pause_mutex);
    pause_over.wait_until(lock, stop, wake, [] { return false; });
  }
}

void GeneratorSource::Impl::run(const std::stop_token& stop) {
  try {
    generate(stop);
  } catch (const std::exception& error) {
    const std::lock_guard lock(failure_mutex);
    failure = adapters::words_of(error);
  }
}

void GeneratorSource::Impl::generate(const std::stop_token& stop) {
  const std::uint64_t begun_at = next;
  const Clock::time_point begun = Clock::now();
  while (!stop.stop_requested() && (!end || next < *end)) {
    std::uint64_t until = next + group_max;
    if (options.rate > 0.0) until = std::min(until, due(begun_at, begun, stop));
    if (end) until = std::min(until, *end);
    if (until <= next) continue;
    Group group;
    group.origin.source = options.name;
    group.origin.stream = stream_key;
    group.origin.position = nlohmann::json{{"next", until}}.dump();
    samples.append(next, static_cast<std::size_t>(until - next), group.samples);
    if (offer.offer(std::move(group), stop) != ingest::BlockingOffer::Outcome::accepted) return;
    next = until;
  }
  if (end && next >= *end && offer.wait_durable(stop)) finished = true;
}

GeneratorSource::GeneratorSource(adapters::SourceOptions options, const SampleSpec& spec, SampleSink& sink,
                                 const ingest::Ledger& ledger, ingest::IngestProbe& probe)
    : impl_(std::make_unique<Impl>(std::move(options), spec, sink, ledger, probe)) {}

GeneratorSource::~GeneratorSource() {
  stop();
}

void GeneratorSource::start() {
  impl_->next = impl_->options.skip;
  if (const auto position = impl_->ledger.position(impl_->stream_key)) {
    try {
      impl_->next = nlohmann::json::parse(*position).at("next").get<std::uint64_t>();
    } catch (const std::exception& error) {
      throw std::runtime_error("position of source \"" + impl_->options.name + "\": " + error.what());
    }
  }
  impl_->thread = std::jthread([impl = impl_.get()](const std::stop_token& stop) {
    adapters::enter_background("source", 10);
    impl->run(stop);
  });
}

void GeneratorSource::stop() noexcept {
  impl_->thread.request_stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

std::string GeneratorSource::status() const {
  const adapters::SourceOptions& options = impl_->options;
  nlohmann::json json{{"type", "generator"},
                      {"stream", shape_of(options.stream).name},
                      {"seed", options.seed},
                      {"drift_every", options.drift_every},
                      {"noise", options.noise},
                      {"rate", options.rate},
                      {"next", impl_->next.load()},
                      {"concept", options.drift_every == 0 ? 0 : impl_->next.load() / options.drift_every},
                      {"waiting_for_room", impl_->offer.waiting()},
                      {"finished", impl_->finished.load()}};
  if (const auto reason = failure()) json["failure"] = *reason;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<adapters::SourceProgress> GeneratorSource::progress() const {
  if (!impl_->end) return std::nullopt;
  const std::uint64_t total = *impl_->end - impl_->options.skip;
  const std::uint64_t done = impl_->next.load() - std::min(impl_->next.load(), impl_->options.skip);
  const double fraction = total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
  return adapters::SourceProgress{std::min(fraction, 1.0), impl_->finished};
}

std::optional<std::string> GeneratorSource::failure() const {
  {
    const std::lock_guard lock(impl_->failure_mutex);
    if (!impl_->failure.empty()) return impl_->failure;
  }
  return impl_->offer.failure();
}

}  // namespace altmind::generator
