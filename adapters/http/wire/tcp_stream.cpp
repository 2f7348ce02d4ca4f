#include "adapters/http/wire/tcp_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace altmind::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

bool is_loopback(const tcp::socket& socket) {
  boost::system::error_code error;
  const asio::ip::address peer = socket.remote_endpoint(error).address();
  if (error) return false;
  if (peer.is_v6() && peer.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, peer.to_v6()).is_loopback();
  return peer.is_loopback();
}

}  // namespace

TcpStream::TcpStream(tcp::socket socket) : socket_(std::move(socket)), peer_is_loopback_(is_loopback(socket_)) {
  boost::system::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

std::optional<std::size_t> TcpStream::read_some(asio::mutable_buffer into) {
  boost::system::error_code error;
  const std::size_t count = socket_.read_some(asio::buffer(into), error);
  if (error == asio::error::would_block || error == asio::error::try_again) return std::nullopt;
  return count;
}

asio::awaitable<Stream::Done> TcpStream::wait_readable() {
  return socket_.async_wait(tcp::socket::wait_read, awaited);
}

asio::awaitable<Stream::Written> TcpStream::write(std::span<const asio::const_buffer> parts) {
  return asio::async_write(socket_, parts, awaited);
}

asio::awaitable<Stream::Done> TcpStream::shutdown_send() {
  boost::system::error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  co_return error;
}

void TcpStream::cancel_wait() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void TcpStream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace altmind::http
