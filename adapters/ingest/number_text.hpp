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
