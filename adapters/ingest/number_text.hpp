#pragma once
// Numbers, missing values and class names as text formats other than JSON write them.

#include <span>
#include <string>
#include <string_view>

namespace altmind::ingest {

enum class NumberRead { number, overflow, nothing };

/// All of `text` as a number: what JSON has and also a plus sign, leading zeros, a point with digits on one side
/// only. overflow: beyond double, or nan or inf in any case of letters.
NumberRead read_number(std::string_view text, double& value);

/// The same as people's tables write it, `mark` ('.' or ',') before the decimals: digits in groups of three (the last
/// of them; others of two or three) between which stands always the same one of the other mark, a blank (also one
/// that does not break), an apostrophe or _, and the first of which does not begin with 0; one sign of a currency in
/// front or behind; a percent sign behind, which changes nothing (12 % is 12); a minus sign of typographers;
/// parentheses for what is owed.
NumberRead read_table_number(std::string_view text, char mark, double& value);

/// `text` without the first of `units` that stands behind or in front of it, and without the blanks between; else all.
std::string_view without_unit(std::string_view text, std::span<const std::string> units);

/// What stands behind a number (kg, EUR: at most 16 bytes) or the currency in front of one (CHF, R$) if that makes the
/// whole `text` no number; empty: nothing does.
std::string_view unit_of(std::string_view text);

/// Whether `text` stands for a missing number: nothing, one of ? - -- . or, in any case of letters, one of na n/a n.a.
/// nan -nan null (null) <null> none nil \n #n/a <na> #null! #div/0! #value! #num! #ref! #name?
bool means_missing(std::string_view text);

/// Whether `text` is one of `words` in any case of letters (of ASCII).
bool is_one_of(std::string_view text, std::span<const std::string> words);

/// Whether `text` in place of a class says that there is none. Fewer than of means_missing: None, - and . may well be
/// classes.
bool means_no_label(std::string_view text);

/// `text` as the name of a class: without blanks around it, and whole numbers as their digits, so that 1, 1.0, 1e0 and
/// +1 are one class. Digits behind a leading zero stay a code. The answer rests on `text` or `scratch`.
std::string_view class_name(std::string_view text, std::string& scratch);

}  // namespace altmind::ingest
