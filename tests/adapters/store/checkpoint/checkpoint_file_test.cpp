#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/checkpoint/sha256.hpp"
#include "tests/adapters/store/journal_support.hpp"
#include "tests/adapters/store/temp_directory.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;
using nlohmann::json;

namespace {

template <typename T>
Tensor tensor(DType dtype, std::vector<std::uint64_t> shape, const std::vector<T>& values) {
  Tensor made{dtype, std::move(shape), std::vector<std::byte>(values.size() * sizeof(T))};
  if (!values.empty()) std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  return made;
}

CheckpointImage small_image() {
  CheckpointImage image;
  image.metadata = {{"sequence", "1234567890123456789"},
                    {"labels", "[\"caf\xC3\xA9\", \"\\\"checksum\\\":\\\"\"]"},
                    {"trap", "\"checksum\":\"" + std::string(64, 'f') + "\""}};
  image.tensors["w"] = tensor<float>(DType::f32, {2, 3}, {1, -2, 3.5f, 0, -0.0f, 1e-40f});
  image.tensors["bytes"] = tensor<std::uint8_t>(DType::u8, {3}, {0, 127, 255});
  image.tensors["seen"] = tensor<std::uint64_t>(DType::u64, {}, {std::numeric_limits<std::uint64_t>::max()});
  image.tensors["sums"] = tensor<double>(DType::f64, {1, 2, 1}, {0.1, -1e300});
  image.tensors["index"] = tensor<std::uint32_t>(DType::u32, {2}, {0, 4294967295u});
  image.tensors["empty"] = tensor<float>(DType::f32, {0, 5}, {});
  return image;
}

/// Writes a file with this header text and data and a valid checksum, even if the content is nonsense.
void write_raw(const std::filesystem::path& file, std::string header, const std::string& data) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), 8);
  bytes += header + data;
  Sha256 sha;
  sha.update(bytes);
  const std::string zeros(64, '0');
  const std::size_t at = bytes.find(zeros);
  if (at != std::string::npos) bytes.replace(at, 64, sha.hex());
  spill(file, bytes);
}

}  // namespace

TEST_CASE("checkpoint: tensors and metadata come back as they went in") {
  const TempDirectory temp;
  const CheckpointImage image = small_image();
  write_checkpoint(temp / "c.safetensors", image);
  CheckpointImage found = read_checkpoint(temp / "c.safetensors");
  CHECK(found.metadata.at("checksum").size() == 64);
  CHECK(read_checkpoint_metadata(temp / "c.safetensors") == found.metadata);
  found.metadata.erase("checksum");
  CHECK(found == image);
  CHECK(segments(temp.path()).size() == 1);  // no temporary file is left
  // The same image gives the same file.
  write_checkpoint(temp / "d.safetensors", image);
  CHECK(slurp(temp / "c.safetensors") == slurp(temp / "d.safetensors"));
}

TEST_CASE("checkpoint: metadata of any length and content can be written") {
  const TempDirectory temp;
  CheckpointImage image = small_image();
  image.metadata["ledger"] = "[[\"" + std::string(60'000'000, '\\') + "\"]]";  // 120 MB as JSON
  image.metadata["labels"].assign(3 << 20, '\x80');                            // and no UTF-8
  write_checkpoint(temp / "c.safetensors", image);
  CheckpointImage found = read_checkpoint(temp / "c.safetensors");
  CHECK(read_checkpoint_metadata(temp / "c.safetensors").size() == image.metadata.size() - 1);
  found.metadata.erase("checksum");
  CHECK(found == image);
}

TEST_CASE("checkpoint: large tensors are hashed in pieces that add up") {
  const TempDirectory temp;
  CheckpointImage image;
  std::mt19937_64 random(1);
  for (const std::size_t size : {(4u << 20) - 1, 4u << 20, (8u << 20) + 3}) {
    std::vector<std::uint8_t> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    image.tensors[std::to_string(size)] = tensor(DType::u8, {size}, bytes);
  }
  write_checkpoint(temp / "c", image);
  CHECK(read_checkpoint(temp / "c").tensors == image.tensors);
}

