#pragma once
// The hash of a request's body that is stored with its Idempotency-Key.

#include <cstdint>
#include <string_view>

namespace altmind::http {

/// FNV-1a, 64 bits (Fowler, Noll, Vo), of the bytes. Stored in the journal, so it must never change. It tells a retry
/// from a mistake; it does not resist forgery, but a client that knows the key needs no forgery.
constexpr std::uint64_t body_hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace altmind::http
