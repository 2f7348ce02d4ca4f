#pragma once
// The byte stream under an HTTP connection: the only interface that depends on the transport.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <tuple>

namespace altmind::http {

/// A connected, bidirectional byte stream. Used only on the thread of its executor.
///
/// The caller runs one operation at a time (wait_readable, write or shutdown_send) and keeps the stream, and the
/// buffers that it passes to write(), until the operation has completed; only cancel_wait() and close() may be called
/// in between. So an operation may both read and write the transport, as TLS does.
///
/// A handshake is part of the first wait_readable(): until it is done, read_some() returns nullopt. Meanwhile the
/// connection counts as idle: it is bounded by the idle timeout and is evicted first. A stream that needs a shorter
/// deadline for its handshake must have a timer of its own.
///
/// Operations return what Asio's as_tuple(use_awaitable) returns, so that a transport that only forwards to a socket
/// needs no coroutine frame of its own, which every idle connection would hold.
class Stream {
 public:
  using Done = std::tuple<boost::system::error_code>;
  using Written = std::tuple<boost::system::error_code, std::size_t>;  ///< with the bytes written

  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  virtual boost::asio::any_io_executor executor() = 0;

  /// False after close().
  virtual bool is_open() const = 0;

  /// True if the transport itself shows that the peer is on this machine; admin routes trust it.
  virtual bool peer_is_loopback() const = 0;

  /// Returns the number of bytes read; 0 at the end of the stream and after an error; nullopt if no byte has arrived
  /// yet. Never blocks. Must not return nullopt while received bytes are left: after nullopt, the connection counts as
  /// waiting, not as one whose next request has already arrived.
  virtual std::optional<std::size_t> read_some(boost::asio::mutable_buffer into) = 0;

  /// Completes when read_some() may return something other than nullopt (spurious wake-ups are allowed), and with an
  /// error when the stream has failed or cancel_wait() was called.
  virtual boost::asio::awaitable<Done> wait_readable() = 0;

  /// Writes all buffers in order, or fails. close() ends it; cancel_wait() does not.
  virtual boost::asio::awaitable<Written> write(std::span<const boost::asio::const_buffer> parts) = 0;

  /// Tells the peer that no more data follows; the peer's data can still be read. Completes without waiting for the
  /// peer to acknowledge it. A second call does nothing.
  virtual boost::asio::awaitable<Done> shutdown_send() = 0;

  /// Ends a pending wait_readable() with an error, even between two of its internal steps; does nothing if none is
  /// pending. The stream can still be written to (to tell the peer about its timeout), unless the handshake was not
  /// done: then write() fails.
  virtual void cancel_wait() = 0;

  /// Closes the stream without telling the peer; pending and later operations complete with an error. Frees the
  /// descriptor before it returns.
  virtual void close() = 0;
};

}  // namespace altmind::http
