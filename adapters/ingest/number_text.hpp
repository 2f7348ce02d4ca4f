#pragma once
// Numbers as text formats other than JSON write them.

#include <string_view>

namespace altmind::ingest {

enum class NumberRead { number, overflow, nothing };

/// All of `text` as a number: what JSON has and also a plus sign, leading zeros, a point with digits on one side
/// only. overflow: beyond double, or nan or inf in any case of letters.
NumberRead read_number(std::string_view text, double& value);

/// Whether `text` stands for a missing number: nothing, ?, na, n/a, nan, null in any case of letters.
bool means_missing(std::string_view text);

}  // namespace altmind::ingest
