#pragma once
// Numbers as people write them in tables: with grouped digits, either decimal mark, units and currencies.

#include <span>
#include <string>
#include <string_view>

#include "adapters/ingest/number_text.hpp"

namespace altmind::ingest {

/// Parses what read_number reads and what people write in tables, with `mark` ('.' or ',') before the decimals: digits
/// in groups of three (the last group; others of two or three), all separated by the same one of the other mark, a
/// blank (also a non-breaking one), an apostrophe or _, where the first group does not begin with 0; one currency sign
/// before or after; a percent sign after, which changes nothing (12 % is 12); a typographic minus sign; parentheses for
/// negative amounts.
NumberRead read_table_number(std::string_view text, char mark, double& value);

/// Strips the first of `units` that stands after or before `text`, and the blanks between; all of `text` if none does.
std::string_view without_unit(std::string_view text, std::span<const std::string> units);

/// Returns the unit after a number (kg, EUR: at most 16 bytes) or the currency before one (CHF, R$) because of which
/// the whole `text` is not a number; empty if there is none.
std::string_view unit_of(std::string_view text);

}  // namespace altmind::ingest
