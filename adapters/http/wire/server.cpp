#include "adapters/http/wire/server.hpp"

#include <malloc.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "adapters/address.hpp"
#include "adapters/http/wire/connection.hpp"
#include "adapters/http/wire/tcp_stream.hpp"
#include "adapters/telemetry/log.hpp"

namespace altmind::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::size_t spare_descriptors = 32;
constexpr std::size_t descriptor_batch = 256;
/// After this many connections have ended, freed heap memory is returned to the system, at most once per `tidy_pause`.
constexpr std::size_t worth_tidying = 256;
constexpr std::chrono::milliseconds tidy_pause{1000};

tcp::endpoint resolve(asio::io_context& io, const std::string& listen) {
  const auto address = adapters::parse_address(listen);
  if (!address) throw std::runtime_error("http.listen: expected address:port, got \"" + listen + "\"");
  tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto found = resolver.resolve(address->host, std::to_string(address->port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || found.empty())
    throw std::runtime_error("http.listen: cannot resolve \"" + listen + "\": " + error.message());
  return found.begin()->endpoint();
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context_io, HttpOptions options, Handler handler, RequestObserved observed)
      : io(context_io), acceptor(io), pause(io), tidy_timer(io), shared(std::make_shared<ConnectionContext>()) {
    shared->options = std::move(options);
    shared->answers = std::make_shared<AnswerBudget>(answers_at_once * shared->options.max_answer);
    shared->handler = std::move(handler);
    shared->observed = std::move(observed);
    if (!shared->observed) shared->observed = [](const std::string&, int, double) {};
  }

  void listen() {
    const tcp::endpoint endpoint = resolve(io, shared->options.listen);
    try {
      acceptor.open(endpoint.protocol());
      acceptor.set_option(tcp::acceptor::reuse_address(true));
      acceptor.bind(endpoint);
      acceptor.listen();
      port = acceptor.local_endpoint().port();
    } catch (const boost::system::system_error& error) {
      throw std::runtime_error("http.listen: cannot listen on \"" + shared->options.listen +
                               "\": " + error.code().message());
    }
  }

  static asio::awaitable<void> accept(std::shared_ptr<Impl> self) {
    bool failing = false;
    while (!self->shared->stopping) {
      auto [error, socket] = co_await self->acceptor.async_accept(awaited);
      if (self->shared->stopping) break;
      if (error) {
        // Out of descriptors or memory: keep serving open connections and retry after a pause.
        if (!failing)
          log(telemetry::LogLevel::warning, "http: cannot accept connections", {{"error", error.message()}});
        failing = true;
        if (error == asio::error::no_descriptors) self->shared->make_room();
        self->pause.expires_after(accept_pause);
        co_await self->pause.async_wait(awaited);
        continue;
      }
      failing = false;
      // Evict a waiting connection; if every connection's request is being handled, close the new socket instead.
      if (self->connections.size() >= self->shared->options.max_connections && !self->shared->make_room()) continue;
      try {
        self->reserve_descriptors();
        self->serve(std::make_unique<TcpStream>(std::move(socket)));
      } catch (const std::exception& failure) {  // out of memory: close this connection and keep accepting
        log(telemetry::LogLevel::warning, "http: connection dropped", {{"error", failure.what()}});
      }
    }
  }

  /// Makes Asio allocate its per-descriptor state in batches. Asio never frees this state and allocates it whenever the
  /// number of open descriptors reaches a new maximum; single allocations between those of connections would pin heap
  /// pages after the connections have ended.
  void reserve_descriptors() {
    if (connections.size() + spare_descriptors < reserved_descriptors) return;
    std::vector<tcp::socket> passing;
    boost::system::error_code error;
    while (!error && passing.size() < spare_descriptors + descriptor_batch)
      passing.emplace_back(io).open(tcp::v4(), error);
    reserved_descriptors += descriptor_batch;
  }

  void serve(std::unique_ptr<Stream> stream) {
    const auto connection = std::make_shared<HttpConnection>(std::move(stream), shared);
    connections.insert(connection);
    auto ended = [self = shared_from_this(), connection](const std::exception_ptr&) {
      connection->abort();
      self->connections.erase(connection);
      self->tidy();
      self->report_if_done();
    };
    asio::co_spawn(io, HttpConnection::run(connection), std::move(ended));
  }

  /// Trims the heap, which otherwise keeps the memory freed by many connections between live allocations.
  void tidy() {
    if (++ended_connections != worth_tidying || shared->stopping) return;
    tidy_timer.expires_after(tidy_pause);
    tidy_timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      self->ended_connections = 0;
      if (!error) malloc_trim(0);
    });
  }

  void stop(std::function<void()> when_done) {
    done = std::move(when_done);
    shared->stopping = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    tidy_timer.cancel();
    const auto open = connections;
    for (const auto& connection : open) connection->stop();
    report_if_done();
  }

  void report_if_done() {
    if (!shared->stopping || !connections.empty() || !done) return;
    asio::post(io, std::exchange(done, nullptr));
  }

  asio::io_context& io;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  asio::steady_timer tidy_timer;
  std::size_t reserved_descriptors = 0;
  std::size_t ended_connections = 0;  ///< since the heap was last trimmed
  std::shared_ptr<ConnectionContext> shared;
  std::set<std::shared_ptr<HttpConnection>> connections;
  std::function<void()> done;
  std::uint16_t port = 0;
};

HttpServer::HttpServer(asio::io_context& io, HttpOptions options, Handler handler, RequestObserved observed)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(handler), std::move(observed))) {}

HttpServer::~HttpServer() {
  impl_->shared->stopping = true;
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  impl_->tidy_timer.cancel();
  // The objects that the handlers refer to may be destroyed next: stop calling the handlers.
  impl_->shared->handler = [](const Request&, const Respond&) {};
  impl_->shared->observed = [](const std::string&, int, double) {};
  for (const auto& connection : impl_->connections) connection->abort();
}

void HttpServer::start() {
  impl_->listen();
  asio::co_spawn(impl_->io, Impl::accept(impl_), [](const std::exception_ptr&) {});
}

std::uint16_t HttpServer::port() const {
  return impl_->port;
}

void HttpServer::stop(std::function<void()> done) {
  impl_->stop(std::move(done));
}

}  // namespace altmind::http
