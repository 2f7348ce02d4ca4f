#pragma once
// Class names and their indices, in order of arrival.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace altmind {

/// Indices 0, 1, ... are assigned in order of arrival; nothing is ever removed.
class LabelTable {
 public:
  LabelTable() = default;
  explicit LabelTable(std::vector<std::string> names) {
    for (std::string& name : names) add(std::move(name));
  }

  /// Index of a known name.
  std::optional<std::uint32_t> find(std::string_view name) const {
    const auto at = index_.find(std::string(name));
    return at == index_.end() ? std::nullopt : std::optional(at->second);
  }
  /// Index of `name`, new or known.
  std::uint32_t add(std::string name) {
    const auto [at, fresh] = index_.try_emplace(std::move(name), static_cast<std::uint32_t>(names_.size()));
    if (fresh) names_.push_back(at->first);
    return at->second;
  }
  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> index_;
};

}  // namespace altmind
