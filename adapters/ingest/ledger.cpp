#include "adapters/ingest/ledger.hpp"

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace altmind::ingest {

using nlohmann::json;

namespace {

// Names and positions are bytes (a path, a header field) and need not be UTF-8, JSON text must be: byte b is
// written as code point b. ASCII stays as it is.
std::string to_text(const std::string& bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code >= 0x80) text += static_cast<char>(0xC0 | (code >> 6));
    text += static_cast<char>(code >= 0x80 ? 0x80 | (code & 0x3F) : code);
  }
  return text;
}

/// Back again. `text` is valid UTF-8: the JSON parser has seen to that.
std::string to_bytes(const std::string& text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto code = static_cast<unsigned char>(text[i]);
    if (code >= 0x80) {
      if (code > 0xC3) throw std::runtime_error("ledger: a name holds a character that is not a byte");
      code = static_cast<unsigned char>((code << 6) | (static_cast<unsigned char>(text[++i]) & 0x3F));
    }
    bytes += static_cast<char>(code);
  }
  return bytes;
}

std::uint64_t number(const json& value) {
  if (!value.is_number_unsigned()) throw std::runtime_error("ledger: a number is not a whole one");
  return value.get<std::uint64_t>();
}

const json& entry(const json& value, std::size_t size) {
  if (!value.is_array() || value.size() != size) throw std::runtime_error("ledger: an entry has not the right size");
  return value;
}

}  // namespace

Ledger::Ledger(std::size_t max_keys, std::size_t max_streams) : positions_(max_streams), replies_(max_keys) {}

void Ledger::record(const Origin& origin, std::uint64_t samples, std::uint64_t last_sequence) {
  const std::lock_guard lock(mutex_);
  if (!origin.stream.empty()) positions_.put(origin.stream, origin.position);
  if (!origin.key.empty()) replies_.put(origin.key, {origin.body_hash, samples, last_sequence});
}

std::optional<std::string> Ledger::position(std::string_view stream) const {
  const std::lock_guard lock(mutex_);
  return positions_.find(stream);
}

std::optional<KeyedReply> Ledger::reply(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  return replies_.find(key);
}

std::map<std::string, std::string> Ledger::positions() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> all;
  positions_.visit([&](const std::string& stream, const std::string& position) { all.emplace(stream, position); });
  return all;
}

std::string Ledger::to_json() const {
  json streams = json::array();
  json keys = json::array();
  {
    const std::lock_guard lock(mutex_);
    positions_.visit([&](const std::string& stream, const std::string& position) {
      streams.push_back({to_text(stream), to_text(position)});
    });
    replies_.visit([&](const std::string& key, const KeyedReply& reply) {
      keys.push_back({to_text(key), reply.body_hash, reply.accepted, reply.sequence});
    });
  }
  return json{{"version", 1}, {"streams", std::move(streams)}, {"keys", std::move(keys)}}.dump();
}

void Ledger::from_json(const std::string& text) {
  try {
    const json content = json::parse(text);
    if (content.size() != 3 || number(content.at("version")) != 1 || !content.at("streams").is_array() ||
        !content.at("keys").is_array()) {
      throw std::runtime_error("ledger: not the content of a ledger of version 1");
    }
    const std::lock_guard lock(mutex_);
    Recent<std::string> positions(positions_.capacity());
    Recent<KeyedReply> replies(replies_.capacity());
    for (const json& value : content.at("streams")) {
      entry(value, 2);
      positions.put(to_bytes(value[0].get<std::string>()), to_bytes(value[1].get<std::string>()));
    }
    for (const json& value : content.at("keys")) {
      entry(value, 4);
      replies.put(to_bytes(value[0].get<std::string>()), {number(value[1]), number(value[2]), number(value[3])});
    }
    std::swap(positions_, positions);
    std::swap(replies_, replies);
  } catch (const json::exception& error) {
    throw std::runtime_error(std::string("ledger: ") + error.what());
  }
}

}  // namespace altmind::ingest