TEST_CASE("checkpoint: the file is what safetensors says") {
  const TempDirectory temp;
  write_checkpoint(temp / "c", small_image());
  std::string bytes = slurp(temp / "c");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  CHECK(bytes[8] == '{');
  const json header = json::parse(bytes.substr(8, length));
  CHECK(header.size() == 7);
  CHECK(header["w"]["dtype"] == "F32");
  CHECK(header["w"]["shape"] == json({2, 3}));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto begin = entry["data_offsets"][0].get<std::uint64_t>();
    const std::map<std::string, std::uint64_t> sizes = {{"U8", 1}, {"U32", 4}, {"F32", 4}, {"U64", 8}, {"F64", 8}};
    CHECK(begin % sizes.at(entry["dtype"]) == 0);
  }
  // The checksum as defined at the top of checkpoints.hpp, computed independently.
  const std::string checksum = header["__metadata__"]["checksum"];
  bytes.replace(bytes.find("\"checksum\":\"" + checksum) + 12, 64, std::string(64, '0'));
  Sha256 sha;
  sha.update(bytes);
  CHECK(sha.hex() == checksum);
}

TEST_CASE("checkpoint: Python reads it with json and numpy alone") {
  const TempDirectory temp;
  const CheckpointImage image = small_image();
  write_checkpoint(temp / "c", image);
  const std::string command = std::string("/usr/bin/python3 ") + ALTMIND_READ_CHECKPOINT + " " + (temp / "c").string();
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  char piece[4096];
  for (std::size_t got = 0; (got = std::fread(piece, 1, sizeof piece, pipe)) > 0;) output.append(piece, got);
  REQUIRE(::pclose(pipe) == 0);

  const json seen = json::parse(output);
  auto metadata = seen["metadata"].get<std::map<std::string, std::string>>();
  CHECK(metadata.erase("checksum") == 1);
  CHECK(metadata == image.metadata);
  const json& tensors = seen["tensors"];
  CHECK(tensors.size() == image.tensors.size());
  for (const auto& [name, made] : image.tensors) CHECK(tensors[name]["shape"] == json(made.shape));
  CHECK(tensors["w"]["dtype"] == "float32");
  CHECK(tensors["w"]["values"] == json({{1.0, -2.0, 3.5}, {0.0, -0.0, static_cast<double>(1e-40f)}}));
  CHECK(tensors["bytes"]["values"] == json({0, 127, 255}));
  CHECK(tensors["seen"]["values"] == std::numeric_limits<std::uint64_t>::max());
  CHECK(tensors["sums"]["dtype"] == "float64");
  CHECK(tensors["sums"]["values"] == json::array({{{0.1}, {-1e300}}}));
  CHECK(tensors["index"]["values"] == json({0, 4294967295u}));
  CHECK(tensors["empty"]["values"] == json::array());
}

TEST_CASE("checkpoint: every changed byte and every cut is noticed") {
  const TempDirectory temp;
  write_checkpoint(temp / "good", small_image());
  const std::string good = slurp(temp / "good");
  for (const int change : {0xFF, 0x01, 0x20}) {  // 0x20: flips the case of a letter
    for (std::size_t at = 0; at < good.size(); ++at) {
      CAPTURE(at);
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ change);
      spill(temp / "bad", bad);
      CHECK_THROWS_AS(read_checkpoint(temp / "bad"), CheckpointError);
    }
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    spill(temp / "bad", good.substr(0, size));
    CHECK_THROWS_AS(read_checkpoint(temp / "bad"), CheckpointError);
  }
  for (const char* more : {"x", " ", "12345678"}) {
    spill(temp / "bad", good + more);
    CHECK_THROWS_AS(read_checkpoint(temp / "bad"), CheckpointError);
  }
}

TEST_CASE("checkpoint: random files never crash the reader") {
  const TempDirectory temp;
  write_checkpoint(temp / "good", small_image());
  const std::string good = slurp(temp / "good");
  std::mt19937_64 random(17);
  for (int round = 0; round < 1500; ++round) {
    std::string bytes = good;
    if (round % 3 == 0) {
      bytes.resize(random() % 600);
      std::generate(bytes.begin() + static_cast<long>(round % 2 == 0 ? 0 : std::min<std::size_t>(9, bytes.size())),
                    bytes.end(), [&] { return static_cast<char>(random()); });
    } else {
      for (int i = 0; i < 4; ++i) {
        const std::size_t from = random() % bytes.size();
        bytes.insert(8 + random() % (bytes.size() - 8), bytes.substr(from, 1 + random() % 40));
      }
      const std::uint64_t length = (bytes.size() - 61) / 8 * 8;
      if (round % 3 == 1) std::memcpy(bytes.data(), &length, 8);
    }
    spill(temp / "bad", bytes);
    CHECK_THROWS_AS(read_checkpoint(temp / "bad"), CheckpointError);
  }
}

