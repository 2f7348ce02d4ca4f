#pragma once
// One key of a section, with functions to read it into an option struct and to write it back.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/read_value.hpp"

namespace altmind::config {

/// Context for reading values.
struct Reading {
  const std::map<std::string, std::string>& environment;
};

template <class Options>
struct Field {
  std::string_view key;
  std::function<void(Options&, const Value&, const Reading&)> read;  ///< throws Refusal
  std::function<std::optional<Value>(const Options&)> write;         ///< nothing: the key is omitted
};

template <class Options>
struct Section {
  std::string_view name;
  std::vector<Field<Options>> fields;
};

/// Builds fields of one option struct. `at` returns the member: [](auto& options) -> auto& { return options.x; }.
template <class Options>
struct FieldOf {
  template <class At>
  static Field<Options> flag(std::string_view key, At at) {
    return {key, [at](Options& o, const Value& v, const Reading&) { at(o) = read_flag(v); },
            [at](const Options& o) { return std::optional(Value(at(o))); }};
  }
  template <class At>
  static Field<Options> number(std::string_view key, At at, NumberRange range) {
    return {key, [at, range](Options& o, const Value& v, const Reading&) { at(o) = read_number(v, range); },
            [at](const Options& o) { return std::optional(Value(at(o))); }};
  }
  /// A number, or `word` for an empty optional.
  template <class At>
  static Field<Options> number_or(std::string_view key, At at, NumberRange range, std::string_view word) {
    const auto read = [at, range, word](Options& o, const Value& v, const Reading&) {
      const auto* text = std::get_if<std::string>(&v.data);
      if (text != nullptr && *text == word) {
        at(o).reset();
      } else {
        at(o) = read_number(v, range, ", or " + toml_text(Value(word)));
      }
    };
    return {key, read, [at, word](const Options& o) { return std::optional(at(o) ? Value(*at(o)) : Value(word)); }};
  }
  template <class At>
  static Field<Options> whole(std::string_view key, At at, std::uint64_t low, std::uint64_t high) {
    return {key, [at, low, high](Options& o, const Value& v, const Reading&) { at(o) = read_whole(v, low, high); },
            [at](const Options& o) { return std::optional(Value(std::uint64_t{at(o)})); }};
  }
  /// An enumeration; `names` are in the order of its values.
  template <class At>
  static Field<Options> choice(std::string_view key, At at, std::vector<std::string_view> names) {
    const auto read = [at, names](Options& o, const Value& v, const Reading&) {
      using Enum = std::remove_reference_t<decltype(at(o))>;
      at(o) = static_cast<Enum>(read_choice(v, names));
    };
    return {key, read,
            [at, names](const Options& o) { return std::optional(Value(names[static_cast<std::size_t>(at(o))])); }};
  }
  template <class At>
  static Field<Options> duration(std::string_view key, At at, std::chrono::milliseconds low,
                                 std::chrono::milliseconds high) {
    return {key, [at, low, high](Options& o, const Value& v, const Reading&) { at(o) = read_duration(v, low, high); },
            [at](const Options& o) { return std::optional(Value(format_duration(at(o)))); }};
  }
  template <class At>
  static Field<Options> size(std::string_view key, At at, std::uint64_t low, std::uint64_t high) {
    return {key, [at, low, high](Options& o, const Value& v, const Reading&) { at(o) = read_size(v, low, high); },
            [at](const Options& o) { return std::optional(size_value(at(o))); }};
  }
  /// A string that `parse` checks (throws Refusal) and may transform.
  template <class At, class Parse>
  static Field<Options> text(std::string_view key, At at, Parse parse) {
    return {key, [at, parse](Options& o, const Value& v, const Reading&) { at(o) = parse(v); },
            [at](const Options& o) { return std::optional(Value(at(o))); }};
  }
};

/// Reads one entry; turns a Refusal into a ConfigError with its location.
template <class Options>
void read_entry(const Table& table, const Entry& entry, const Field<Options>& field, const Reading& reading,
                Options& options) {
  try {
    field.read(options, entry.value, reading);
  } catch (const Refusal& refusal) {
    fail(table, entry, refusal.what(), refusal.line, refusal.part);
  }
}

}  // namespace altmind::config
