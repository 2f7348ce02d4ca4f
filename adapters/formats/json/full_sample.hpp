#pragma once
// The careful way through any text: simdjson, and a reason for every refusal.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/formats/json/feature_shape.hpp"
#include "adapters/formats/json/label.hpp"
#include "adapters/ingest/row.hpp"

namespace altmind::formats {

/// Members of a sample besides its features. Valid until the reader is used again or shrunk.
struct FullMembers {
  WrittenLabel label;
  std::string id;  ///< JSON text; empty: there is none
};

/// Owns buffers: not thread-safe.
class FullReader {
 public:
  /// row: the schema by which features are read, borrowed; null: they are lists of numbers.
  explicit FullReader(FeatureShape shape, ingest::Row* row = nullptr);
  ~FullReader();

  /// Fills x (room for its inputs; what float32 leaves of them goes to `residuals`, as of numbers from `first` on), or
  /// with a schema the begun row, and members, or says why not. What the label means is not decided here; with
  /// `learning` its content is checked, else it may be anything.
  std::optional<ingest::Rejection> read(std::string_view text, bool learning, float* x, Residuals& residuals,
                                        std::size_t first, FullMembers& members);

  /// Gives back the memory that a very long text has taken: there may be a thousand readers.
  void shrink();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::formats
