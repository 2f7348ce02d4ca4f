#pragma once
// Strict decoder of the chunked transfer coding. Sans-I/O.

#include <cstddef>
#include <string>

namespace altmind::http {

/// Decodes a chunked body from bytes that arrive in pieces of any size. RFC 9112 section 7.1, and stricter: lines must
/// end with CR LF, and blanks before or after a size are rejected. Trailers must be valid fields; they and extensions
/// are dropped.
class ChunkDecoder {
 public:
  enum class State { more, complete, damaged, line_too_long, body_too_large };

  /// max_line: maximum bytes of one size line, and of all trailers together.
  ChunkDecoder(std::size_t max_body, std::size_t max_line) : max_body_(max_body), max_line_(max_line) {}

  /// Consumes bytes from the front of `buffer` and appends the decoded data to `body`. After `complete`, the bytes left
  /// in `buffer` belong to the next request.
  State push(std::string& buffer, std::string& body);

 private:
  enum class At { size, data, data_end, trailers };

  std::size_t max_body_;
  std::size_t max_line_;
  At at_ = At::size;
  std::size_t left_ = 0;      ///< bytes of the current chunk that have not arrived yet
  std::size_t trailers_ = 0;  ///< bytes of trailers seen
};

}  // namespace altmind::http
