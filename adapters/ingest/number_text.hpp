#pragma once
// Numbers, missing values and class names in text formats other than JSON.

#include <span>
#include <string>
#include <string_view>

namespace altmind::ingest {

enum class NumberRead { number, overflow, nothing };

/// Parses all of `text` as a number: JSON syntax and also a plus sign, leading zeros, a point with digits on one side
/// only. overflow: beyond double, or nan or inf, case-insensitive.
NumberRead read_number(std::string_view text, double& value);

/// True if `text` stands for a missing number: empty, one of ? - -- . or, case-insensitive, one of na n/a n.a. nan -nan
/// null (null) <null> none nil \n #n/a <na> #null! #div/0! #value! #num! #ref! #name?
bool means_missing(std::string_view text);

/// True if `text` equals one of `words`, ignoring ASCII case.
bool is_one_of(std::string_view text, std::span<const std::string> words);

/// True if `text` in place of a class means that there is none. Accepts fewer words than means_missing, as None, - and
/// . may well be classes.
bool means_no_label(std::string_view text);

/// Normalises the name of a class: strips blanks, and writes whole numbers as their digits, so that 1, 1.0, 1e0 and +1
/// are one class. Digits after a leading zero stay a code. The result is a view of `text` or `scratch`.
std::string_view class_name(std::string_view text, std::string& scratch);

}  // namespace altmind::ingest
