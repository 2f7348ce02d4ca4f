#pragma once
// Splits bytes into lines, in whatever chunks they arrive (sans-I/O).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace altmind::formats {

/// One line without its terminator (LF, CRLF or CRCRLF, or the framer's own).
struct Line {
  std::string_view text;  ///< valid until the framer is called again
  bool too_long = false;  ///< longer than max_line: `text` is only its beginning, for the log
};

/// Splits pushed bytes into lines. The lines do not depend on how the bytes were split over pushes. Memory is bounded
/// by max_line; a line that lies entirely within the pushed bytes is not copied.
class LineFramer {
 public:
  static constexpr std::size_t kept_of_too_long = 1024;  ///< bytes kept of a line that is too long, at most

  /// max_line: bytes of a line without its terminator. end: the terminator; LF also accepts CRLF and CRCRLF.
  explicit LineFramer(std::size_t max_line, char end = '\n') : max_line_(max_line), end_(end) {}

  /// Borrows `bytes` until next() has returned nothing; only then may more be pushed.
  void push(std::string_view bytes);

  /// Returns the next whole line; nullopt if more bytes are needed.
  std::optional<Line> next();

  std::size_t unread() const { return input_.size(); }  ///< bytes pushed after the last line returned

  /// Returns the last line if it has no terminator. Call after next() has returned nullopt; resets the framer.
  std::optional<Line> finish();

 private:
  Line cut(std::string_view line) const;
  void keep(std::string_view part);

  std::size_t max_line_;
  char end_;
  std::string_view input_;  ///< pushed and not yet cut
  std::string carry_;       ///< beginning of a line whose end was not pushed yet
  bool carried_ = false;    ///< carry_ was returned by the last call and can be cleared
  bool dropping_ = false;   ///< carry_ is the beginning of a line known to be too long
};

}  // namespace altmind::formats
