#include "adapters/sources/tcp/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

namespace altmind::tcp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Detects within about two minutes that a client is gone, so that it does not hold its place forever.
void keep_alive(asio::ip::tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto set = [&](int option, int value) {
    setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  set(TCP_KEEPIDLE, 60);
  set(TCP_KEEPINTVL, 10);
  set(TCP_KEEPCNT, 6);
}

}  // namespace

TcpConnection::TcpConnection(asio::ip::tcp::socket socket, std::shared_ptr<TcpShared> shared)
    : shared_(std::move(shared)),
      id_(shared_->next_id++),
      socket_(std::move(socket)),
      change_(shared_->io),
      deadline_(shared_->io),
      silence_(shared_->io),
      session_(shared_->options, shared_->spec, shared_->probe, shared_->limits.session) {
  change_.expires_at(asio::steady_timer::time_point::max());
}

void TcpConnection::start() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  keep_alive(socket_);
  socket_.non_blocking(true, ignored);
  ++shared_->open_count;
  shared_->connections.emplace(id_, shared_from_this());
  // They throw only when out of memory: then this connection ends, and the others go on.
  auto serve_ended = [self = shared_from_this()](std::exception_ptr error) {
    if (error) self->release_stream();
    self->ended();
  };
  auto write_ended = [self = shared_from_this()](std::exception_ptr error) {
    if (error) self->close();
    self->written_ = true;
    self->wake();
  };
  asio::co_spawn(shared_->io, write(shared_from_this()), std::move(write_ended));
  asio::co_spawn(shared_->io, serve(shared_from_this()), std::move(serve_ended));
}

void TcpConnection::quit(std::string_view reason, const std::string& message) {
  if (quitting_ || closed_) return;
  quitting_ = true;
  if (!reason.empty()) session_.fail(reason, message);
  cancel_read_.emit(asio::cancellation_type::terminal);
  silence_.cancel();
  arm(shared_->limits.drain);
  wake();
}

void TcpConnection::close() {
  closed_ = true;
  error_code ignored;
  socket_.close(ignored);
  deadline_.cancel();
  silence_.cancel();
  wake();
}

void TcpConnection::wake() {
  change_.cancel();
}

// Both coroutines wait here for any change, and then check again.
asio::awaitable<void> TcpConnection::changed() {
  error_code ignored;
  co_await change_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void TcpConnection::arm(std::chrono::milliseconds time) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->close();
  });
}

void TcpConnection::disarm() {
  if (!quitting_) deadline_.cancel();
}

void TcpShared::pass_turn() {
  turn_taken = !waiting_for_turn.empty();
  if (!turn_taken) return;
  waiting_for_turn.front()->my_turn_ = true;
  waiting_for_turn.front()->wake();
  waiting_for_turn.pop_front();
}

asio::awaitable<void> TcpConnection::take_turn() {
  if (!std::exchange(shared_->turn_taken, true)) co_return;
  shared_->waiting_for_turn.push_back(shared_from_this());
  while (!my_turn_) co_await changed();
  my_turn_ = false;
}

/// Runs the session's next step in our turn, which ends with it even if that step runs out of memory.
Session::Next TcpConnection::advance() {
  asio::post(shared_->io, [shared = shared_] { shared->pass_turn(); });
  return session_.advance();
}

asio::awaitable<void> TcpConnection::serve(Self self) {
  while (!self->quitting_ && !self->closed_) {
    co_await self->take_turn();
    const std::uint64_t before = self->session_.lines();
    const Session::Next next = self->advance();
    self->shared_->lines += self->session_.lines() - before;
    if (self->session_.has_output()) self->wake();
    if (next == Session::Next::end) break;
    if (next == Session::Next::read) {
      co_await self->take_input();
    } else if (next == Session::Next::offer) {
      co_await self->offer();
    } else if (next == Session::Next::open_stream) {
      co_await self->open_stream();
    } else if (next != Session::Next::pause) {
      co_await self->changed();
    }
  }
  self->reading_ = false;
  self->release_stream();
  if (!self->end_of_input_) self->quit();
  if (self->writing_ && !self->quitting_) self->arm(self->shared_->limits.flush);
  self->wake();
  while (!self->written_) co_await self->changed();
  if (!self->end_of_input_ && !self->closed_) co_await self->linger();
}

/// Waits until there is something to read, or the end of the input.
asio::awaitable<void> TcpConnection::readable(error_code& error) {
  auto token = asio::bind_cancellation_slot(cancel_read_.slot(), asio::redirect_error(asio::use_awaitable, error));
  co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, token);
}

/// Reads into the buffer without blocking.
std::size_t TcpConnection::read(error_code& error) {
  if (buffer_ == nullptr) buffer_ = std::make_unique_for_overwrite<char[]>(shared_->limits.read_bytes);
  return socket_.read_some(asio::buffer(buffer_.get(), shared_->limits.read_bytes), error);
}

void TcpConnection::watch_silence() {
  silence_.expires_after(shared_->options.idle_timeout);
  silence_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (error || self == nullptr) return;
    self->quit("idle_timeout", "nothing was sent for " + std::to_string(self->shared_->options.idle_timeout.count()) +
                                   " ms, the source's idle_timeout");
  });
}

