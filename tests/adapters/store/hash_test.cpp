#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "adapters/store/checkpoint/sha256.hpp"
#include "adapters/store/journal/crc32c.hpp"

using namespace altmind;
using namespace altmind::store;

namespace {

std::uint32_t crc_of(std::string_view text) {
  Crc32c crc;
  crc.update(std::as_bytes(std::span(text)));
  return crc.value();
}

/// Computes CRC32C bit by bit, from the definition.
std::uint32_t naive_crc(std::span<const std::byte> bytes) {
  std::uint32_t state = 0xFFFFFFFFu;
  for (const std::byte byte : bytes) {
    state ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1u) != 0 ? 0x82F63B78u : 0u);
  }
  return ~state;
}

}  // namespace

TEST_CASE("crc32c: the published vectors") {
  CHECK(crc_of("123456789") == 0xE3069283u);
  CHECK(crc_of("") == 0u);
  CHECK(crc_of(std::string(32, '\0')) == 0x8A9136AAu);    // RFC 3720, B.4
  CHECK(crc_of(std::string(32, '\xFF')) == 0x62A8AB43u);  // RFC 3720, B.4
}

TEST_CASE("crc32c: pieces of any size give what the definition gives for the whole") {
  std::mt19937_64 random(5);
  for (std::size_t size = 0; size < 3000; size += 1 + size / 7) {
    std::vector<std::byte> bytes(size);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    Crc32c crc;
    for (std::span<const std::byte> left = bytes; !left.empty();) {
      const std::size_t now = 1 + random() % left.size();
      crc.update(left.first(now));
      left = left.subspan(now);
    }
    CHECK(crc.value() == naive_crc(bytes));
  }
}

TEST_CASE("sha256: the published vectors, in pieces too") {
  const auto hash = [](std::string_view text, std::size_t piece) {
    Sha256 sha;
    for (std::size_t at = 0; at < text.size(); at += piece) sha.update(text.substr(at, piece));
    return sha.hex();
  };
  CHECK(hash("", 1) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash("abc", 3) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string_view longer = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  for (std::size_t piece = 1; piece <= longer.size(); ++piece) {
    CHECK(hash(longer, piece) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  }
}
