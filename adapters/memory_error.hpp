#pragma once
// Out-of-memory errors with a message.

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace altmind::adapters {

/// Says what there was not enough memory for.
class MemoryError : public std::bad_alloc {
 public:
  explicit MemoryError(std::string what) : what_(std::make_shared<const std::string>(std::move(what))) {}
  const char* what() const noexcept override { return what_->c_str(); }

 private:
  std::shared_ptr<const std::string> what_;  // a copy must not throw
};

/// Returns what() for people: that of a bare std::bad_alloc only names a type of the library.
inline const char* words_of(const std::exception& error) {
  const bool bare =
      dynamic_cast<const std::bad_alloc*>(&error) != nullptr && dynamic_cast<const MemoryError*>(&error) == nullptr;
  return bare ? "there is not enough memory" : error.what();
}

}  // namespace altmind::adapters
