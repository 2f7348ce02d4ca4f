#pragma once
// Encodes and decodes running statistics of features and targets. Layout: docs/journal.md, "Checkpoints".

#include <string>

#include "adapters/store/checkpoint/state_tensors.hpp"
#include "core/features/statistics.hpp"

namespace altmind::store {

/// Adds the tensors `prefix` + ".mean" and so on; adds none for statistics without columns.
void put_statistics(const std::string& prefix, const Statistics& statistics, Tensors& tensors);

/// Reads them into `statistics`, which must have the expected number of columns and `samples` already set. Throws
/// CheckpointError naming what is missing or invalid.
void take_statistics(const ImageReader& reader, const std::string& prefix, Statistics& statistics);

/// The same for format 2, which stored the mean and squares of all values. `present`: name of the tensor with the
/// number of values per column; empty if every sample has a value.
void take_plain_statistics(const ImageReader& reader, const std::string& prefix, const std::string& present,
                           Statistics& statistics);

}  // namespace altmind::store
