#pragma once
// Want of memory, in words.

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace altmind::adapters {

/// Says for what there was not enough memory.
class MemoryError : public std::bad_alloc {
 public:
  explicit MemoryError(std::string what) : what_(std::make_shared<const std::string>(std::move(what))) {}
  const char* what() const noexcept override { return what_->c_str(); }

 private:
  std::shared_ptr<const std::string> what_;  // a copy must not throw
};

/// what() for people: a bare std::bad_alloc names a type of the library.
inline const char* words_of(const std::exception& error) {
  const bool bare =
      dynamic_cast<const std::bad_alloc*>(&error) != nullptr && dynamic_cast<const MemoryError*>(&error) == nullptr;
  return bare ? "there is not enough memory" : error.what();
}

}  // namespace altmind::adapters
