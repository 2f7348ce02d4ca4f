#include "config/document.hpp"

#include <algorithm>
#include <array>

#include "config/nearest.hpp"

namespace altmind::config {
namespace {

constexpr std::array<std::string_view, 13> all_sections = {"model", "learning",   "memory", "consolidation", "features",
                                                           "drift", "evaluation", "source", "test",          "http",
                                                           "store", "log",        "limits"};

std::string place(const std::string& origin, std::uint32_t line) {
  return line == 0 ? origin : origin + ':' + std::to_string(line);
}

}  // namespace

const Entry* Table::find(std::string_view key) const {
  const auto at = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return at == entries.end() ? nullptr : &*at;
}

void Table::put(Entry entry) {
  const auto at = std::find_if(entries.begin(), entries.end(), [&](const Entry& old) { return old.key == entry.key; });
  if (at == entries.end()) {
    entries.push_back(std::move(entry));
  } else {
    *at = std::move(entry);
  }
}

const Table* Document::section(std::string_view section_name) const {
  const auto at =
      std::find_if(sections.begin(), sections.end(), [&](const Table& table) { return table.name == section_name; });
  return at == sections.end() ? nullptr : &*at;
}

Table& Document::section_to_change(std::string_view section_name) {
  for (Table& table : sections) {
    if (table.name == section_name) return table;
  }
  return sections.emplace_back(Table{std::string(section_name), name, 0, {}});
}

bool is_section(std::string_view name) {
  return name != "source" && name != "test" &&
         std::find(all_sections.begin(), all_sections.end(), name) != all_sections.end();
}

void fail_at(const std::string& origin, std::uint32_t line, const std::string& problem) {
  throw ConfigError(place(origin, line) + ": " + problem);
}

void fail(const Table& table, std::string_view key, const std::string& problem) {
  if (const Entry* entry = table.find(key)) fail(table, *entry, problem, 0, "");
  fail_at(table.origin, table.line, table.name + '.' + toml_key(key) + ": " + problem);
}

void fail(const Table& table, const Entry& entry, const std::string& problem, std::uint32_t line,
          const std::string& part) {
  // Overrides have no line numbers, although their list items were parsed with one.
  fail_at(entry.origin, line != 0 && entry.value.line != 0 ? line : entry.value.line,
          table.name + '.' + toml_key(entry.key) + part + ": " + problem);
}

std::string unknown_section(std::string_view name) {
  const auto near = nearest(name, all_sections);
  const auto bracketed = [](std::string_view section) {
    return section == "source" ? std::string("[[source]]") : '[' + std::string(section) + ']';
  };
  std::string out = '[' + toml_key(name) + "]: unknown section; ";
  if (near) return out + "did you mean " + bracketed(*near) + '?';
  out += "there are ";
  for (std::size_t i = 0; i < all_sections.size(); ++i) {
    if (i > 0) out += i + 1 == all_sections.size() ? " and " : ", ";
    out += bracketed(all_sections[i]);
  }
  return out;
}

}  // namespace altmind::config
