#pragma once
// The chunked transfer coding, read strictly. Sans-I/O.

#include <cstddef>
#include <string>

namespace altmind::http {

/// Puts a chunked body together from bytes that arrive in any portions. RFC 9112 section 7.1, and
/// stricter: lines end with CR LF, no blank before or after a size. Trailers are fields; they and extensions are
/// dropped.
class ChunkDecoder {
 public:
  enum class State { more, complete, damaged, line_too_long, body_too_large };

  /// max_line: bytes of one size line, and of all trailers together.
  ChunkDecoder(std::size_t max_body, std::size_t max_line) : max_body_(max_body), max_line_(max_line) {}

  /// Takes from the front of `buffer` what it can use and appends to `body`. After `complete`, what is
  /// left in `buffer` belongs to the next request.
  State push(std::string& buffer, std::string& body);

 private:
  enum class At { size, data, data_end, trailers };

  std::size_t max_body_;
  std::size_t max_line_;
  At at_ = At::size;
  std::size_t left_ = 0;      ///< bytes of the current chunk that have not come yet
  std::size_t trailers_ = 0;  ///< bytes of trailers seen
};

}  // namespace altmind::http
