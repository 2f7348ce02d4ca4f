#pragma once
// The byte stream under an HTTP connection: the only place where a transport shows.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <tuple>

namespace altmind::http {

/// A connected byte stream in both directions. Lives on the thread of its executor.
///
/// The caller runs one operation at a time (wait_readable, write or shutdown_send) and keeps the stream, and the
/// buffers that it passes to write(), until the operation has completed; only cancel_wait() and close() may be called
/// in between. So an operation may both read and write the transport, as TLS does.
///
/// A handshake is part of the first wait_readable(): until it is done, read_some() has nothing. The connection counts
/// as an idle one meanwhile, which is bounded by the idle timeout and is the first to be evicted. A stream that wants a
/// shorter deadline for its handshake has a timer of its own.
///
/// Operations return what Asio's as_tuple(use_awaitable) gives: a transport that only forwards to a socket needs no
/// coroutine frame of its own, which every idle connection would hold.
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
  /// yet. Never blocks. Takes all that is there before it says nullopt: the connection then counts as one that waits,
  /// not as one whose next request is there already.
  virtual std::optional<std::size_t> read_some(boost::asio::mutable_buffer into) = 0;

  /// Completes when read_some() may return something else than nullopt (it need not), and with an error when the stream
  /// has failed or cancel_wait() was called.
  virtual boost::asio::awaitable<Done> wait_readable() = 0;

  /// Writes the buffers one after the other: all of them, or it fails. cancel_wait() does not end it, close() does.
  virtual boost::asio::awaitable<Written> write(std::span<const boost::asio::const_buffer> parts) = 0;

  /// Tells the peer that nothing follows; what it sends can still be read. Completes without waiting for the peer's
  /// answer to it. A second call does nothing.
  virtual boost::asio::awaitable<Done> shutdown_send() = 0;

  /// Ends a wait_readable() under way with an error, also one that is between two steps of its own; without one it does
  /// nothing. The stream can be written to afterwards (the peer is told of its timeout), unless the handshake was not
  /// done: then write() fails.
  virtual void cancel_wait() = 0;

  /// Ends the stream without telling the peer; whatever is under way completes with an error, and so does all that
  /// follows. Frees the descriptor before it returns.
  virtual void close() = 0;
};

}  // namespace altmind::http
