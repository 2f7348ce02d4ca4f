#include "adapters/http/wire/chunks.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "adapters/http/text.hpp"

namespace altmind::http {
namespace {

/// Parses a size line: `1a` and `1a;extension` give 26.
std::optional<std::size_t> chunk_size(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find(';'));
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || digits.front() == '-' || error != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  return size;
}

/// True if the line has the form `Name: value`.
bool is_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  return colon != std::string_view::npos && is_token(line.substr(0, colon));
}

bool is_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

}  // namespace

ChunkDecoder::State ChunkDecoder::push(std::string& buffer, std::string& body) {
  std::string_view rest = buffer;
  const auto leave = [&](State state) {
    buffer.erase(0, buffer.size() - rest.size());
    return state;
  };
  while (true) {
    if (at_ == At::data) {
      const std::size_t portion = std::min(left_, rest.size());
      body.append(rest.substr(0, portion));
      rest.remove_prefix(portion);
      left_ -= portion;
      if (left_ > 0) return leave(State::more);
      at_ = At::data_end;
    }
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);  // with its CR, if complete
    const bool whole = end != std::string_view::npos;
    if (at_ == At::data_end && !line.empty() && line != "\r") return leave(State::damaged);
    if (line.size() + trailers_ > max_line_) return leave(State::line_too_long);
    if (!whole) return leave(State::more);
    if (!line.ends_with('\r') || !is_line(line.substr(0, line.size() - 1))) return leave(State::damaged);
    const std::string_view text = line.substr(0, line.size() - 1);
    rest.remove_prefix(end + 1);
    if (at_ == At::data_end) {
      at_ = At::size;
    } else if (at_ == At::trailers) {
      if (text.empty()) return leave(State::complete);
      if (!is_field(text)) return leave(State::damaged);
      trailers_ += line.size();
    } else {
      const std::optional<std::size_t> size = chunk_size(text);
      if (!size) return leave(State::damaged);
      if (*size > max_body_ - body.size()) return leave(State::body_too_large);
      left_ = *size;
      at_ = *size == 0 ? At::trailers : At::data;
    }
  }
}

}  // namespace altmind::http
