#include "adapters/sources/file/source_feed.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/ingest/group_size.hpp"
#include "adapters/telemetry/log.hpp"

namespace altmind::file {
namespace {

const char* name(adapters::Format format) {
  constexpr std::array names{"ndjson", "csv", "idx", "cifar10", "libsvm", "vw"};
  return names[static_cast<std::size_t>(format)];
}

}  // namespace

SourceFeed::SourceFeed(const adapters::SourceOptions& options, const SampleSpec& spec, SampleSink& sink,
                       ingest::IngestProbe& probe)
    : options_(options),
      stream_(options.type == adapters::SourceType::file ? "file:" + options.name : std::string()),
      group_max_(ingest::group_size(spec)),
      probe_(probe),
      rejected_([this, &probe](std::uint64_t, const ingest::Rejection& rejection, std::string_view text) {
        ++rejected_count_;
        probe.rejected(options_.name, rejection, text);
      }),
      offer_(options.name, spec.outputs, sink, probe) {}

bool SourceFeed::deliver(Samples samples, const std::optional<FilePosition>& position, const std::stop_token& stop) {
  if (samples.count == 0 && !position) return true;
  Group group;
  group.samples = std::move(samples);
  group.origin.source = options_.name;
  group.origin.stream = stream_;
  if (position) group.origin.position = to_json(*position);
  if (offer_.offer(std::move(group), stop) != ingest::BlockingOffer::Outcome::accepted) return false;
  const std::lock_guard lock(mutex_);
  if (position) position_ = position;
  return true;
}

void SourceFeed::set_state(const char* state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

void SourceFeed::set_reading(std::string path, std::string note, std::uint64_t gaps) {
  const std::lock_guard lock(mutex_);
  if (note != note_ || gaps > gaps_) {
    log(gaps > gaps_ ? telemetry::LogLevel::warning : telemetry::LogLevel::info,
        gaps > gaps_ ? "lines of a followed file may have been missed" : "a followed file has moved",
        {{"source", options_.name}, {"what", note}});
  }
  for (; gaps_ < gaps; ++gaps_) probe_.gap(options_.name);
  path_ = std::move(path);
  note_ = std::move(note);
}

void SourceFeed::fail(std::string reason) {
  const std::lock_guard lock(mutex_);
  state_ = "failed";
  if (failure_ == reason) return;
  log(telemetry::LogLevel::error, "a source has failed", {{"source", options_.name}, {"error", reason}});
  probe_.failed(options_.name);
  failure_ = std::move(reason);
}

void SourceFeed::recovered() {
  const std::lock_guard lock(mutex_);
  if (!failure_) return;
  log(telemetry::LogLevel::info, "a source that had failed goes on", {{"source", options_.name}});
  failure_.reset();
}

std::optional<std::string> SourceFeed::failure() const {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return failure_;
  }
  return offer_.failure();
}

std::string SourceFeed::status() const {
  const bool waiting = offer_.waiting();
  const std::optional<std::string> reason = failure();
  const std::lock_guard lock(mutex_);
  nlohmann::json json{{"type", options_.type == adapters::SourceType::file ? "file" : "stdin"},
                      {"format", name(options_.format)},
                      {"state", waiting ? "waiting for room" : state_},
                      {"samples", offer_.samples_accepted()},
                      {"rejected", rejected_count_.load()}};
  if (options_.type == adapters::SourceType::file) {
    json["paths"] = options_.paths;
    json["follow"] = options_.follow;
    if (!options_.follow) {
      json["epochs"] = options_.epochs;
      json["shuffle"] = options_.shuffle;
      json["fraction"] = fraction_.load();
    }
  }
  if (!path_.empty()) json["reading"] = path_;
  if (position_) {
    json["epoch"] = position_->epoch;
    json["record"] = position_->record;
    if (position_->offset) json["offset"] = *position_->offset;
  }
  if (!note_.empty()) json["note"] = note_;
  if (options_.follow) json["gaps"] = gaps_;
  if (reason) json["failure"] = *reason;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace altmind::file
