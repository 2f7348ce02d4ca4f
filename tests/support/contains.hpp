#pragma once

#include <string>

namespace altmind::test {

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace altmind::test
