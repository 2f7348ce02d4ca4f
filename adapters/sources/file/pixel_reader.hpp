#pragma once
// Binary images with one label each: idx (MNIST) and the CIFAR-10 binary form.

#include <memory>

#include "adapters/sources/file/sample_reader.hpp"

namespace altmind::file {

/// Unsigned-byte idx with one label file per path (magic 2049). Pixels become floats 0..255.
/// Throws std::runtime_error naming the file if shapes or counts disagree.
std::unique_ptr<SampleReader> open_idx(const adapters::SourceOptions& options, const SampleSpec& spec);

/// Records of one label byte and 3072 pixel bytes. Pixels become floats 0..255.
std::unique_ptr<SampleReader> open_cifar10(const adapters::SourceOptions& options, const SampleSpec& spec);

}  // namespace altmind::file
