#include "adapters/ingest/ledger.hpp"

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace altmind::ingest {

using nlohmann::json;

namespace {

// Names and positions are bytes (a path, a header field) and need not be UTF-8, but JSON text must be: byte b is
// written as code point b. ASCII is unchanged.
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

/// The inverse of to_text. `text` is valid UTF-8: the JSON parser has checked that.
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

/// Returns "tcp:SOURCE:" for a stream whose id a client chose; empty for one that an operator named.
std::string_view clients_of(std::string_view stream) {
  constexpr std::string_view kind = "tcp:";
  if (!stream.starts_with(kind)) return {};
  const std::size_t colon = stream.find(':', kind.size());
  return colon == std::string_view::npos ? std::string_view() : stream.substr(0, colon + 1);
}

}  // namespace

Ledger::Ledger(std::size_t max_keys, std::size_t max_streams)
    : max_keys_(max_keys), max_streams_(max_streams), content_{{}, {}, Recent<KeyedReply>(max_keys), 0} {}

void Ledger::put(Content& content, const std::string& stream, const std::string& position) const {
  const std::string_view prefix = clients_of(stream);
  if (prefix.empty()) {
    content.own[stream] = position;
    return;
  }
  auto at = content.clients.find(prefix);
  if (at == content.clients.end()) {
    at = content.clients.emplace(prefix, Clients{Recent<std::string>(max_streams_), 0}).first;
  }
  if (at->second.positions.put(stream, position)) ++at->second.forgotten;
}

template <typename Visit>
void Ledger::visit_positions(const Visit& visit) const {
  for (const auto& [stream, position] : content_.own) visit(stream, position);
  for (const auto& [prefix, clients] : content_.clients) clients.positions.visit(visit);
}

void Ledger::record(const Origin& origin, std::uint64_t samples, std::uint64_t last_sequence) {
  const std::lock_guard lock(mutex_);
  if (!origin.stream.empty()) put(content_, origin.stream, origin.position);
  if (!origin.key.empty() && content_.replies.put(origin.key, {origin.body_hash, samples, last_sequence})) {
    ++content_.forgotten_keys;
  }
}

std::optional<std::string> Ledger::position(std::string_view stream) const {
  const std::lock_guard lock(mutex_);
  const std::string_view prefix = clients_of(stream);
  if (prefix.empty()) {
    const auto at = content_.own.find(stream);
    return at == content_.own.end() ? std::nullopt : std::optional(at->second);
  }
  const auto at = content_.clients.find(prefix);
  return at == content_.clients.end() ? std::nullopt : at->second.positions.find(stream);
}

std::optional<KeyedReply> Ledger::reply(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  return content_.replies.find(key);
}

std::map<std::string, std::string> Ledger::positions() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> all;
  visit_positions([&](const std::string& stream, const std::string& position) { all.emplace(stream, position); });
  return all;
}

Ledger::Forgotten Ledger::forgotten() const {
  const std::lock_guard lock(mutex_);
  Forgotten forgotten;
  forgotten.keys = content_.forgotten_keys;
  for (const auto& [prefix, clients] : content_.clients) {
    if (clients.forgotten > 0) forgotten.streams[prefix] = clients.forgotten;
  }
  return forgotten;
}

std::string Ledger::to_json() const {
  json streams = json::array();
  json keys = json::array();
  {
    const std::lock_guard lock(mutex_);
    visit_positions([&](const std::string& stream, const std::string& position) {
      streams.push_back({to_text(stream), to_text(position)});
    });
    content_.replies.visit([&](const std::string& key, const KeyedReply& reply) {
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
    Content read{{}, {}, Recent<KeyedReply>(max_keys_), 0};
    for (const json& value : content.at("streams")) {
      entry(value, 2);
      put(read, to_bytes(value[0].get<std::string>()), to_bytes(value[1].get<std::string>()));
    }
    for (const json& value : content.at("keys")) {
      entry(value, 4);
      read.replies.put(to_bytes(value[0].get<std::string>()), {number(value[1]), number(value[2]), number(value[3])});
    }
    const std::lock_guard lock(mutex_);
    std::swap(content_, read);
  } catch (const json::exception& error) {
    throw std::runtime_error(std::string("ledger: ") + error.what());
  }
}

}  // namespace altmind::ingest
