#include "adapters/http/wire/connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "adapters/http/error.hpp"
#include "adapters/http/wire/chunks.hpp"
#include "adapters/http/wire/response_head.hpp"
#include "adapters/memory_error.hpp"

namespace altmind::http {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t head_portion = 16 << 10;
constexpr std::size_t body_portion = 128 << 10;
constexpr unsigned reads_in_a_row = 4;
constexpr std::size_t bodies_at_once = 16;  // of maximum size: bounds the memory of all request bodies together
// Not counted, so that health checks are answered no matter how many answers are waiting.
constexpr std::size_t small_answer = 4 << 10;
constexpr std::chrono::milliseconds stop_grace{1000};
constexpr std::chrono::milliseconds linger{2000};

RejectedRequest body_too_large(const HttpOptions& options) {
  return {413, "body_too_large", "body: at most " + std::to_string(options.max_body) + " bytes"};
}

/// Hands the response from the handler's thread to the connection.
struct Reply {
  explicit Reply(const asio::any_io_executor& executor) : arrival(executor, Clock::time_point::max()) {}
  asio::steady_timer arrival;
  std::optional<Response> response;
};

}  // namespace

HttpConnection::HttpConnection(std::unique_ptr<Stream> stream, std::shared_ptr<ConnectionContext> context)
    : stream_(std::move(stream)), timer_(stream_->executor()), context_(std::move(context)) {
  here_.push_back(this);
  place_ = here_.begin();
  enter(Phase::idle);
}

/// Waits for the turn of a connection whose next request has already arrived. One such connection is resumed at a time,
/// after everything else that is ready, so that clients that pipeline requests cannot starve the others.
asio::awaitable<void> HttpConnection::take_turn() {
  if (std::exchange(context_->turn_taken, true)) {
    std::list<asio::steady_timer>& waiting = context_->waiting_for_turn;
    const auto place = waiting.emplace(waiting.end(), timer_.get_executor(), Clock::time_point::max());
    co_await place->async_wait(awaited);
    waiting.erase(place);
  }
  asio::post(timer_.get_executor(), [context = context_] { context->pass_turn(); });
}

std::list<HttpConnection*>& HttpConnection::list_of(Phase phase) {
  if (phase == Phase::idle) return context_->idle;
  if (phase == Phase::beginning) return context_->beginning;
  return phase == Phase::receiving || phase == Phase::answering ? context_->waited_for : here_;
}

/// Changes the phase and moves the connection to the end of that phase's list, even if it was in that list already.
void HttpConnection::enter(Phase phase) {
  std::list<HttpConnection*>& to = list_of(phase);
  to.splice(to.end(), list_of(phase_), place_);
  phase_ = phase;
}

asio::awaitable<void> HttpConnection::run(std::shared_ptr<HttpConnection> self) {
  // Not `while (co_await ...)`: g++ 12 would store the condition over the start of the frame.
  bool more = true;
  while (more) {
    more = co_await self->serve();
    self->release();
  }
  co_await self->finish_sending();
  self->disarm();
  self->stream_->close();
}

void HttpConnection::stop() {
  if (phase_ == Phase::idle) return abort();
  if (phase_ != Phase::handling) arm(stop_grace);
}

void HttpConnection::abort() {
  expired_ = true;
  enter(Phase::ended);  // no longer a candidate for eviction
  stream_->close();
  release();
}

/// Counts the bytes of the body received so far. Returns false if all bodies together exceed the server's limit.
bool HttpConnection::claim(std::size_t body_bytes) {
  context_->body_bytes += body_bytes - std::exchange(claimed_, body_bytes);
  return context_->body_bytes <= bodies_at_once * context_->options.max_body;
}

void HttpConnection::release() {
  context_->body_bytes -= std::exchange(claimed_, 0);
}

void HttpConnection::arm(std::chrono::milliseconds limit) {
  expired_ = false;
  if (context_->stopping) limit = std::min(limit, stop_grace);
  timer_.expires_after(limit);
  auto fired = [weak = weak_from_this(), number = ++armed_](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->armed_ != number) return;
    self->expired_ = true;
    // A client that sends too slowly gets a 408; one that does not read would not receive it.
    if (self->phase_ == Phase::answering)
      self->stream_->close();
    else
      self->stream_->cancel_wait();
  };
  timer_.async_wait(std::move(fired));
}

void HttpConnection::disarm() {
  ++armed_;
  timer_.cancel();
}

