#include <fcntl.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "adapters/memory_error.hpp"
#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/checkpoint/sha256.hpp"
#include "adapters/store/posix_file.hpp"

namespace altmind::store {
namespace {

using nlohmann::json;

constexpr std::size_t digits = 64;                // of a SHA-256
constexpr std::size_t most_header = 100'000'000;  // limit of the safetensors library
constexpr std::size_t most_dimensions = 8;
// Larger metadata entries are stored as tensors of bytes: user-chosen names and keys may have any length, but the
// header is limited. JSON escapes a byte into up to six, so the header can hold at least 15 such entries.
constexpr std::size_t most_metadata = 1 << 20;
constexpr std::string_view metadata_prefix = "metadata.";
constexpr std::size_t piece = 4 << 20;  // small enough to be hashed and written while in the cache

struct TypeName {
  DType dtype;
  std::string_view name;
  std::size_t size;
};
constexpr std::array<TypeName, 5> type_names = {{{DType::u8, "U8", 1},
                                                 {DType::u32, "U32", 4},
                                                 {DType::u64, "U64", 8},
                                                 {DType::f32, "F32", 4},
                                                 {DType::f64, "F64", 8}}};

const TypeName& type_of(DType dtype) {
  return *std::find_if(type_names.begin(), type_names.end(), [&](const TypeName& it) { return it.dtype == dtype; });
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw CheckpointError(file.string() + ": " + what);
}

/// Returns the size of a tensor in bytes; nullopt if it does not fit into 64 bits.
std::optional<std::uint64_t> extent(DType dtype, const std::vector<std::uint64_t>& shape) {
  std::uint64_t bytes = type_of(dtype).size;
  for (const std::uint64_t length : shape) {
    if (length != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / length) return std::nullopt;
    bytes *= length;
  }
  return bytes;
}

using Entry = std::pair<const std::string, Tensor>;

/// Returns the tensors in the order of their data: wide types first, so that every tensor is aligned; then by name.
std::vector<const Entry*> in_file_order(std::initializer_list<const std::map<std::string, Tensor>*> tensors) {
  std::vector<const Entry*> order;
  for (const auto* some : tensors) {
    for (const Entry& entry : *some) order.push_back(&entry);
  }
  std::stable_sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return type_of(a->second.dtype).size > type_of(b->second.dtype).size;
  });
  return order;
}

Tensor as_tensor(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {DType::u8, {text.size()}, {bytes.begin(), bytes.end()}};
}

/// Turns tensors that hold metadata back into metadata.
void move_metadata_back(const std::filesystem::path& file, CheckpointImage& image) {
  for (auto at = image.tensors.lower_bound(std::string(metadata_prefix));
       at != image.tensors.end() && at->first.starts_with(metadata_prefix);) {
    const std::vector<std::byte>& bytes = at->second.bytes;
    const auto [entry, fresh] =
        image.metadata.emplace(at->first.substr(metadata_prefix.size()),
                               std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    if (!fresh) refuse(file, "has " + entry->first + " twice: in its header and as a tensor");
    at = image.tensors.erase(at);
  }
}

/// Returns where the digits of the checksum begin in the header's text; npos unless the key occurs exactly once. JSON
/// escapes quotes within strings as \", so a match can only be the key itself.
std::size_t find_digits(std::string_view header) {
  constexpr std::string_view key = "\"checksum\":\"";
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos || header.find(key, at + 1) != std::string_view::npos) return std::string_view::npos;
  const std::size_t begin = at + key.size();
  return begin + digits < header.size() && header[begin + digits] == '"' ? begin : std::string_view::npos;
}

