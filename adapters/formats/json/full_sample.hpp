#pragma once
// The full JSON reader: takes any text, by simdjson, and gives a reason for every rejection.

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
  /// row: the schema to read features by, borrowed; null: features are lists of numbers.
  explicit FullReader(FeatureShape shape, ingest::Row* row = nullptr);
  ~FullReader();

  /// Fills `members` and x (room for its inputs; the rounding residuals go to `residuals`, numbered from `first`) or,
  /// with a schema, the row, which has begun; or returns the rejection. Does not interpret the label; its content is
  /// checked only if `learning`.
  std::optional<ingest::Rejection> read(std::string_view text, bool learning, float* x, Residuals& residuals,
                                        std::size_t first, FullMembers& members);

  /// Frees the memory that a very long text has taken: there may be a thousand readers.
  void shrink();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::formats
