#pragma once
// Incremental SHA-256, computed by libcrypto.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace altmind::store {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }
  std::string hex();  ///< 64 lower-case digits; call only once

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace altmind::store
