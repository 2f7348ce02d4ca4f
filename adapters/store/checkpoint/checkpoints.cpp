#include "adapters/store/checkpoint/checkpoints.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "adapters/store/posix_file.hpp"

namespace altmind::store {
namespace {

constexpr std::string_view prefix = "step-";
constexpr std::string_view suffix = ".safetensors";

/// Parses all of `text` as a decimal number in the format of std::to_string.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> step_of(std::string_view name) {
  if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix)) {
    return std::nullopt;
  }
  return number(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
}

std::uint64_t sequence_of(const std::filesystem::path& file, const std::map<std::string, std::string>& metadata) {
  const auto found = metadata.find("sequence");
  const auto sequence = found == metadata.end() ? std::nullopt : number(found->second);
  if (!sequence) throw CheckpointError(file.string() + ": its metadata has no sequence, or one that is no number");
  return *sequence;
}

std::vector<std::pair<std::uint64_t, std::filesystem::path>> by_step(const std::filesystem::path& directory) {
  std::vector<std::pair<std::uint64_t, std::filesystem::path>> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (const auto step = step_of(entry.path().filename().string())) found.emplace_back(*step, entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Runs `work` and converts system errors to CheckpointError.
template <typename Work>
auto or_checkpoint_error(const Work& work) {
  try {
    return work();
  } catch (const std::system_error& error) {
    throw CheckpointError(error.what());
  }
}

}  // namespace

Checkpoints::Checkpoints(std::filesystem::path directory, std::size_t keep)
    : directory_(std::move(directory)), keep_(keep) {
  if (keep_ == 0) throw std::invalid_argument("checkpoints: keep must be at least 1, got 0");
  or_checkpoint_error([&] {
    create_directory_durably(directory_);
    std::vector<std::filesystem::path> temporary;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      const std::filesystem::path& path = entry.path();
      if (path.extension() == ".tmp" && step_of(path.stem().string())) temporary.push_back(path);
    }
    for (const auto& path : temporary) std::filesystem::remove(path);
  });
}

std::uint64_t Checkpoints::save(std::uint64_t step, const CheckpointImage& image) {
  const std::filesystem::path file = directory_ / (std::string(prefix) + std::to_string(step) + std::string(suffix));
  std::uint64_t needed_after = sequence_of(file, image.metadata);
  write_checkpoint(file, image);

  return or_checkpoint_error([&] {
    std::vector<std::filesystem::path> surplus;
    std::size_t kept = 1;
    auto found = by_step(directory_);
    std::reverse(found.begin(), found.end());
    for (const auto& [other, path] : found) {
      if (other == step) continue;
      if (other > step || kept == keep_) {
        surplus.push_back(path);
        continue;
      }
      try {
        // Read the whole file: one with damaged tensors must not take the place of an intact one.
        needed_after = std::min(needed_after, sequence_of(path, read_checkpoint(path).metadata));
        ++kept;
      } catch (const CheckpointError&) {
        // Not usable as a fallback. Left for inspection until it is older than the kept ones.
      }
    }
    for (const auto& path : surplus) std::filesystem::remove(path);
    return needed_after;
  });
}

std::optional<Checkpoints::Loaded> Checkpoints::newest(std::vector<std::string>& damaged) const {
  auto candidates = files();
  std::reverse(candidates.begin(), candidates.end());
  for (const auto& file : candidates) {
    try {
      return Loaded{file, read_checkpoint(file)};
    } catch (const CheckpointError& error) {
      damaged.emplace_back(error.what());
    }
  }
  return std::nullopt;
}

std::vector<std::filesystem::path> checkpoint_files(const std::filesystem::path& directory) {
  return or_checkpoint_error([&] {
    std::vector<std::filesystem::path> paths;
    for (auto& [step, path] : by_step(directory)) paths.push_back(std::move(path));
    return paths;
  });
}

}  // namespace altmind::store
