#pragma once
// HTTP connections over local socket pairs: streams that are not TCP, and what serves them.

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/wire/connection.hpp"
#include "adapters/http/wire/stream.hpp"
#include "tests/adapters/http/wire/raw_client.hpp"

namespace altmind::test {

/// The least that Stream promises: cancel_wait() ends a wait for bytes and nothing else.
class LocalStream : public http::Stream {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  static constexpr auto awaited = boost::asio::as_tuple(boost::asio::use_awaitable);

  explicit LocalStream(Socket socket) : socket_(std::move(socket)) { socket_.non_blocking(true); }

  boost::asio::any_io_executor executor() override { return socket_.get_executor(); }
  bool is_open() const override { return socket_.is_open(); }
  bool peer_is_loopback() const override { return false; }
  std::optional<std::size_t> read_some(boost::asio::mutable_buffer into) override {
    boost::system::error_code error;
    const std::size_t count = socket_.read_some(boost::asio::buffer(into), error);
    if (error == boost::asio::error::would_block) return std::nullopt;
    return count;
  }
  boost::asio::awaitable<Done> wait_readable() override {
    waiting_ = true;
    const Done done = co_await socket_.async_wait(Socket::wait_read, awaited);
    waiting_ = false;
    co_return done;
  }
  boost::asio::awaitable<Written> write(std::span<const boost::asio::const_buffer> parts) override {
    return boost::asio::async_write(socket_, parts, awaited);
  }
  boost::asio::awaitable<Done> shutdown_send() override {
    boost::system::error_code error;
    socket_.shutdown(Socket::shutdown_send, error);
    co_return error;
  }
  void cancel_wait() override {
    if (waiting_) socket_.cancel();
  }
  void close() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 protected:
  Socket socket_;
  bool waiting_ = false;
};

/// What TLS does to a stream, without the cipher: HELLO and WELCOME before the first byte, BYE behind the last one.
class GreetingStream : public LocalStream {
 public:
  using LocalStream::LocalStream;

  std::optional<std::size_t> read_some(boost::asio::mutable_buffer into) override {
    if (!greeted_) return std::nullopt;
    return LocalStream::read_some(into);
  }
  boost::asio::awaitable<Done> wait_readable() override {
    if (!greeted_) {
      waiting_ = true;
      std::string hello(5, '\0');
      const auto [unread, received] = co_await boost::asio::async_read(socket_, boost::asio::buffer(hello), awaited);
      waiting_ = false;
      if (unread) co_return unread;
      if (hello != "HELLO") co_return make_error_code(boost::system::errc::protocol_error);
      const std::string welcome = "WELCOME";
      const auto [unsent, sent] = co_await boost::asio::async_write(socket_, boost::asio::buffer(welcome), awaited);
      if (unsent) co_return unsent;
      greeted_ = true;
    }
    const Done done = co_await LocalStream::wait_readable();
    co_return done;
  }
  boost::asio::awaitable<Done> shutdown_send() override {
    if (greeted_) {
      const std::string bye = "BYE";
      co_await boost::asio::async_write(socket_, boost::asio::buffer(bye), awaited);
    }
    const Done done = co_await LocalStream::shutdown_send();
    co_return done;
  }

 private:
  bool greeted_ = false;
};

/// Has a wait that only close() ends.
class StuckStream : public LocalStream {
 public:
  using LocalStream::LocalStream;

  void close() override {
    LocalStream::close();
    stuck_.cancel();
  }

 protected:
  boost::asio::steady_timer stuck_{socket_.get_executor(), boost::asio::steady_timer::time_point::max()};
};

/// The client takes everything but the farewell.
class StuckFarewell : public StuckStream {
 public:
  using StuckStream::StuckStream;

  boost::asio::awaitable<Done> shutdown_send() override { return stuck_.async_wait(awaited); }
};

/// The client takes nothing.
class StuckWrites : public StuckStream {
 public:
  using StuckStream::StuckStream;

  boost::asio::awaitable<Written> write(std::span<const boost::asio::const_buffer>) override {
    const auto [error] = co_await stuck_.async_wait(awaited);
    co_return Written(error, 0);
  }
};

/// The client's end of a connection, and the moment at which the server's end is gone.
struct LocalConnection {
  RawClient client;
  std::future<void> ended;
};

/// Serves connections on a thread of its own, as HttpServer does, but over streams that the test chooses.
class LocalServer {
 public:
  explicit LocalServer(http::Handler handler, http::HttpOptions options = {}) {
    context_->answers = std::make_shared<http::AnswerBudget>(http::answers_at_once * options.max_answer);
    context_->options = std::move(options);
    context_->handler = std::move(handler);
    context_->observed = [](const std::string&, int, double) {};
    thread_ = std::jthread([this] { io_.run(); });
  }
  ~LocalServer() {
    on_thread([this] {
      for (const auto& connection : connections_)
        if (const auto open = connection.lock()) open->abort();
      busy_.reset();
    });
  }

  template <typename Over>
  LocalConnection connect() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    std::promise<void> gone;
    std::future<void> ended = gone.get_future();
    on_thread([&] {
      typename Over::Socket socket(io_, boost::asio::local::stream_protocol(), ends[0]);
      auto connection = std::make_shared<http::HttpConnection>(std::make_unique<Over>(std::move(socket)), context_);
      connections_.push_back(connection);
      auto run = http::HttpConnection::run(std::move(connection));
      boost::asio::co_spawn(io_, std::move(run),
                            [gone = std::move(gone)](const std::exception_ptr&) mutable { gone.set_value(); });
    });
    return {RawClient(RawClient::Connected{ends[1]}), std::move(ended)};
  }

  void stop() {
    on_thread([this] {
      context_->stopping = true;
      for (const auto& connection : connections_)
        if (const auto open = connection.lock()) open->stop();
    });
  }
  bool make_room() {
    bool made = false;
    on_thread([&] { made = context_->make_room(); });
    return made;
  }

 private:
  template <typename Action>
  void on_thread(Action action) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_{io_.get_executor()};
  std::shared_ptr<http::ConnectionContext> context_ = std::make_shared<http::ConnectionContext>();
  std::vector<std::weak_ptr<http::HttpConnection>> connections_;
  std::jthread thread_;
};

}  // namespace altmind::test
