#include "adapters/sources/tcp/tcp_source.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "adapters/address.hpp"
#include "adapters/sources/tcp/connection.hpp"

namespace altmind::tcp {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct TcpSource::Impl {
  Impl(asio::io_context& io, std::shared_ptr<TcpShared> s) : shared(std::move(s)), acceptor(io), pause(io) {}

  void listen();
  static asio::awaitable<void> accept(std::shared_ptr<Impl> self);

  std::shared_ptr<TcpShared> shared;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
};

void TcpSource::Impl::listen() {
  const std::string& address = shared->options.address;
  const auto check = [&](const error_code& error) {
    if (!error) return;
    throw std::runtime_error("source " + shared->options.name + ": cannot listen on " + address + ": " +
                             error.message());
  };
  const auto parsed = adapters::parse_address(address);
  if (!parsed) {
    throw std::runtime_error("source " + shared->options.name + ": address: must be host:port, got \"" + address +
                             "\"");
  }
  error_code error;
  tcp::resolver resolver(shared->io);
  const auto found = resolver.resolve(parsed->host, std::to_string(parsed->port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, error);
  check(error);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), error);
  check(error);
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  check(error);
  acceptor.bind(endpoint, error);
  check(error);
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  check(error);
}

asio::awaitable<void> TcpSource::Impl::accept(std::shared_ptr<Impl> self) {
  while (!self->shared->stopping) {
    tcp::socket socket(self->shared->io);
    error_code error;
    co_await self->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (self->shared->stopping) break;
    if (error) {
      // No descriptor is left, or the peer gave up: the next try must not spin.
      self->pause.expires_after(std::chrono::milliseconds(100));
      co_await self->pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    if (self->shared->open_count >= self->shared->limits.connections) continue;  // closes it
    try {
      std::make_shared<TcpConnection>(std::move(socket), self->shared)->start();
    } catch (const std::bad_alloc&) {
      // This connection is closed; the others go on, and so does accepting.
    }
  }
}

TcpSource::TcpSource(asio::io_context& io, adapters::SourceOptions options, const SampleSpec& spec, SampleSink& sink,
                     const ingest::Ledger& ledger, ingest::IngestProbe& probe, TcpLimits limits) {
  const Session fits(options, spec, probe);
  impl_ =
      std::make_shared<Impl>(io, std::make_shared<TcpShared>(TcpShared{io, std::move(options), spec, sink, ledger,
                                                                       probe, limits, std::make_shared<Mailbox>(io)}));
}

TcpSource::~TcpSource() {
  stop();
  impl_->shared->mailbox->close();
  impl_->shared->waiting_for_turn.clear();
  for (const auto& [id, connection] : std::exchange(impl_->shared->connections, {})) connection->close();
}

void TcpSource::start() {
  impl_->listen();
  asio::co_spawn(impl_->shared->io, Impl::accept(impl_), asio::detached);
}

void TcpSource::stop() noexcept {
  if (std::exchange(impl_->shared->stopping, true)) return;
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  for (const auto& [id, connection] : impl_->shared->connections) connection->quit();
}

std::string TcpSource::status() const {
  const TcpShared& shared = *impl_->shared;
  nlohmann::ordered_json json;
  json["type"] = "tcp";
  json["name"] = shared.options.name;
  error_code error;
  const tcp::endpoint endpoint = impl_->acceptor.local_endpoint(error);
  const std::string host =
      endpoint.address().is_v6() ? "[" + endpoint.address().to_string() + "]" : endpoint.address().to_string();
  json["address"] = error ? shared.options.address : host + ":" + std::to_string(endpoint.port());
  json["connections"] = shared.open_count;
  json["lines"] = shared.lines;
  return json.dump();
}

std::uint16_t TcpSource::port() const {
  error_code error;
  const tcp::endpoint endpoint = impl_->acceptor.local_endpoint(error);
  return error ? std::uint16_t{0} : endpoint.port();
}

}  // namespace altmind::tcp
