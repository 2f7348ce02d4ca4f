#pragma once
// Class names and their indices, in order of arrival.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace altmind {

/// Assigns indices 0, 1, ... to names in order of arrival.
class LabelTable {
 public:
  LabelTable() = default;
  explicit LabelTable(std::vector<std::string> names) {
    for (std::string& name : names) add(std::move(name));
  }

  /// Returns the index of a known name, nothing for an unknown one.
  std::optional<std::uint32_t> find(std::string_view name) const {
    const auto at = index_.find(std::string(name));
    return at == index_.end() ? std::nullopt : std::optional(at->second);
  }
  /// Returns the index of `name`, adding the name if it is new.
  std::uint32_t add(std::string name) {
    if (const auto known = index_.find(name); known != index_.end()) return known->second;
    names_.push_back(name);
    try {
      return index_.emplace(std::move(name), static_cast<std::uint32_t>(names_.size() - 1)).first->second;
    } catch (...) {
      names_.pop_back();
      throw;
    }
  }
  /// Removes all but the first `size` names: rolls back the names of a group that was not admitted.
  void take_back(std::size_t size) {
    for (; names_.size() > size; names_.pop_back()) index_.erase(names_.back());
  }
  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> index_;
};

}  // namespace altmind