/// Returns the length of the header and the header itself, padded to 8 bytes.
std::string encode_header(const std::filesystem::path& file, const std::vector<const Entry*>& order,
                          const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const Entry* entry : order) {
    const auto& [name, tensor] = *entry;
    if (name == "__metadata__" || tensor.shape.size() > most_dimensions ||
        extent(tensor.dtype, tensor.shape) != tensor.bytes.size()) {
      refuse(file, "tensor " + name + " cannot be written: its name is reserved, or its shape does not fit its " +
                       std::to_string(tensor.bytes.size()) + " bytes");
    }
    const std::uint64_t end = offset + tensor.bytes.size();
    header[name] = {{"dtype", type_of(tensor.dtype).name}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception& error) {
    refuse(file, std::string("a name or metadata cannot be written: ") + error.what());
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > most_header) {
    refuse(file, "names and metadata take " + std::to_string(text.size()) + " bytes, at most " +
                     std::to_string(most_header) + " are allowed");
  }
  const std::uint64_t length = text.size();
  text.insert(0, reinterpret_cast<const char*>(&length), sizeof length);
  return text;
}

/// A tensor's place in the data section.
struct Place {
  std::string name;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

json parse_header(const std::filesystem::path& file, std::string_view text) {
  // Stricter than the library: no duplicate keys, and no deeper nesting than in our own files.
  std::vector<std::set<std::string>> keys;
  const auto strict = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > 4) refuse(file, "its header is nested too deeply");
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      refuse(file, "its header names " + parsed.get<std::string>() + " twice");
    }
    return true;
  };
  try {
    return json::parse(text, strict);
  } catch (const json::exception& error) {
    refuse(file, std::string("its header is not JSON: ") + error.what());
  }
}

std::uint64_t unsigned_number(const json& value) {
  if (!value.is_number_unsigned()) throw std::invalid_argument("a number is not a whole one");
  return value.get<std::uint64_t>();
}

