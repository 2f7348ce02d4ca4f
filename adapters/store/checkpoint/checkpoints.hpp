#pragma once
// Checkpoint files: safetensors, written whole or not at all, verified by a checksum.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace altmind::store {

enum class DType { u8, u32, u64, f32, f64 };

/// One tensor as bytes, little-endian, row-major as safetensors has it (so a column-major (r, c) Eigen
/// matrix is stored with shape {c, r}).
struct Tensor {
  DType dtype = DType::f32;
  std::vector<std::uint64_t> shape;
  std::vector<std::byte> bytes;

  bool operator==(const Tensor&) const = default;
};

/// A checkpoint in memory: tensors by name, and metadata by name (text, some of it JSON).
struct CheckpointImage {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;

  bool operator==(const CheckpointImage&) const = default;
};

/// Not a checkpoint of ours, damaged, or unreadable. what() names the file and what is wrong.
class CheckpointError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Writes to a temporary name, fsyncs, renames, fsyncs the directory. The file gets metadata "checksum":
/// SHA-256 over the whole file with the checksum's own 64 digits as the character 0. Metadata of more than 1 MiB goes
/// into tensors "metadata.NAME" of bytes, names that `image` must not use. Throws CheckpointError.
void write_checkpoint(const std::filesystem::path& file, const CheckpointImage& image);

/// The metadata that is in the header alone, without verifying the checksum. Throws CheckpointError.
std::map<std::string, std::string> read_checkpoint_metadata(const std::filesystem::path& file);

/// Reads and verifies; the metadata has the checksum too. Throws CheckpointError.
CheckpointImage read_checkpoint(const std::filesystem::path& file);

/// The `step-<n>.safetensors` files of a directory, oldest first; touches nothing. Throws CheckpointError.
std::vector<std::filesystem::path> checkpoint_files(const std::filesystem::path& directory);

/// Keeps the newest checkpoints of one directory.
class Checkpoints {
 public:
  /// Creates the directory if missing; removes temporary files a crash left. keep >= 1.
  Checkpoints(std::filesystem::path directory, std::size_t keep);

  /// Writes step-<step>.safetensors, then deletes all but the newest `keep`, and those of later steps (the
  /// state was rebuilt from before them). Returns the oldest kept checkpoint's metadata["sequence"]: the
  /// journal is needed after it. A file whose header cannot be read does not count as kept.
  /// Throws CheckpointError, also when the image has no sequence.
  std::uint64_t save(std::uint64_t step, const CheckpointImage& image);

  struct Loaded {
    std::filesystem::path file;
    CheckpointImage image;
  };
  /// The newest that verifies; `damaged` receives a sentence for each newer one that does not.
  std::optional<Loaded> newest(std::vector<std::string>& damaged) const;

  std::vector<std::filesystem::path> files() const { return checkpoint_files(directory_); }

 private:
  std::filesystem::path directory_;
  std::size_t keep_;
};

}  // namespace altmind::store
