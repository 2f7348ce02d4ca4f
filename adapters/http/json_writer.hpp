#pragma once
// Writes JSON directly into a string: answers are small, predictions many.

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <type_traits>

namespace altmind::http {

/// Appends `text` quoted and escaped; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends JSON without blanks to a string of the caller, who may read its size at any time; sets the commas. The
/// caller ends what it begins and gives each member of an object one key and one value. Values outside of any container
/// become a list without brackets, which raw() puts into one.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end(']'); }

  JsonWriter& key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    return after_key();
  }
  /// A key that is JSON already, with its quotes.
  JsonWriter& raw_key(std::string_view json) {
    separate();
    out_ += json;
    return after_key();
  }

  JsonWriter& string(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return *this;
  }
  /// The shortest digits that read back as `value`; null if it is not finite.
  template <class Number>
  JsonWriter& number(Number value) {
    static_assert(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>);
    if constexpr (std::is_floating_point_v<Number>) {
      if (!std::isfinite(value)) return null();
    }
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return raw({text.data(), static_cast<std::size_t>(end - text.data())});
  }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// A value that is JSON already, or several with commas in between.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }

 private:
  /// Called before each key and each value; the next one follows a comma.
  void separate() {
    if (follows_) out_ += ',';
    follows_ = true;
  }
  JsonWriter& after_key() {
    out_ += ':';
    follows_ = false;
    return *this;
  }
  JsonWriter& begin(char bracket) {
    separate();
    out_ += bracket;
    follows_ = false;
    return *this;
  }
  JsonWriter& end(char bracket) {
    out_ += bracket;
    follows_ = true;
    return *this;
  }

  std::string& out_;
  bool follows_ = false;  ///< the next key or value needs a comma
};

}  // namespace altmind::http