/// Fills names, shapes and metadata of `image`; the data is `data_bytes` long and must be covered exactly.
std::vector<Place> decode_header(const std::filesystem::path& file, const json& header, std::uint64_t data_bytes,
                                 CheckpointImage& image) {
  std::vector<Place> places;
  if (!header.is_object()) refuse(file, "its header is not a JSON object");
  for (const auto& [name, value] : header.items()) {
    try {
      if (name == "__metadata__") {
        image.metadata = value.get<std::map<std::string, std::string>>();
        continue;
      }
      const auto dtype = value.at("dtype").get<std::string>();
      const auto type =
          std::find_if(type_names.begin(), type_names.end(), [&](const TypeName& it) { return it.name == dtype; });
      if (type == type_names.end() || value.size() != 3 || !value.at("shape").is_array() ||
          value.at("shape").size() > most_dimensions || value.at("data_offsets").size() != 2) {
        throw std::invalid_argument("a field is not allowed");
      }
      Tensor tensor{type->dtype, {}, {}};
      for (const json& length : value.at("shape")) tensor.shape.push_back(unsigned_number(length));
      Place place{name, unsigned_number(value.at("data_offsets").at(0)),
                  unsigned_number(value.at("data_offsets").at(1))};
      if (place.begin > place.end || place.end > data_bytes) throw std::invalid_argument("its data is not in the file");
      if (extent(tensor.dtype, tensor.shape) != place.end - place.begin) {
        throw std::invalid_argument("its shape does not fit its data");
      }
      places.push_back(std::move(place));
      image.tensors.emplace(name, std::move(tensor));
    } catch (const std::exception& error) {
      refuse(file, "tensor " + name + ": " + error.what());
    }
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  std::uint64_t covered = 0;
  for (const Place& place : places) {
    if (place.begin != covered) refuse(file, "tensor " + place.name + ": its data overlaps or leaves a hole");
    covered = place.end;
  }
  if (covered != data_bytes) refuse(file, "has " + std::to_string(data_bytes - covered) + " bytes too many");
  return places;
}

std::string read_header(const PosixFile& in, std::uint64_t size) {
  std::uint64_t length = 0;
  if (size < sizeof length) refuse(in.path(), "is too short for a checkpoint");
  in.read_at(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length > size - sizeof length || length > most_header || length % 8 != 0) {
    refuse(in.path(), "is no checkpoint or cut short: it begins with a header length of " + std::to_string(length));
  }
  std::string text(sizeof length + static_cast<std::size_t>(length), '\0');
  if (in.read_at(0, std::as_writable_bytes(std::span(text))) != text.size()) refuse(in.path(), "ends early");
  return text;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const CheckpointImage& image) {
  const std::filesystem::path temporary = file.string() + ".tmp";
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> moved;
  for (const auto& [name, text] : image.metadata) {
    if (text.size() <= most_metadata) {
      metadata.emplace(name, text);
    } else {
      moved.emplace(std::string(metadata_prefix) + name, as_tensor(text));
    }
  }
  const auto order = in_file_order({&image.tensors, &moved});
  metadata["checksum"] = std::string(digits, '0');
  std::string header = encode_header(file, order, metadata);
  const std::size_t checksum = find_digits(header);
  try {
    PosixFile out(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    try {
      Sha256 sha;
      sha.update(header);
      out.seek(header.size());
      for (const Entry* entry : order) {
        for (std::span<const std::byte> left = entry->second.bytes; !left.empty();) {
          const auto now = left.first(std::min(left.size(), piece));
          sha.update(now);
          out.write({now});
          left = left.subspan(now.size());
        }
      }
      header.replace(checksum, digits, sha.hex());
      out.write_at(0, std::as_bytes(std::span(header)));
      out.sync();
      std::filesystem::rename(temporary, file);
    } catch (...) {
      std::error_code ignored;
      std::filesystem::remove(temporary, ignored);  // do not leave a partial file on a disk that may be full
      throw;
    }
    sync_directory(file.parent_path());
  } catch (const std::system_error& error) {
    throw CheckpointError(error.what());
  }
}

std::map<std::string, std::string> read_checkpoint_metadata(const std::filesystem::path& file) {
  try {
    const PosixFile in(file, O_RDONLY);
    const std::uint64_t size = in.size();
    const std::string header = read_header(in, size);
    CheckpointImage image;
    decode_header(file, parse_header(file, std::string_view(header).substr(sizeof(std::uint64_t))),
                  size - header.size(), image);
    return std::move(image.metadata);
  } catch (const std::system_error& error) {
    throw CheckpointError(error.what());
  }
}

CheckpointImage read_checkpoint(const std::filesystem::path& file) {
  try {
    const PosixFile in(file, O_RDONLY);
    const std::uint64_t size = in.size();
    std::string header = read_header(in, size);
    const std::string_view text = std::string_view(header).substr(sizeof(std::uint64_t));
    CheckpointImage image;
    const auto places = decode_header(file, parse_header(file, text), size - header.size(), image);
    const std::size_t checksum = find_digits(header);
    if (checksum == std::string::npos) refuse(file, "has no checksum");
    const std::string stored = header.substr(checksum, digits);

    Sha256 sha;
    const std::uint64_t data = header.size();
    header.replace(checksum, digits, digits, '0');
    sha.update(header);
    for (const Place& place : places) {
      std::vector<std::byte>& bytes = image.tensors.at(place.name).bytes;
      try {
        bytes.resize(static_cast<std::size_t>(place.end - place.begin));  // bounded by the length of the file
      } catch (const std::bad_alloc&) {
        throw adapters::MemoryError(file.string() + ": there is not enough memory for tensor " + place.name + " of " +
                                    std::to_string((place.end - place.begin) >> 20U) + " MiB");
      }
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto now = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
        if (in.read_at(data + place.begin + at, now) != now.size()) refuse(file, "ends early");
        sha.update(now);
      }
    }
    const std::string found = sha.hex();
    if (found != stored) refuse(file, "is damaged: its checksum is " + found + ", but it says " + stored);
    move_metadata_back(file, image);
    return image;
  } catch (const std::system_error& error) {
    throw CheckpointError(error.what());
  }
}

}  // namespace altmind::store
