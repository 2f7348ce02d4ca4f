#pragma once
// Text of one format to samples, as files are read, and what must hold of them.

#include <cstddef>
#include <cstdint>

#include "adapters/source.hpp"

namespace altmind::fuzz {

/// The first byte says which model the text is for and how it is cut, the others are the text. Ends the process when a
/// sample breaks what holds past the edge (ARCHITECTURE.md, invariant 9), or a refused record leaves anything behind.
void read_records(adapters::Format format, const std::uint8_t* data, std::size_t size);

}  // namespace altmind::fuzz
