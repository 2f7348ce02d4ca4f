#include "adapters/sources/file/position.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "adapters/sources/file/byte_stream.hpp"

namespace altmind::file {
namespace {

std::string hex(std::uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::uint64_t from_hex(const std::string& text) {
  std::size_t used = 0;
  const std::uint64_t value = std::stoull(text, &used, 16);
  if (used != text.size()) throw std::invalid_argument("head: not a hexadecimal number");
  return value;
}

}  // namespace

std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ull;
  return hash;
}

std::optional<std::uint64_t> head_of(int descriptor, std::uint64_t bytes, const std::string& path) {
  return hash_at(descriptor, 0, bytes, path);
}

std::optional<std::uint64_t> hash_at(int descriptor, std::uint64_t from, std::uint64_t bytes, const std::string& path) {
  std::array<char, FileIdentity::most_head_bytes> piece{};
  const std::size_t wanted = static_cast<std::size_t>(std::min(bytes, FileIdentity::most_head_bytes));
  std::size_t filled = 0;
  while (filled < wanted) {
    const ssize_t got = ::pread(descriptor, piece.data() + filled, wanted - filled, static_cast<off_t>(from + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::runtime_error(path + ": cannot read: " + std::generic_category().message(errno));
    if (got == 0) return std::nullopt;
    filled += static_cast<std::size_t>(got);
  }
  return hash_of({piece.data(), wanted});
}

FileIdentity identify(int descriptor, const std::string& path) {
  for (;;) {
    const struct stat status = status_of(descriptor, path);
    const std::uint64_t bytes = std::min(static_cast<std::uint64_t>(status.st_size), FileIdentity::most_head_bytes);
    // Empty if the file was truncated between the two calls: try again.
    if (const auto head = head_of(descriptor, bytes, path)) return {status.st_dev, status.st_ino, bytes, *head};
  }
}

bool same_file(const FileIdentity& known, int descriptor, const std::string& path) {
  return status_of(descriptor, path).st_ino == known.inode && head_of(descriptor, known.head_bytes, path) == known.head;
}

bool holds(const FilePosition& position, int descriptor, const std::string& path) {
  const FileIdentity& known = position.files.front();
  const std::uint64_t offset = position.offset.value_or(0);
  if (static_cast<std::uint64_t>(status_of(descriptor, path).st_size) < offset) return false;
  return head_of(descriptor, known.head_bytes, path) == known.head &&
         (position.tail_bytes == 0 || position.tail_bytes > offset ||
          hash_at(descriptor, offset - position.tail_bytes, position.tail_bytes, path) == position.tail);
}

std::string to_string(const FileIdentity& identity) {
  return "device " + std::to_string(identity.device) + ", inode " + std::to_string(identity.inode) + ", first " +
         std::to_string(identity.head_bytes) + " bytes " + hex(identity.head);
}

std::string to_json(const FilePosition& position) {
  nlohmann::json files = nlohmann::json::array();
  for (const FileIdentity& file : position.files) {
    files.push_back(
        {{"device", file.device}, {"inode", file.inode}, {"head_bytes", file.head_bytes}, {"head", hex(file.head)}});
  }
  nlohmann::json json{{"files", std::move(files)}, {"epoch", position.epoch}, {"record", position.record}};
  if (position.offset) {
    json["path"] = position.path;
    json["offset"] = *position.offset;
  }
  if (position.shuffled_records) {
    json["shuffled_records"] = *position.shuffled_records;
    json["seed"] = position.seed;
  }
  if (position.modified != 0) json["modified"] = position.modified;
  if (!position.header.empty()) json["header"] = position.header;
  if (position.tail_bytes > 0) {
    json["tail_bytes"] = position.tail_bytes;
    json["tail"] = hex(position.tail);
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

FilePosition file_position_from_json(std::string_view text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    FilePosition position;
    for (const nlohmann::json& file : json.at("files")) {
      position.files.push_back({file.at("device").get<std::uint64_t>(), file.at("inode").get<std::uint64_t>(),
                                file.at("head_bytes").get<std::uint64_t>(),
                                from_hex(file.at("head").get<std::string>())});
    }
    position.epoch = json.at("epoch").get<std::uint64_t>();
    position.record = json.at("record").get<std::uint64_t>();
    if (json.contains("offset")) {
      position.offset = json.at("offset").get<std::uint64_t>();
      position.path = json.at("path").get<std::size_t>();
    }
    if (json.contains("shuffled_records")) {
      position.shuffled_records = json.at("shuffled_records").get<std::uint64_t>();
      position.seed = json.at("seed").get<std::uint64_t>();
    }
    position.modified = json.value("modified", std::int64_t{0});
    position.header = json.value("header", std::string());
    if (json.contains("tail_bytes")) {
      position.tail_bytes = std::min(json.at("tail_bytes").get<std::uint64_t>(), FileIdentity::most_head_bytes);
      position.tail = from_hex(json.at("tail").get<std::string>());
    }
    return position;
  } catch (const std::exception& error) {
    throw std::runtime_error("position of a file source: " + std::string(error.what()));
  }
}

}  // namespace altmind::file
