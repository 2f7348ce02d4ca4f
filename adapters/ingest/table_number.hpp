#pragma once
// Numbers as people's tables write them: in groups of digits, by either decimal mark, beside units and currencies.

#include <span>
#include <string>
#include <string_view>

#include "adapters/ingest/number_text.hpp"

namespace altmind::ingest {

/// What read_number reads and what people's tables write, `mark` ('.' or ',') before the decimals: digits in groups of
/// three (the last of them; others of two or three) between which stands always the same one of the other mark, a blank
/// (also one that does not break), an apostrophe or _, and the first of which does not begin with 0; one sign of a
/// currency in front or behind; a percent sign behind, which changes nothing (12 % is 12); a minus sign of
/// typographers; parentheses for what is owed.
NumberRead read_table_number(std::string_view text, char mark, double& value);

/// `text` without the first of `units` that stands behind or in front of it, and without the blanks between; else all.
std::string_view without_unit(std::string_view text, std::span<const std::string> units);

/// What stands behind a number (kg, EUR: at most 16 bytes) or the currency in front of one (CHF, R$) if that makes the
/// whole `text` no number; empty: nothing does.
std::string_view unit_of(std::string_view text);

}  // namespace altmind::ingest