TEST_CASE("checkpoint: hostile headers with a right checksum are refused") {
  const TempDirectory temp;
  const std::string metadata = "{\"__metadata__\":{\"checksum\":\"" + std::string(64, '0') + "\"}";
  const auto read = [&](const std::string& entries, const std::string& data = std::string(8, 'x')) {
    write_raw(temp / "c", metadata + entries + "}", data);
    return read_checkpoint(temp / "c");
  };
  CHECK(read(R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})").tensors.size() == 1);
  const auto refused = [&](const std::string& entries, const char* why, const std::string& data = std::string(8, 'x')) {
    CAPTURE(entries);
    CHECK_THROWS_WITH_AS(read(entries, data), doctest::Contains(why), CheckpointError);
  };
  refused("", "8 bytes too many");
  refused(R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,7]})", "does not fit");
  refused(R"(,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})", "4 bytes too many");
  refused(R"(,"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]})", "hole");
  refused(
      R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]})",
      "overlaps");
  refused(R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]})", "not in the file");
  refused(R"(,"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]})", "not in the file");
  refused(R"(,"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]})",
          "not in the file");
  refused(R"(,"a":{"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]})", "does not fit");
  refused(R"(,"a":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]})", "does not fit");
  refused(R"(,"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]})", "tensor a");
  refused(R"(,"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})", "tensor a");
  refused(R"(,"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]})", "tensor a");
  refused(R"(,"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]})", "tensor a");
  refused(R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})", "tensor a");
  refused(R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1})", "tensor a");
  refused(R"(,"a":{"dtype":"F32","shape":[2]})", "tensor a");
  refused(R"(,"a":[1])", "tensor a");
  refused(
      R"(,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"U32","shape":[2],"data_offsets":[0,8]})",
      "names a twice");
  refused(",\"a\":" + std::string(100'000, '['), "nested too deeply");
  refused(",\"a\":\"\xFF\"", "not JSON");
  const auto whole = [&](const std::string& header) {
    write_raw(temp / "c", header, "");
    CHECK_THROWS_AS(read_checkpoint(temp / "c"), CheckpointError);
  };
  whole("[]");
  whole("");
  whole("{\"__metadata__\":{}}");
  whole("{\"__metadata__\":{\"checksum\":\"\"}}");
  whole("{\"__metadata__\":{\"checksum\":1}}");
  whole("{\"__metadata__\":{\"checksum\" :\"" + std::string(64, '0') + "\"}}");
  for (const std::uint64_t length : {std::uint64_t{1} << 63, std::uint64_t{100'000'008}, ~std::uint64_t{7}}) {
    std::string bytes(reinterpret_cast<const char*>(&length), 8);
    spill(temp / "c", bytes + "{}      ");
    CHECK_THROWS_WITH_AS(read_checkpoint(temp / "c"), doctest::Contains("header length"), CheckpointError);
  }
}

TEST_CASE("checkpoint: what cannot be read back is not written") {
  const TempDirectory temp;
  const auto refused = [&](auto change) {
    CheckpointImage image = small_image();
    change(image);
    CHECK_THROWS_AS(write_checkpoint(temp / "c", image), CheckpointError);
    CHECK(segments(temp.path()).empty());
  };
  refused([](CheckpointImage& it) { it.tensors["w"].bytes.pop_back(); });
  refused([](CheckpointImage& it) { it.tensors["w"].shape.push_back(2); });
  refused([](CheckpointImage& it) { it.tensors["w"].shape = {1, 1, 1, 1, 1, 1, 1, 1, 6}; });
  refused([](CheckpointImage& it) { it.tensors["__metadata__"] = it.tensors["w"]; });
  refused([](CheckpointImage& it) { it.metadata["note"] = "\xFF"; });
  CHECK_THROWS_WITH_AS(write_checkpoint(temp / "missing" / "c", small_image()), doctest::Contains("cannot open"),
                       CheckpointError);
  CHECK_THROWS_WITH_AS(read_checkpoint(temp / "none"), doctest::Contains((temp / "none").c_str()), CheckpointError);
  CHECK_THROWS_AS(read_checkpoint(temp.path()), CheckpointError);
}
