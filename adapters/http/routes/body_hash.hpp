#pragma once
// What an Idempotency-Key remembers of the body it came with.

#include <cstdint>
#include <string_view>

namespace altmind::http {

/// FNV-1a, 64 bits (Fowler, Noll, Vo), of the bytes. The journal stores it: it must never change. It tells
/// a retry from a mistake; against a forger it proves nothing, and who knows the key needs no forgery.
constexpr std::uint64_t body_hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace altmind::http