asio::awaitable<HttpConnection::Got> HttpConnection::read_some(std::string& into, std::size_t most) {
  while (!expired_) {
    char* const received = context_->received.get();
    const std::size_t size = std::min(most, ConnectionContext::received_bytes);
    const std::optional<std::size_t> count = stream_->read_some(asio::buffer(received, size));
    if (count == 0) break;
    if (count) {
      into.append(received, *count);
      // Yield every few reads, so that one busy sender cannot starve the other connections.
      if (++reads_ % reads_in_a_row == 0) co_await asio::post(timer_.get_executor(), asio::use_awaitable);
      co_return Got::bytes;
    }
    waited_ = true;
    const auto [ended] = co_await stream_->wait_readable();
    if (ended) break;
  }
  co_return expired_ ? Got::expired : Got::end;
}

/// Serves one request. Returns false if the connection must be closed.
asio::awaitable<bool> HttpConnection::serve() {
  const std::optional<Head> head = co_await receive_head();
  if (!head) co_return false;
  Request request;
  if (!co_await receive_body(*head, request.body)) co_return false;
  request.method = head->method;
  request.path = head->path;
  request.query = head->query;
  request.headers = head->headers;
  request.from_loopback = stream_->peer_is_loopback();

  disarm();
  enter(Phase::handling);
  const auto begin = Clock::now();
  const Response response = co_await handle(request);
  enter(Phase::answering);
  const bool keep_alive = head->keep_alive && !context_->stopping;
  const bool written = co_await write(response, head->method != "HEAD", keep_alive, head->minor);
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  context_->observed(response.route, response.status, seconds.count());
  co_return written && head->keep_alive && !context_->stopping && stream_->is_open();
}

asio::awaitable<std::optional<Head>> HttpConnection::receive_head() {
  enter(Phase::idle);
  const HttpOptions& options = context_->options;
  const auto skip_empty_lines = [this] {  // RFC 9112 section 2.2
    std::size_t at = 0;
    while (buffer_.compare(at, 2, "\r\n") == 0) at += 2;
    buffer_.erase(0, at);
    return !buffer_.empty() && buffer_ != "\r";
  };
  if (buffer_.empty()) buffer_ = std::string();  // frees the memory: an idle connection keeps none for its last request
  arm(options.idle_timeout);
  while (!skip_empty_lines())
    if (co_await read_some(buffer_, head_portion) != Got::bytes) co_return std::nullopt;

  enter(Phase::beginning);
  if (!std::exchange(waited_, false)) {
    disarm();
    co_await take_turn();
    if (!stream_->is_open()) co_return std::nullopt;
  }
  arm(options.header_timeout);
  HeadScanner scanner;
  HeadScanner::State state = scanner.scan(buffer_);
  while (state == HeadScanner::State::more && buffer_.size() <= options.max_header) {
    const Got got = co_await read_some(buffer_, head_portion);
    if (got == Got::end) co_return std::nullopt;
    if (got == Got::expired) {
      const RejectedRequest late{408, "header_timeout", "the head of the request did not arrive in time"};
      co_await reject(late);
      co_return std::nullopt;
    }
    state = scanner.scan(buffer_);
  }
  if (state == HeadScanner::State::not_http || state == HeadScanner::State::bad_line_end) {
    const bool line_end = state == HeadScanner::State::bad_line_end;
    const RejectedRequest bad{400, line_end ? "bad_line_end" : "bad_request",
                              line_end ? "lines of the head must end with CR LF" : "this is not an HTTP/1 request"};
    co_await reject(bad);
    co_return std::nullopt;
  }
  if (state == HeadScanner::State::more || scanner.size() > options.max_header) {
    const RejectedRequest large{431, "header_too_large",
                                "request line and headers: at most " + std::to_string(options.max_header) + " bytes"};
    co_await reject(large);
    co_return std::nullopt;
  }
  auto head = parse_head(std::string_view(buffer_).substr(0, scanner.size()));
  buffer_.erase(0, scanner.size());
  if (head.has_error()) {
    const RejectedRequest rejected = head.error();
    co_await reject(rejected);
    co_return std::nullopt;
  }
  co_return std::move(*head);
}

asio::awaitable<bool> HttpConnection::receive_body(const Head& head, std::string& body) {
  if (!head.chunked && head.content_length == 0) co_return true;
  if (head.content_length > context_->options.max_body) {
    const RejectedRequest large = body_too_large(context_->options);
    co_await reject(large);
    co_return false;
  }
  arm(context_->options.body_timeout);
  if (head.expects_continue && buffer_.empty()) {
    enter(Phase::answering);
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const asio::const_buffer part = asio::buffer(go_on);
    const auto [error, count] = co_await stream_->write({&part, 1});
    if (error || !stream_->is_open()) co_return false;
  }
  enter(Phase::receiving);
  const bool whole = head.chunked ? co_await receive_chunked(body) : co_await receive_plain(head.content_length, body);
  co_return whole;
}

