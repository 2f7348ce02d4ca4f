#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "adapters/store/journal/journal.hpp"
#include "tests/e2e/kill_campaign.hpp"
#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/line_client.hpp"
#include "tests/e2e/support/samples.hpp"

namespace altmind::e2e {

namespace {

constexpr int from_http = 0;
constexpr int from_tcp = 1;

/// State shared by clients and killer: where the daemon listens, and how much has been acknowledged.
class Board {
 public:
  struct Ports {
    std::uint64_t generation = 0;
    std::uint16_t http = 0;
    std::uint16_t tcp = 0;
  };

  void publish(std::uint16_t http, std::uint16_t tcp) {
    const std::lock_guard lock(mutex_);
    ports_ = {ports_.generation + 1, http, tcp};
    changed_.notify_all();
  }
  /// Waits for a daemon newer than `generation`.
  Ports after(std::uint64_t generation) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return ports_.generation > generation || failure_; })) {
      throw std::runtime_error("no new daemon came");
    }
    if (failure_) throw std::runtime_error("somebody else failed");
    return ports_;
  }
  /// Records that samples 0 .. end - 1 of `origin` are acknowledged.
  void acknowledge(int origin, std::uint64_t end) {
    const std::lock_guard lock(mutex_);
    acknowledged_[origin] = std::max(acknowledged_[origin], end);
    changed_.notify_all();
  }
  std::uint64_t acknowledged(int origin) const {
    const std::lock_guard lock(mutex_);
    return acknowledged_[origin];
  }
  void wait_for_acknowledged(std::uint64_t total) {
    std::unique_lock lock(mutex_);
    const auto enough = [&] { return acknowledged_[0] + acknowledged_[1] >= total || failure_; };
    if (!changed_.wait_for(lock, patience, enough)) throw std::runtime_error("the clients make no progress");
    if (failure_) std::rethrow_exception(failure_);
  }
  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    changed_.notify_all();
  }
  std::atomic<std::size_t> retried = 0;

 private:
  mutable std::mutex mutex_;  // protects all below
  std::condition_variable changed_;
  Ports ports_;
  std::uint64_t acknowledged_[2] = {0, 0};
  std::exception_ptr failure_;
};

void send_http(Board& board, std::uint64_t seed, std::uint64_t samples) {
  std::uint64_t state = seed;
  Board::Ports ports = board.after(0);
  HttpClient client(ports.http);
  for (std::uint64_t at = 0; at < samples;) {
    const std::uint64_t end = std::min(samples, at + draw(state, 1, 60));
    const std::string body = sample_lines(at, end, from_http, inputs);
    const std::map<std::string, std::string> headers = {{"Idempotency-Key", "http-" + std::to_string(at)},
                                                        {"Content-Type", "application/x-ndjson"}};
    for (;;) {
      const auto reply = client.post("/v1/ingest", body, headers);
      if (reply && reply->status == 200) {
        if (reply->json().at("accepted") != end - at) throw std::runtime_error("not all taken: " + reply->body);
        break;
      }
      // A stopping daemon answers 503; every other status is an error.
      if (reply && reply->status != 503) throw std::runtime_error("ingest answered " + reply->body);
      ++board.retried;
      ports = board.after(ports.generation);
      client = HttpClient(ports.http);
    }
    board.acknowledge(from_http, end);
    at = end;
  }
}

void send_tcp(Board& board, std::uint64_t seed, std::uint64_t samples) {
  std::uint64_t state = seed;
  Board::Ports ports = board.after(0);
  for (;;) {
    LineClient client(ports.tcp);
    if (const auto next = client.open("stream-1")) {
      if (*next < 1 + board.acknowledged(from_tcp)) {
        throw std::runtime_error("the stream goes on at line " + std::to_string(*next) + ", but more was acknowledged");
      }
      if (*next > samples + 1) throw std::runtime_error("the stream is longer than what was sent");
      board.acknowledge(from_tcp, *next - 1);
      if (*next == samples + 1) return;  // only the last reply was lost
      bool open = true;
      for (std::uint64_t at = *next - 1; open && at < samples;) {
        const std::uint64_t end = std::min(samples, at + draw(state, 1, 80));
        open = client.send(sample_lines(at, end, from_tcp, inputs));
        // Up to 150 lines are in flight at any time.
        const std::uint64_t behind = end == samples ? end : end - std::min<std::uint64_t>(end, 150);
        open = open && client.wait_through(behind);
        board.acknowledge(from_tcp, client.through());
        at = end;
      }
      if (open && client.through() == samples) return;
    }
    ++board.retried;
    ports = board.after(ports.generation);
  }
}

/// Runs `work` on a thread; an exception ends the campaign.
template <typename Work>
std::jthread client_thread(Board& board, Work work) {
  return std::jthread([&board, work] {
    try {
      work();
    } catch (...) {
      board.fail(std::current_exception());
    }
  });
}

