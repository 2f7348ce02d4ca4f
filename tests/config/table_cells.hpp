#pragma once
// Cells and rows of generated tables, by row number.

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace altmind::test {

inline constexpr std::size_t rows = 120;

using Row = std::function<std::string(std::size_t)>;

/// Returns `header` unchanged, then a line for each row.
inline std::string table(const std::string& header, const Row& row, const std::string& end = "\n",
                         std::size_t count = rows) {
  std::string out = header.empty() ? "" : header + end;
  for (std::size_t i = 0; i < count; ++i) out += row(i) + end;
  return out;
}

inline std::string decimals(double value, char mark = '.', int digits = 2) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  std::string out = text;
  for (char& c : out) c = c == '.' ? mark : c;
  return out;
}

inline double x_of(std::size_t i) {
  return (static_cast<double>((i * 37 + 13) % 201) - 100.0) / 100.0;
}
inline double z_of(std::size_t i) {
  return (static_cast<double>((i * 53 + 41) % 301) - 150.0) / 100.0;
}
inline std::string x(std::size_t i, char mark = '.') {
  return decimals(x_of(i), mark);
}
inline std::string z(std::size_t i, char mark = '.') {
  return decimals(z_of(i), mark);
}
inline std::string up(std::size_t i) {
  return x_of(i) + z_of(i) > 0 ? "up" : "down";
}
inline std::string land(std::size_t i) {
  return std::vector<std::string>{"DE", "FR", "IT"}[i * 7 % 3];
}
inline std::string target(std::size_t i, char mark = '.') {
  return decimals(2.0 * x_of(i) - z_of(i), mark);
}
inline std::string n(std::size_t i) {
  return std::to_string(i);
}
/// Returns 1000 to 3999 with digit grouping.
inline std::string grouped(std::size_t i, const std::string& sign) {
  const std::size_t amount = 1000 + i * 1237 % 3000;
  const std::string rest = n(amount % 1000);
  return n(amount / 1000) + sign + std::string(3 - rest.size(), '0') + rest;
}
/// Returns `word` in every twentieth row from the eighth on, else `text`.
inline std::string now_and_then(std::size_t i, const std::string& word, const std::string& text) {
  return i % 20 == 7 ? word : text;
}
inline std::string quoted(const std::string& text, char quote = '"') {
  return quote + text + quote;
}
inline const std::vector<double> first_row = {x_of(0), z_of(0)};

}  // namespace altmind::test