asio::awaitable<bool> HttpConnection::receive_plain(std::size_t length, std::string& body) {
  if (buffer_.size() <= length) {
    body = std::exchange(buffer_, {});
  } else {
    body = buffer_.substr(0, length);
    buffer_.erase(0, length);
  }
  if (!co_await may_go_on(Got::bytes, body.size())) co_return false;
  // Memory grows with the bytes received, not with the Content-Length.
  while (body.size() < length) {
    const Got got = co_await read_some(body, std::min(body_portion, length - body.size()));
    if (!co_await may_go_on(got, body.size())) co_return false;
  }
  claim(body.size());
  co_return true;
}

asio::awaitable<bool> HttpConnection::receive_chunked(std::string& body) {
  using State = ChunkDecoder::State;
  const HttpOptions& options = context_->options;
  ChunkDecoder decoder(options.max_body, options.max_header);
  State state = decoder.push(buffer_, body);
  while (state == State::more) {
    const Got got = co_await read_some(buffer_, body_portion);
    if (got == Got::bytes) state = decoder.push(buffer_, body);
    if (!co_await may_go_on(got, body.size())) co_return false;
  }
  if (state == State::complete) co_return true;
  RejectedRequest rejected = body_too_large(options);
  if (state == State::damaged) rejected = {400, "bad_chunk", "the chunked body is damaged"};
  if (state == State::line_too_long)
    rejected = {431, "header_too_large", "a chunk's size line or the trailers are too long"};
  co_await reject(rejected);
  co_return false;
}

/// Checks the result of a read of the body, of which `size` bytes have been received. Returns false if the request
/// cannot continue; it has then been rejected, unless the client is gone.
asio::awaitable<bool> HttpConnection::may_go_on(Got got, std::size_t size) {
  if (got == Got::expired) {
    const RejectedRequest late{408, "body_timeout", "the body did not arrive in time"};
    co_await reject(late);
  }
  if (got != Got::bytes) co_return false;
  if (claim(size)) co_return true;
  const RejectedRequest busy{503, "overloaded", "too many large requests at once"};
  co_await reject(busy);
  co_return false;
}

asio::awaitable<Response> HttpConnection::handle(Request& request) {
  const asio::any_io_executor executor = timer_.get_executor();
  const auto reply = std::make_shared<Reply>(executor);
  // Runs immediately when called on this thread (a prediction), otherwise it is queued to this thread.
  Respond respond = [reply, executor](Response response) {
    auto arrive = [reply, response = std::move(response)]() mutable {
      if (reply->response) return;
      reply->response = std::move(response);
      reply->arrival.cancel();
    };
    asio::dispatch(executor, std::move(arrive));
  };
  try {
    context_->handler(std::move(request), std::move(respond));
  } catch (const std::exception& error) {
    reply->response = error_response(500, "internal", std::string("the request failed: ") + adapters::words_of(error));
  }
  while (!reply->response) co_await reply->arrival.async_wait(awaited);
  release();
  Response response = std::move(*reply->response);
  if (!response.claim && response.body.size() > small_answer) {
    const auto claim = std::make_shared<AnswerClaim>(context_->answers);
    if (claim->grow_to(response.body.size())) {
      response.claim = claim;
    } else {
      std::string route = std::move(response.route);
      response = error_response(503, "overloaded", "too many answers wait to be taken");
      response.route = std::move(route);
    }
  }
  co_return response;
}

asio::awaitable<bool> HttpConnection::write(const Response& response, bool body_too, bool keep_alive, int minor) {
  const std::string head = response_head(response, keep_alive, minor);
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head),
                                                   body_too ? asio::buffer(response.body) : asio::const_buffer{}};
  arm(context_->options.write_timeout);
  const auto [error, count] = co_await stream_->write(parts);
  co_return !error;
}

asio::awaitable<void> HttpConnection::reject(RejectedRequest rejected) {
  if (!stream_->is_open()) co_return;
  enter(Phase::answering);
  Response response = error_response(rejected.status, rejected.reason, rejected.message);
  response.route = unmatched_route;
  const bool written = co_await write(response, true, false, 1);
  context_->observed(response.route, response.status, 0.0);
  if (written && !context_->stopping) co_await discard();
}

/// Shuts down the sending side, within `linger`; the connection may be evicted meanwhile.
asio::awaitable<void> HttpConnection::finish_sending() {
  if (!stream_->is_open()) co_return;
  enter(Phase::answering);
  arm(linger);
  co_await stream_->shutdown_send();
}

/// Reads and discards input for up to `linger`: closing a socket with unread bytes resets it, and the client may lose
/// the answer.
asio::awaitable<void> HttpConnection::discard() {
  co_await finish_sending();
  if (!stream_->is_open()) co_return;
  enter(Phase::idle);  // it has its answer, so it may be evicted for a new connection
  arm(linger);
  Got got = Got::bytes;
  while (got == Got::bytes) {
    buffer_.clear();
    got = co_await read_some(buffer_, body_portion);
  }
}

}  // namespace altmind::http
