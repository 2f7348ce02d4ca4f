#pragma once
// Bytes to lines, however the bytes arrive; no file or socket in sight.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace altmind::formats {

/// One line, its end (LF, CRLF or CRCRLF, or the framer's own) taken off.
struct Line {
  std::string_view text;  ///< valid until the framer is called again
  bool too_long = false;  ///< longer than max_line: `text` is only its beginning, for the log
};

/// Cuts pushed bytes into lines. The lines do not depend on how the bytes were split over pushes.
/// Memory is bounded by max_line; a line that lies whole in the pushed bytes is not copied.
class LineFramer {
 public:
  static constexpr std::size_t kept_of_too_long = 1024;  ///< at most so much of a too long line is kept

  /// max_line: bytes of a line without its end. end: what ends one; of LF also CRLF and CRCRLF.
  explicit LineFramer(std::size_t max_line, char end = '\n') : max_line_(max_line), end_(end) {}

  /// Borrows `bytes` until next() has returned nothing; only then may more be pushed.
  void push(std::string_view bytes);

  /// The next whole line; nothing when more bytes are needed.
  std::optional<Line> next();

  std::size_t unread() const { return input_.size(); }  ///< bytes pushed behind the last line

  /// The last line when it has no end. Call once next() has returned nothing; the framer is then as new.
  std::optional<Line> finish();

 private:
  Line cut(std::string_view line) const;
  void keep(std::string_view part);

  std::size_t max_line_;
  char end_;
  std::string_view input_;  ///< pushed and not yet cut
  std::string carry_;       ///< beginning of a line whose end was not pushed yet
  bool carried_ = false;    ///< carry_ was handed out by the last call and is done with
  bool dropping_ = false;   ///< carry_ is the beginning of a line known to be too long
};

}  // namespace altmind::formats