/// Counts acknowledged samples that are not exactly once in the journal, and samples that are there more than once.
std::pair<std::uint64_t, std::uint64_t> compare(const std::map<SampleId, std::size_t>& found, const Board& board) {
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  for (const int origin : {from_http, from_tcp}) {
    for (std::uint64_t i = 0; i < board.acknowledged(origin); ++i) {
      const auto at = found.find({origin, i});
      if (at == found.end() || at->second != 1) ++lost;
    }
  }
  for (const auto& [id, count] : found) repeated += count > 1 ? 1 : 0;
  return {lost, repeated};
}

class MixedRun {
 public:
  MixedRun(const MixedCampaign& campaign, const std::filesystem::path& directory)
      : campaign_(campaign),
        directory_(directory),
        data_(directory / "data"),
        config_((directory / "altmind.toml").string()) {
    std::filesystem::create_directories(directory);
    Setup setup;
    setup.directory = data_.string();
    setup.learning = "batch_size = 50\nmax_batch_age = \"20ms\"";
    setup.sources = tcp_source;
    setup.store = "checkpoint_batches = 10\nkeep = 2";
    std::ofstream(config_) << setup.toml();
  }

  MixedOutcome run() {
    const std::uint64_t total = 2 * campaign_.samples;
    std::vector<std::uint64_t> moments;
    for (std::size_t i = 0; i < campaign_.kills; ++i) moments.push_back(draw(state_, 0, total * 8 / 10));
    std::sort(moments.begin(), moments.end());

    start();
    {
      const auto http = client_thread(board_, [this] { send_http(board_, campaign_.seed, campaign_.samples); });
      const auto tcp = client_thread(board_, [this] { send_tcp(board_, campaign_.seed + 1, campaign_.samples); });
      try {
        for (const std::uint64_t moment : moments) kill_at(moment);
        board_.wait_for_acknowledged(total * 85 / 100);
        stop_in_between();
        board_.wait_for_acknowledged(total);
      } catch (...) {
        board_.fail(std::current_exception());
        throw;
      }
    }
    stop();
    finish();
    return outcome_;
  }

 private:
  void start() {
    daemon_ = std::make_unique<Daemon>(config_);
    board_.publish(daemon_->http_port(), daemon_->tcp_port());
  }

  void kill_at(std::uint64_t moment) {
    board_.wait_for_acknowledged(moment);
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, std::chrono::microseconds(draw(state_, 0, 20'000)));
    if (daemon_->kill() != Ended{-1, SIGKILL}) throw std::runtime_error("it was gone: " + daemon_->process().err());
    ++outcome_.kills;
    start();
  }

  void stop() {
    if (daemon_->stop() != exited(0)) throw std::runtime_error("the daemon failed: " + daemon_->process().err());
  }

  void stop_in_between() {
    stop();
    // Between two daemons nothing more is acknowledged, except what a client has received but not yet entered
    // on the board.
    outcome_.acknowledged_at_stop = board_.acknowledged(from_http) + board_.acknowledged(from_tcp);
    std::tie(outcome_.lost_at_stop, outcome_.repeated_at_stop) = compare(journalled(data_), board_);
    start();
  }

  void finish() {
    const auto found = journalled(data_);
    std::tie(outcome_.lost, outcome_.repeated) = compare(found, board_);
    for (const auto& [id, count] : found) {
      if ((id.first != from_http && id.first != from_tcp) || id.second >= campaign_.samples) ++outcome_.foreign;
    }
    outcome_.retried = board_.retried;
    const auto checkpoint = newest_checkpoint(data_);
    outcome_.daemon_state = checkpoint.at("state_sha256");
    outcome_.daemon_sequence = checkpoint.at("sequence");
    const auto whole = replay(data_);
    outcome_.replayed_state = whole.at("state_sha256");
    outcome_.replayed_sequence = whole.at("sequence");

    const std::filesystem::path copy = directory_ / "journal-only";
    std::filesystem::create_directories(copy);
    std::filesystem::copy(data_ / "journal", copy / "journal");
    const auto from_journal = replay(copy);
    outcome_.replayed_from_journal = from_journal.at("state_sha256");
    outcome_.journal_sequence = from_journal.at("sequence");
  }

  const MixedCampaign campaign_;
  const std::filesystem::path directory_;
  const std::filesystem::path data_;
  const std::string config_;
  std::uint64_t state_ = campaign_.seed ^ 0x5eedull;
  MixedOutcome outcome_;
  Board board_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace

std::map<SampleId, std::size_t> journalled(const std::filesystem::path& directory) {
  std::map<SampleId, std::size_t> found;
  store::read_journal(directory / "journal", 0, [&found](store::JournalRecord&& record) {
    const auto* group = std::get_if<store::GroupRecord>(&record);
    if (group == nullptr) return;
    const Samples& samples = group->group.samples;
    for (std::size_t i = 0; i < samples.count; ++i) {
      const std::size_t at = i * (samples.x.size() / samples.count);
      ++found[{static_cast<int>(samples.x[at + 1]), static_cast<std::uint64_t>(std::lround(samples.x[at] * 4096.0f))}];
    }
  });
  return found;
}

MixedOutcome run_mixed(const MixedCampaign& campaign, const std::filesystem::path& directory) {
  return MixedRun(campaign, directory).run();
}

}  // namespace altmind::e2e
