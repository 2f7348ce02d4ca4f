#include "config/apply_overrides.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace altmind::config {
namespace {

constexpr std::string_view prefix = "ALTMIND_";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return out;
}

/// Returns a source name in the form used in environment variables.
std::string as_variable(std::string_view name) {
  std::string out = lower(name);
  for (char& c : out) {
    if (c == '-' || c == '.') c = '_';
  }
  return out;
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Table& find_source(Document& document, const std::string& which, const std::string& origin, bool variable) {
  const auto names = source_names(document.sources);
  if (const auto index = number(which)) {
    if (*index < document.sources.size()) return document.sources[*index];
  } else {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (variable ? as_variable(names[i]) == as_variable(which) : names[i] == which) return document.sources[i];
    }
  }
  std::string problem = "there is no source " + shown(Value(which)) + "; ";
  if (names.empty()) fail_at(origin, 0, problem + "the configuration has none");
  problem += "there ";
  problem += names.size() == 1 ? "is" : "are";
  for (std::size_t i = 0; i < names.size(); ++i) {
    problem += (i == 0 ? " " : ", ") + std::to_string(i) + " (" + shown(Value(names[i])) + ')';
  }
  fail_at(origin, 0, problem);
}

struct Address {
  std::string section;
  std::string source;  ///< index or name, for section "source"
  std::string key;
};

void put(Document& document, const Address& at, const std::string& text, const std::string& origin, bool variable) {
  if (!valid_utf8(text)) fail_at(origin, 0, "the value is not valid UTF-8");
  Entry entry{at.key, read_override(text), origin};
  if (at.section == "source") {
    find_source(document, at.source, origin, variable).put(std::move(entry));
  } else if (at.section == "test") {
    if (!document.test) document.test = Table{"test", document.name, 0, {}};
    document.test->put(std::move(entry));
  } else if (is_section(at.section)) {
    document.section_to_change(at.section).put(std::move(entry));
  } else {
    fail_at(origin, 0, unknown_section(at.section));
  }
}

void put_variable(Document& document, const std::string& name, const std::string& text) {
  const std::string rest = lower(std::string_view(name).substr(prefix.size()));
  const std::size_t split = rest.find("__");
  Address at{rest.substr(0, split), "", split == std::string::npos ? "" : rest.substr(split + 2)};
  if (at.section == "source") {
    const std::size_t second = at.key.rfind("__");
    if (second == std::string::npos) {
      fail_at(name, 0, "a source is overridden by ALTMIND_SOURCE__N__KEY, N its number from 0 or its name");
    }
    at.source = at.key.substr(0, second);
    at.key.erase(0, second + 2);
  }
  if (at.section.empty() || at.key.empty()) {
    fail_at(name, 0, "names no key; a variable that overrides is ALTMIND_SECTION__KEY");
  }
  put(document, at, text, name, true);
}

void put_set(Document& document, const std::string& name, const std::string& text) {
  const std::string origin = "--set";
  const std::size_t split = name.find('.');
  Address at{name.substr(0, split), "", split == std::string::npos ? "" : name.substr(split + 1)};
  if (at.section.starts_with("source[") && at.section.ends_with(']')) {  // the form used in messages
    at.source = at.section.substr(7, at.section.size() - 8);
    at.section = "source";
  } else if (at.section == "source") {
    const std::size_t second = at.key.rfind('.');  // names may contain dots, keys do not
    if (second == std::string::npos) {
      fail_at(origin, 0,
              shown(Value(name)) + ": a source is overridden by source.N.key=value, N its number from 0 or its name");
    }
    at.source = at.key.substr(0, second);
    at.key.erase(0, second + 1);
  }
  if (at.section.empty() || at.key.empty()) {
    fail_at(origin, 0, shown(Value(name)) + ": names no key; write section.key=value");
  }
  put(document, at, text, origin, false);
}

}  // namespace

std::vector<std::string> source_names(const std::vector<Table>& sources) {
  std::vector<std::string> names;
  std::vector<std::string> taken;
  for (const Table& table : sources) {
    const Entry* given = table.find("name");
    const auto* text = given != nullptr ? std::get_if<std::string>(&given->value.data) : nullptr;
    if (text != nullptr) taken.push_back(*text);
  }
  for (const Table& table : sources) {
    const Entry* given = table.find("name");
    const auto* text = given != nullptr ? std::get_if<std::string>(&given->value.data) : nullptr;
    if (text != nullptr) {
      names.push_back(*text);
      continue;
    }
    const Entry* type = table.find("type");
    const auto* base = type != nullptr ? std::get_if<std::string>(&type->value.data) : nullptr;
    const std::string stem = base != nullptr ? *base : "source";
    std::string name = stem;
    for (std::size_t n = 2; std::find(taken.begin(), taken.end(), name) != taken.end(); ++n) {
      name = stem + '-' + std::to_string(n);
    }
    taken.push_back(name);
    names.push_back(name);
  }
  return names;
}

void apply_overrides(const Overrides& overrides, Document& document) {
  for (const auto& [name, text] : overrides.environment) {
    // Other ALTMIND_ variables, such as ALTMIND_DATA, are for use in paths.
    if (name.starts_with(prefix) && name.find("__") != std::string::npos) put_variable(document, name, text);
  }
  for (const auto& [name, text] : overrides.set) put_set(document, name, text);
}

}  // namespace altmind::config
