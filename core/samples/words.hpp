#pragma once
// The distinct category names of a block of samples.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace altmind {

/// Interns category names until admission, which alone may extend the vocabularies: until then a cell holds the
/// index of its name here. Indices are 0, 1, ... in order of arrival.
class Words {
 public:
  std::uint32_t add(std::string_view text) {
    const auto [at, fresh] = index_.try_emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(at->first);
    return at->second;
  }
  const std::string& operator[](std::size_t word) const { return texts_[word]; }
  std::size_t size() const { return texts_.size(); }
  bool empty() const { return texts_.empty(); }
  void clear() {
    texts_.clear();
    index_.clear();
  }

  bool operator==(const Words& other) const { return texts_ == other.texts_; }

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::uint32_t> index_;
};

}  // namespace altmind
