#pragma once
// Strict parser of the head of an HTTP/1 request: rejects input that two servers could interpret differently.

#include <boost/system/result.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace altmind::http {

/// A validated request line with its header fields.
struct Head {
  std::string method;
  std::string path;                            ///< percent-decoded, without the query
  std::string query;                           ///< as sent, without the question mark
  std::string authority;                       ///< of a target in absolute form; it then replaces `host` in headers
  std::map<std::string, std::string> headers;  ///< names in lower case; repeated fields joined with ", "
  int minor = 1;                               ///< HTTP/1.minor: 0 or 1
  bool chunked = false;
  std::size_t content_length = 0;  ///< 0 when absent or chunked
  bool keep_alive = true;
  bool expects_continue = false;
};

/// Why a request is rejected before any route sees it. The connection closes after the answer.
struct RejectedRequest {
  int status = 400;
  std::string reason;  ///< snake_case
  std::string message;
};

/// Finds the end of a head in bytes that arrive in pieces of any size. Sans-I/O.
class HeadScanner {
 public:
  enum class State { more, complete, bad_line_end, not_http };

  /// Scans the bytes of `buffer` that it has not seen yet; `buffer` starts with the request line and only grows. After
  /// `complete`, the head is the first size() bytes, including its empty line.
  State scan(std::string_view buffer);
  std::size_t size() const { return seen_; }

 private:
  std::size_t seen_ = 0;
  std::size_t line_start_ = 0;
};

/// Parses a complete head (up to and including its empty line). RFC 9112, and stricter: no folded lines, no repeated
/// Content-Length, Transfer-Encoding only `chunked` and never together with Content-Length, exactly one Host in
/// HTTP/1.1.
boost::system::result<Head, RejectedRequest> parse_head(std::string_view text);

}  // namespace altmind::http
