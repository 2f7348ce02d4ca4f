#pragma once
// Labelled samples for clients to send: each one is a function of its number.

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

namespace altmind::e2e {

inline constexpr std::size_t inputs = 20;  ///< unless a test needs another number
inline const std::map<std::string, std::string> ndjson = {{"Content-Type", "application/x-ndjson"}};

/// splitmix64: maps any number to a well mixed one, and gives a sequence by advancing `state`.
inline std::uint64_t mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

/// Draws uniformly from [low, high].
inline std::uint64_t draw(std::uint64_t& state, std::uint64_t low, std::uint64_t high) {
  return low + mix(state) % (high - low + 1);
}

/// The first feature is number / 4096 and the second `origin`: both exact in float32, so that a sample can be
/// identified in the journal. The rest lie in [-1, 1]; the class is the quadrant of the third and fourth.
inline std::string feature_list(std::uint64_t number, int origin, std::size_t width) {
  std::uint64_t state = number * 2 + static_cast<std::uint64_t>(origin) + 1;
  char text[48];
  std::snprintf(text, sizeof text, "[%.12g,%d", static_cast<double>(number) / 4096.0, origin);
  std::string list = text;
  for (std::size_t i = 2; i < width; ++i) {
    std::snprintf(text, sizeof text, ",%.3f", static_cast<double>(draw(state, 0, 2000)) / 1000.0 - 1.0);
    list += text;
  }
  return list + "]";
}

inline unsigned class_of(std::uint64_t number, int origin) {
  std::uint64_t state = number * 2 + static_cast<std::uint64_t>(origin) + 1;
  const unsigned first = mix(state) % 2001 >= 1000 ? 1 : 0;
  return first * 2 + (mix(state) % 2001 >= 1000 ? 1 : 0);
}

/// Returns one line of NDJSON, with its newline.
inline std::string sample_line(std::uint64_t number, int origin, std::size_t width) {
  return "{\"features\":" + feature_list(number, origin, width) +
         ",\"label\":" + std::to_string(class_of(number, origin)) + "}\n";
}

inline std::string sample_lines(std::uint64_t begin, std::uint64_t end, int origin, std::size_t width) {
  std::string lines;
  for (std::uint64_t i = begin; i < end; ++i) lines += sample_line(i, origin, width);
  return lines;
}

}  // namespace altmind::e2e
