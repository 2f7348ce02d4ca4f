#pragma once
// Checkpoint files: safetensors, written atomically, verified by a checksum.

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

/// One tensor as bytes, little-endian and row-major as safetensors requires (so a column-major (r, c) Eigen matrix is
/// stored with shape {c, r}).
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

/// Thrown for a file that is not an altmind checkpoint, is damaged, or cannot be read or written. what() names the file
/// and the problem.
class CheckpointError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Writes to a temporary name, fsyncs, renames, fsyncs the directory. Adds metadata "checksum": SHA-256 over the whole
/// file with the checksum's own 64 digits as the character 0. Metadata of more than 1 MiB is stored as tensors of bytes
/// named "metadata.NAME"; `image` must not use such names. Throws CheckpointError.
void write_checkpoint(const std::filesystem::path& file, const CheckpointImage& image);

/// Returns only the metadata in the header, without verifying the checksum. Throws CheckpointError.
std::map<std::string, std::string> read_checkpoint_metadata(const std::filesystem::path& file);

/// Reads and verifies a checkpoint; its metadata includes the checksum. Throws CheckpointError.
CheckpointImage read_checkpoint(const std::filesystem::path& file);

/// Returns the `step-<n>.safetensors` files of a directory, oldest first; modifies nothing. Throws CheckpointError.
std::vector<std::filesystem::path> checkpoint_files(const std::filesystem::path& directory);

/// Writes checkpoints to a directory and keeps the newest ones.
class Checkpoints {
 public:
  /// Creates the directory if missing; removes temporary files left by a crash. keep >= 1.
  Checkpoints(std::filesystem::path directory, std::size_t keep);

  /// Writes step-<step>.safetensors, then deletes all but the newest `keep` and all of later steps (the state was
  /// rebuilt from an earlier one). Returns the lowest metadata["sequence"] of the kept checkpoints: the journal is
  /// still needed after it. A file that fails verification does not count as kept. Throws CheckpointError, also if the
  /// image has no sequence.
  std::uint64_t save(std::uint64_t step, const CheckpointImage& image);

  struct Loaded {
    std::filesystem::path file;
    CheckpointImage image;
  };
  /// Returns the newest checkpoint that passes verification; appends to `damaged` one sentence for each newer one that
  /// fails.
  std::optional<Loaded> newest(std::vector<std::string>& damaged) const;

  std::vector<std::filesystem::path> files() const { return checkpoint_files(directory_); }

 private:
  std::filesystem::path directory_;
  std::size_t keep_;
};

}  // namespace altmind::store
