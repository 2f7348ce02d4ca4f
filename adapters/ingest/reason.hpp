#pragma once
// The reasons for rejecting a record, shared by all inputs.

#include <array>
#include <string>
#include <string_view>

namespace altmind::ingest {

enum class Reason {
  not_json,
  not_utf8,
  duplicate_key,
  too_deep,
  line_too_long,
  features_missing,
  wrong_dimension,
  not_a_number,
  not_finite,
  label_missing,
  label_out_of_range,
  unknown_key,
  not_a_category,
};

inline constexpr std::array<std::string_view, 13> reason_names = {
    "not_json",           "not_utf8",        "duplicate_key", "too_deep",   "line_too_long",
    "features_missing",   "wrong_dimension", "not_a_number",  "not_finite", "label_missing",
    "label_out_of_range", "unknown_key",     "not_a_category"};

inline std::string_view name(Reason reason) {
  return reason_names[static_cast<std::size_t>(reason)];
}

/// A rejected record: the reason, and a sentence that names the field, the value and what is allowed.
struct Rejection {
  Reason reason;
  std::string message;
};

}  // namespace altmind::ingest
