#pragma once
// Names of the built-in streams, and the model that each requires.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "adapters/source.hpp"
#include "core/samples/sample.hpp"

namespace altmind::generator {

struct StreamShape {
  std::string_view name;
  std::size_t inputs;  ///< 0: any number of at least least_inputs
  std::size_t least_inputs;
  std::size_t classes;  ///< 0: a regression with one output
};

/// Indexed by GeneratedStream.
inline constexpr std::array<StreamShape, 12> stream_shapes = {{{"sea", 3, 3, 2},
                                                               {"hyperplane", 0, 2, 2},
                                                               {"stagger", 9, 9, 2},
                                                               {"led", 24, 24, 10},
                                                               {"agrawal", 9, 9, 2},
                                                               {"random-rbf", 0, 1, 5},
                                                               {"interchanging-rbf", 2, 2, 15},
                                                               {"moving-squares", 2, 2, 4},
                                                               {"chessboard", 2, 2, 8},
                                                               {"mixed-drift", 2, 2, 27},
                                                               {"friedman", 10, 10, 0},
                                                               {"planes", 10, 10, 0}}};

constexpr const StreamShape& shape_of(adapters::GeneratedStream stream) {
  return stream_shapes[static_cast<std::size_t>(stream)];
}

/// Returns how a model of this spec contradicts the stream, as the predicate of a sentence; empty if it fits.
std::string misfit(adapters::GeneratedStream stream, const SampleSpec& spec);

}  // namespace altmind::generator
