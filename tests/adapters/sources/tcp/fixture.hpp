#pragma once
// A TCP source on its own I/O thread, a client of it, and a sink with a writer thread.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapters/sources/tcp/tcp_source.hpp"
#include "tests/support/gathering_sink.hpp"
#include "tests/support/recording_probe.hpp"

namespace altmind {

inline const SampleSpec two_inputs{Task::classification, LabelKind::index, 2, 10};

inline adapters::SourceOptions tcp_options() {
  adapters::SourceOptions options;
  options.type = adapters::SourceType::tcp;
  options.name = "tcp";
  options.address = "127.0.0.1:0";
  return options;
}

/// Returns a valid line whose first feature is n.
inline std::string sample_line(std::uint64_t n) {
  return "{\"features\":[" + std::to_string(n) + ",0.5],\"label\":" + std::to_string(n % 10) + "}\n";
}

/// Runs a source on its own thread; `call` executes functions there.
class RunningSource {
 public:
  RunningSource(SampleSink& sink, const ingest::Ledger& ledger, adapters::SourceOptions options = tcp_options(),
                tcp::TcpLimits limits = {}, SampleSpec spec = two_inputs)
      : source(std::in_place, io, std::move(options), spec, sink, ledger, probe, limits) {
    source->start();
    port = source->port();
    thread = std::jthread([this] { io.run(); });
  }
  ~RunningSource() {
    call([this] { source.reset(); });
    work.reset();
    io.stop();
  }

  template <class Call>
  std::invoke_result_t<Call> call(Call function) {
    std::packaged_task<std::invoke_result_t<Call>()> task(std::move(function));
    auto result = task.get_future();
    boost::asio::post(io, [&task] { task(); });
    return result.get();
  }
  nlohmann::json status() {
    return nlohmann::json::parse(call([this] { return source->status(); }));
  }
  bool connections(std::size_t n) {
    return eventually([&] { return status()["connections"] == n; });
  }

  RecordingProbe probe;
  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::optional<tcp::TcpSource> source;
  std::uint16_t port = 0;
  std::jthread thread;
};

/// A blocking client that gives up after a few seconds.
class Client {
 public:
  /// Sizes of the kernel's buffers in bytes; 0: the default.
  explicit Client(std::uint16_t port, int receive_buffer = 0, int send_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (send_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t sent = send_some(bytes, patience);
      if (sent == 0) return false;
      bytes.remove_prefix(sent);
    }
    return true;
  }
  /// Returns the number of bytes the connection accepts within `time`; 0: none.
  std::size_t send_some(std::string_view bytes, std::chrono::milliseconds time) {
    pollfd ready{socket_, POLLOUT, 0};
    if (poll(&ready, 1, static_cast<int>(time.count())) != 1) return 0;
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  /// Returns the next reply; nothing at the end of the connection.
  std::optional<nlohmann::json> reply() {
    std::size_t end = 0;
    while ((end = received_.find('\n')) == std::string::npos) {
      if (!receive()) return std::nullopt;
    }
    nlohmann::json json = nlohmann::json::parse(received_.substr(0, end));
    received_.erase(0, end + 1);
    return json;
  }
  /// Reads replies until one satisfies `wanted` and returns it.
  template <class Wanted>
  std::optional<nlohmann::json> reply_where(Wanted wanted) {
    for (;;) {
      auto json = reply();
      if (!json || wanted(*json)) return json;
    }
  }
  std::optional<nlohmann::json> reply_through(std::uint64_t line) {
    return reply_where([line](const nlohmann::json& json) { return json.value("through_line", 0U) >= line; });
  }
  /// Reads the rest; true if the server ended the connection in an orderly way.
  bool ended() {
    while (receive()) {
    }
    return orderly_end_;
  }
  const std::string& unread() const { return received_; }
  void finish_sending() { shutdown(socket_, SHUT_WR); }
  /// Closes as if the process died: the peer sees a reset.
  void reset() {
    const linger now{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  static constexpr std::chrono::milliseconds patience{60'000};

  bool receive() {
    pollfd ready{socket_, POLLIN, 0};
    if (poll(&ready, 1, static_cast<int>(patience.count())) != 1) return false;
    char buffer[4096];
    const ssize_t size = recv(socket_, buffer, sizeof buffer, 0);
    if (size == 0) orderly_end_ = true;
    if (size <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  std::string received_;
  bool orderly_end_ = false;
};

/// A bounded sink; its own thread makes everything that waits durable at once, as the writer does.
class WriterSink final : public SampleSink {
 public:
  WriterSink(ingest::Ledger& ledger, std::size_t capacity) : ledger_(ledger), capacity_(capacity) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  Offered offer(Group& group, OnDurable on_durable) override {
    const std::lock_guard lock(mutex_);
    if (held_ > 0 && held_ + group.samples.count > capacity_) return {Admission::full, {}};
    held_ += group.samples.count;
    waiting_.emplace_back(std::move(group), std::move(on_durable));
    changed_.notify_all();
    return {Admission::accepted, {}};
  }
  void when_room(std::size_t, std::function<void()> ready) override {
    {
      const std::lock_guard lock(mutex_);
      if (held_ > 0) {
        ready_.push_back(std::move(ready));
        return;
      }
    }
    ready();
  }
  /// Returns the first features of all durable samples, in order.
  std::vector<std::uint64_t> learned() const {
    const std::lock_guard lock(mutex_);
    return learned_;
  }
  bool wait_learned(std::size_t samples) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return learned_.size() >= samples; });
  }

 private:
  void run(const std::stop_token& stop) {
    for (;;) {
      std::deque<std::pair<Group, OnDurable>> taken;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
        if (stop.stop_requested()) return;
        taken.swap(waiting_);
      }
      for (auto& [group, on_durable] : taken) {
        std::uint64_t last = 0;
        {
          const std::lock_guard lock(mutex_);
          for (std::size_t i = 0; i < group.samples.count; ++i) {
            learned_.push_back(static_cast<std::uint64_t>(group.samples.x[2 * i]));
          }
          last = learned_.size();
          held_ -= group.samples.count;
        }
        ledger_.record(group.origin, group.samples.count, last);
        on_durable({true, last});
      }
      std::vector<std::function<void()>> ready;
      {
        const std::lock_guard lock(mutex_);
        ready.swap(ready_);
      }
      for (const auto& call : ready) call();
      changed_.notify_all();
    }
  }

  ingest::Ledger& ledger_;
  const std::size_t capacity_;

  mutable std::mutex mutex_;  ///< protects all below
  std::condition_variable_any changed_;
  std::deque<std::pair<Group, OnDurable>> waiting_;
  std::vector<std::function<void()>> ready_;
  std::vector<std::uint64_t> learned_;
  std::size_t held_ = 0;
  std::jthread thread_;  ///< declared last: ends before the others
};

}  // namespace altmind
