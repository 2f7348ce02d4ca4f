#pragma once
// HTTP over plain TCP.

#include <boost/asio/ip/tcp.hpp>

#include "adapters/http/wire/stream.hpp"

namespace altmind::http {

class TcpStream final : public Stream {
 public:
  /// Takes a connected socket, makes it non-blocking and disables Nagle's algorithm.
  explicit TcpStream(boost::asio::ip::tcp::socket socket);

  boost::asio::any_io_executor executor() override { return socket_.get_executor(); }
  bool is_open() const override { return socket_.is_open(); }
  bool peer_is_loopback() const override { return peer_is_loopback_; }
  std::optional<std::size_t> read_some(boost::asio::mutable_buffer into) override;
  boost::asio::awaitable<Done> wait_readable() override;
  boost::asio::awaitable<Written> write(std::span<const boost::asio::const_buffer> parts) override;
  boost::asio::awaitable<Done> shutdown_send() override;
  void cancel_wait() override;
  void close() override;

 private:
  boost::asio::ip::tcp::socket socket_;
  bool peer_is_loopback_;
};

}  // namespace altmind::http