asio::awaitable<void> TcpConnection::take_input() {
  error_code error;
  std::size_t size = read(error);
  if (error == asio::error::would_block || error == asio::error::try_again) {
    buffer_.reset();  // a thousand idle connections need no buffers
    watch_silence();
    co_await readable(error);
    silence_.cancel();
    if (quitting_ || closed_) co_return;
    if (!error) size = read(error);
    if (error == asio::error::would_block || error == asio::error::try_again) co_return;
  }
  if (!error) {
    session_.push({buffer_.get(), size});
  } else if (error == asio::error::eof) {
    end_of_input_ = true;
    session_.finish();
  } else {
    // Reset: nobody reads replies, and the last line may be incomplete.
    close();
  }
}

asio::awaitable<void> TcpConnection::offer() {
  bool told = false;
  while (!quitting_ && !closed_) {
    const std::uint64_t number = session_.next_number();
    auto on_durable = [mailbox = shared_->mailbox, shared = std::weak_ptr(shared_), id = id_,
                       number](const Receipt& receipt) {
      mailbox->send([shared, id, number, receipt] {
        const auto alive = shared.lock();
        if (alive == nullptr) return;
        const auto at = alive->connections.find(id);
        if (at == alive->connections.end()) return;
        const std::shared_ptr<TcpConnection> connection = at->second;
        connection->receipt(number, receipt);
      });
    };
    const std::size_t samples = session_.group().samples.count;
    const Offered offered = shared_->sink.offer(session_.group(), std::move(on_durable));
    if (offered.admission == Admission::accepted) {
      session_.offered(offered);
      if (!session_.stream().empty()) ++shared_->streams[session_.stream()].in_flight;
      co_return;
    }
    if (offered.admission == Admission::closed) {
      quit("draining", "no samples are taken any more");
      co_return;
    }
    if (!std::exchange(told, true)) shared_->probe.queue_full(shared_->options.name);
    const auto room = std::make_shared<bool>(false);
    auto ready = [mailbox = shared_->mailbox, room, id = id_, shared = std::weak_ptr(shared_)] {
      mailbox->send([room, id, shared] {
        *room = true;
        const auto alive = shared.lock();
        if (alive == nullptr) return;
        const auto at = alive->connections.find(id);
        if (at != alive->connections.end()) at->second->wake();
      });
    };
    shared_->sink.when_room(samples, std::move(ready));
    while (!*room && !quitting_ && !closed_) co_await changed();
  }
}

asio::awaitable<void> TcpConnection::open_stream() {
  const std::string key = session_.stream();
  {
    StreamUse& use = shared_->streams[key];
    TcpConnection* const older = std::exchange(use.holder, this);
    if (older != nullptr) older->quit("stream_taken", "the stream was opened by another connection");
  }
  // What the older connection has in flight will still move the position.
  while (shared_->streams[key].in_flight > 0 && !quitting_ && !closed_) co_await changed();
  if (!quitting_ && !closed_) session_.resume(shared_->ledger.position(key));
}

void TcpConnection::release_stream() {
  const auto at = shared_->streams.find(session_.stream());
  if (at == shared_->streams.end()) return;
  if (at->second.holder == this) at->second.holder = nullptr;
  if (at->second.holder == nullptr && at->second.in_flight == 0) shared_->streams.erase(at);
}

void TcpConnection::receipt(std::uint64_t group, const Receipt& receipt) {
  const bool good = session_.durable(group, receipt);
  const auto at = shared_->streams.find(session_.stream());
  if (at != shared_->streams.end()) {
    StreamUse& use = at->second;
    --use.in_flight;
    if (use.holder != nullptr) use.holder->wake();
    if (use.holder == nullptr && use.in_flight == 0) shared_->streams.erase(at);
  }
  if (!good) quit();
  wake();
  if (closed_ && written_ && session_.in_flight() == 0) shared_->connections.erase(id_);
}

asio::awaitable<void> TcpConnection::write(Self self) {
  while (!self->closed_) {
    const std::string out = self->session_.output();
    if (out.empty()) {
      if (!self->reading_ && self->session_.in_flight() == 0) break;
      co_await self->changed();
      continue;
    }
    if (!self->reading_ && !self->quitting_) self->arm(self->shared_->limits.flush);
    self->writing_ = true;
    error_code error;
    co_await asio::async_write(self->socket_, asio::buffer(out), asio::redirect_error(asio::use_awaitable, error));
    self->writing_ = false;
    self->disarm();
    if (error) self->session_.mute();  // go on reading: the client may have sent more than it waits to see answered
    self->wake();
  }
}

// Closing a socket with unread input resets the connection, and a reset may overtake the last replies: shut down our
// side, and wait until the client has closed its own.
asio::awaitable<void> TcpConnection::linger() {
  error_code error;
  socket_.shutdown(asio::socket_base::shutdown_send, error);
  while (!error && !closed_) {
    co_await readable(error);
    if (error || closed_) break;
    read(error);
    if (error == asio::error::would_block || error == asio::error::try_again) error = {};
  }
}

void TcpConnection::ended() {
  close();
  --shared_->open_count;
  if (session_.in_flight() == 0) shared_->connections.erase(id_);
}

}  // namespace altmind::tcp
