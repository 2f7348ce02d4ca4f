#pragma once
// A server on its own thread, and the requests shared by its tests.

#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "adapters/http/wire/server.hpp"
#include "tests/adapters/http/wire/raw_client.hpp"

namespace altmind::test {

using namespace std::chrono_literals;
using nlohmann::json;

/// A server on its own thread. It echoes method, path and body; `/later` answers when told to, `/hold` blocks the
/// thread until go_on().
class Echo {
 public:
  explicit Echo(http::HttpOptions options = {}) {
    options.listen = "127.0.0.1:0";
    http::Handler handler = [this](const http::Request& request, http::Respond respond) {
      handle(request, std::move(respond));
    };
    http::RequestObserved observed = [this](const std::string& route, int status, double seconds) {
      const std::lock_guard lock(mutex_);
      observed_.emplace_back(route, status, seconds);
      changed_.notify_all();
    };
    server = std::make_unique<http::HttpServer>(io, std::move(options), std::move(handler), std::move(observed));
    server->start();
    thread_ = std::jthread([this] { io.run(); });
  }
  ~Echo() {
    boost::asio::post(io, [this] {
      server.reset();
      io.stop();
    });
    thread_.join();
    later_.clear();
  }

  std::uint16_t port() const { return server->port(); }

  std::future<void> stop() {
    auto stopped = std::make_shared<std::promise<void>>();
    boost::asio::post(io, [this, stopped] { server->stop([stopped] { stopped->set_value(); }); });
    return stopped->get_future();
  }

  /// Waits until `count` requests are waiting for their response.
  void wait_for_later(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 20s, [&] { return later_.size() >= count; }));
  }
  void answer_later(const std::string& body) {
    std::vector<http::Respond> waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting.swap(later_);
    }
    http::Response response;
    response.body = body;
    response.route = "/later";
    for (const http::Respond& respond : waiting) respond(response);  // on this thread, not the server's
  }
  std::vector<std::tuple<std::string, int, double>> wait_for_observed(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 20s, [&] { return observed_.size() >= count; }));
    return observed_;
  }
  std::size_t handled() const { return handled_; }
  /// Waits until a request blocks the thread.
  void wait_for_hold() { held_.acquire(); }
  void go_on() { go_on_.release(); }

  boost::asio::io_context io{1};
  std::unique_ptr<http::HttpServer> server;

 private:
  void handle(const http::Request& request, http::Respond respond) {
    ++handled_;
    if (request.path == "/throw") throw std::runtime_error("as asked");
    if (request.path == "/hold") {
      held_.release();
      go_on_.acquire();
    }
    if (request.path == "/later") {
      const std::lock_guard lock(mutex_);
      later_.push_back(std::move(respond));
      changed_.notify_all();
      return;
    }
    http::Response response;
    response.body = json{{"method", request.method},
                         {"path", request.path},
                         {"body", request.body},
                         {"loopback", request.from_loopback}}
                        .dump();
    response.headers.emplace_back("Handled", std::to_string(handled_));
    response.route = "/echo";
    respond(response);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<http::Respond> later_;
  std::vector<std::tuple<std::string, int, double>> observed_;
  std::atomic<std::size_t> handled_ = 0;
  std::binary_semaphore held_{0};
  std::binary_semaphore go_on_{0};
  std::jthread thread_;
};

inline const std::string get_a = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

inline std::string post(const std::string& path, const std::string& body, const std::string& fields = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

/// Returns the status of the response to the bytes, which must be one JSON error, then the end of the connection.
inline int refusal_of(std::uint16_t port, const std::string& bytes) {
  RawClient client(port);
  client.send(bytes);
  const Answer answer = client.read();
  const json error = json::parse(answer.body);
  CHECK(error["error"].get<std::string>().size() > 10);
  CHECK(!error["reason"].get<std::string>().empty());
  CHECK(answer.headers.at("Connection") == "close");
  client.finish_sending();
  CHECK(client.at_end());
  return answer.status;
}

}  // namespace altmind::test
