#pragma once
// Parses text of one format to samples, as files are read, and checks their invariants.

#include <cstddef>
#include <cstdint>

#include "adapters/source.hpp"

namespace altmind::fuzz {

/// The first byte selects the model and how the text is cut, the others are the text. Aborts if a sample violates
/// ARCHITECTURE.md, invariant 9, or a refused record leaves anything behind.
void read_records(adapters::Format format, const std::uint8_t* data, std::size_t size);

}  // namespace altmind::fuzz
