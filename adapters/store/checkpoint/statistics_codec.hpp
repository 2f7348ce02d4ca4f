#pragma once
// Running statistics of features and targets, to and from a checkpoint image. Layout: docs/journal.md, "Checkpoints".

#include <string>

#include "adapters/store/checkpoint/state_tensors.hpp"
#include "core/features/statistics.hpp"

namespace altmind::store {

/// Adds the tensors `prefix` + ".mean" and so on; nothing of statistics without columns.
void put_statistics(const std::string& prefix, const Statistics& statistics, Tensors& tensors);

/// Reads them into `statistics`, which has as many columns, and has `samples` from elsewhere. Throws CheckpointError
/// naming what is missing or cannot be.
void take_statistics(const ImageReader& reader, const std::string& prefix, Statistics& statistics);

/// The same of format 2, which had mean and squares of all values; `present`: how many, if not of every sample.
void take_plain_statistics(const ImageReader& reader, const std::string& prefix, const std::string& present,
                           Statistics& statistics);

}  // namespace altmind::store
