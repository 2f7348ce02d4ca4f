#pragma once
// A directory for one test, removed on destruction.

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace altmind {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    static std::atomic<int> next = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("altmind-test-" + std::to_string(::getpid()) + "-" + std::to_string(next++));
    std::filesystem::create_directories(path_);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

  /// Writes a whole file, replacing its content (the inode stays); returns its path.
  std::string write(std::string_view name, std::string_view content) const {
    return put(name, content, std::ios::trunc);
  }
  std::string append(std::string_view name, std::string_view content) const {
    return put(name, content, std::ios::app);
  }

 private:
  std::string put(std::string_view name, std::string_view content, std::ios::openmode mode) const {
    const std::string path = *this / name;
    std::ofstream file(path, std::ios::binary | mode);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
    return path;
  }

  std::filesystem::path path_;
};

}  // namespace altmind
