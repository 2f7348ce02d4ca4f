#pragma once
// One connection of a TCP source, and the state that the connections of a source share.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "adapters/ingest/ledger.hpp"
#include "adapters/sources/tcp/mailbox.hpp"
#include "adapters/sources/tcp/session.hpp"
#include "adapters/sources/tcp/tcp_limits.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::tcp {

class TcpConnection;

/// The connection that sends on a stream, and how many groups of all its connections are not durable yet.
struct StreamUse {
  TcpConnection* holder = nullptr;
  std::size_t in_flight = 0;
};

/// Used by the I/O thread only.
struct TcpShared {
  boost::asio::io_context& io;
  adapters::SourceOptions options;
  SampleSpec spec;
  SampleSink& sink;
  const ingest::Ledger& ledger;
  ingest::IngestProbe& probe;
  TcpLimits limits;
  std::shared_ptr<Mailbox> mailbox;

  bool stopping = false;
  std::uint64_t next_id = 0;
  std::size_t open_count = 0;  ///< connections with a socket
  std::uint64_t lines = 0;     ///< of all connections
  /// Kept after their socket is closed while some of their groups are in flight.
  std::map<std::uint64_t, std::shared_ptr<TcpConnection>> connections{};
  std::map<std::string, StreamUse, std::less<>> streams{};  ///< by ledger key

  /// Connections take turns: each processes a bounded part of its input, and between two of them the thread does all
  /// its other work, so that busy senders cannot starve anyone else.
  bool turn_taken = false;
  std::deque<std::shared_ptr<TcpConnection>> waiting_for_turn{};
  void pass_turn();
};

/// Lives on the I/O thread. Two coroutines: one reads and offers, one writes replies.
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  TcpConnection(boost::asio::ip::tcp::socket socket, std::shared_ptr<TcpShared> shared);

  void start();
  /// Stops reading and offering, writes pending output, and closes within limits.drain. A reason becomes the
  /// connection's last error.
  void quit(std::string_view reason = {}, const std::string& message = {});
  void close();  ///< at once
  void receipt(std::uint64_t group, const Receipt& receipt);

 private:
  friend struct TcpShared;
  using Self = std::shared_ptr<TcpConnection>;
  static boost::asio::awaitable<void> serve(Self self);
  static boost::asio::awaitable<void> write(Self self);
  boost::asio::awaitable<void> take_input();
  boost::asio::awaitable<void> offer();
  boost::asio::awaitable<void> open_stream();
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<void> readable(boost::system::error_code& error);
  std::size_t read(boost::system::error_code& error);
  void watch_silence();
  boost::asio::awaitable<void> changed();
  boost::asio::awaitable<void> take_turn();
  Session::Next advance();

  void wake();
  void arm(std::chrono::milliseconds time);
  void disarm();
  void release_stream();
  void ended();

  std::shared_ptr<TcpShared> shared_;
  std::uint64_t id_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer change_;    ///< never expires; cancelled when something has changed
  boost::asio::steady_timer deadline_;  ///< closes the connection
  boost::asio::steady_timer silence_;   ///< ends it if nothing arrives for options.idle_timeout
  boost::asio::cancellation_signal cancel_read_;
  Session session_;
  std::unique_ptr<char[]> buffer_;  ///< limits.read_bytes; freed while idle

  bool my_turn_ = false;       ///< set when the turn is passed on
  bool quitting_ = false;      ///< quit() was called
  bool reading_ = true;        ///< serve() is still taking input
  bool writing_ = false;       ///< a write is under way
  bool written_ = false;       ///< write() has ended
  bool end_of_input_ = false;  ///< the client has sent everything
  bool closed_ = false;
};

}  // namespace altmind::tcp
