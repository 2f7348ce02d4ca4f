#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/e2e/kill_campaign.hpp"
#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"

namespace altmind::e2e {

namespace {

// Wide samples, so that few of them make the journal exceed its limit.
constexpr std::size_t features = 200;
constexpr std::size_t batch_size = 50;

struct Request {
  std::string body;
  std::uint64_t samples = 0;
};

std::vector<Request> make_requests(std::uint64_t seed, std::size_t count) {
  std::vector<Request> requests;
  std::uint64_t state = seed;
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t samples = draw(state, 1, 120);
    requests.push_back({sample_lines(at, at + samples, 0, features), samples});
    at += samples;
  }
  return requests;
}

void wait_for_time(std::chrono::microseconds time) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, time);
}

class Run {
 public:
  Run(const OrderedCampaign& campaign, const std::filesystem::path& directory)
      : campaign_(campaign), data_(directory / "data"), config_((directory / "altmind.toml").string()) {
    std::filesystem::create_directories(directory);
    Setup setup;
    setup.directory = data_.string();
    setup.inputs = features;
    setup.learning = "batch_size = " + std::to_string(batch_size) + "\nmax_batch_age = \"0s\"";
    setup.store = "checkpoint_batches = 8\nkeep = 2\njournal_max_bytes = \"1MiB\"";
    std::ofstream(config_) << setup.toml();
    state_ = campaign.seed ^ 0x5eedull;
  }

  OrderedOutcome run() {
    const std::vector<Request> requests = make_requests(campaign_.seed, campaign_.requests);
    std::set<std::size_t> at;  // requests during which, or soon after which, the daemon is killed
    while (at.size() < campaign_.kills) at.insert(draw(state_, 0, requests.size() - 1));
    start();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (at.contains(i)) kill_soon();
      send(i, requests[i]);
      outcome_.samples += requests[i].samples;
    }
    if (killer_.joinable()) restart();
    // A stopping daemon may leave samples to its next start, so wait here. An incomplete batch waits in any case.
    daemon_->wait_for_model([this](const auto& model) {
      return model.at("samples").template get<std::uint64_t>() + batch_size > outcome_.samples;
    });
    if (daemon_->stop() != exited(0)) throw std::runtime_error("the daemon failed: " + daemon_->process().err());
    note_fallback();
    finish();
    return outcome_;
  }

 private:
  void start() {
    daemon_ = std::make_unique<Daemon>(config_);
    client_ = std::make_unique<HttpClient>(daemon_->http_port());
  }

  /// Kills the daemon soon, at a moment that does not depend on the client.
  void kill_soon() {
    if (killer_.joinable()) restart();
    const std::chrono::microseconds after(draw(state_, 0, 20'000));
    killer_ = std::thread([this, after] {
      wait_for_time(after);
      daemon_->process().signal(SIGKILL);
    });
  }

  void send(std::size_t number, const Request& request) {
    const std::map<std::string, std::string> headers = {{"Idempotency-Key", "request-" + std::to_string(number)},
                                                        {"Content-Type", "application/x-ndjson"}};
    for (bool first = true;; first = false) {
      const auto reply = client_->post("/v1/ingest", request.body, headers);
      if (!reply) {
        if (!killer_.joinable()) throw std::runtime_error("the daemon went away: " + daemon_->process().err());
        restart();
        if (first) ++outcome_.retried;
        continue;
      }
      if (reply->status != 200) throw std::runtime_error("ingest answered " + reply->body);
      if (reply->json().at("accepted") != request.samples) throw std::runtime_error("not all taken: " + reply->body);
      const bool before = reply->headers.contains("idempotency-replayed");
      if (before && first) throw std::runtime_error("a new request was taken for an old one: " + reply->body);
      if (before) ++outcome_.answered_before;
      return;
    }
  }

  void restart() {
    killer_.join();
    const auto ended = daemon_->process().wait(patience);
    if (ended != Ended{-1, SIGKILL}) throw std::runtime_error("not killed: " + daemon_->process().err());
    note_fallback();
    ++outcome_.kills;
    if (campaign_.damage_checkpoints && outcome_.kills % 2 == 0) damage_newest();
    if (outcome_.kills % 3 == 0 && outcome_.kills < campaign_.kills) kill_while_starting();
    start();
  }

  void kill_while_starting() {
    Process starting(altmind_program(), serve_command(config_));
    wait_for_time(std::chrono::microseconds(draw(state_, 0, 100'000)));
    starting.signal(SIGKILL);
    if (!starting.wait(patience)) throw std::runtime_error("it survived SIGKILL");
    ++outcome_.kills_while_starting;
  }

  void damage_newest() {
    const auto files = checkpoints_of(data_);
    if (files.size() < 2 || files.back() == damaged_) return;  // do not flip the same bytes back
    damaged_ = files.back();
    damage(damaged_);
    ++outcome_.damaged;
  }

  void note_fallback() {
    if (daemon_->process().err().find("is not usable") != std::string::npos) ++outcome_.fallbacks;
  }

  void finish() {
    const auto replayed = replay(data_);
    outcome_.learned =
        replayed.at("sequence").get<std::uint64_t>() + replayed.at("waiting_samples").get<std::uint64_t>();
    outcome_.state = replayed.at("state_sha256");
    outcome_.checkpoint_state = newest_checkpoint(data_).at("state_sha256");
    outcome_.trimmed = !std::filesystem::exists(data_ / "journal" / "00000000000000000001.journal");
  }

  const OrderedCampaign campaign_;
  const std::filesystem::path data_;
  const std::string config_;
  std::uint64_t state_ = 0;
  OrderedOutcome outcome_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<HttpClient> client_;
  std::thread killer_;
  std::filesystem::path damaged_;
};

}  // namespace

OrderedOutcome run_ordered(const OrderedCampaign& campaign, const std::filesystem::path& directory) {
  return Run(campaign, directory).run();
}

}  // namespace altmind::e2e
