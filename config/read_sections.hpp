#pragma once
// Reads tables into option structs by a list of sections.

#include <algorithm>

#include "config/document.hpp"
#include "config/schema.hpp"

namespace altmind::config {

/// Reads every entry of `table` by `section`. Throws ConfigError for the first unknown key or refused value.
template <class Options>
void read_fields(const Table& table, std::string_view section, const std::vector<Field<Options>>& fields,
                 const Reading& reading, Options& options) {
  for (const Entry& entry : table.entries) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field<Options>& candidate) { return candidate.key == entry.key; });
    if (field == fields.end()) fail(table, entry, unknown_key(section, entry.key), 0, "");
    read_entry(table, entry, *field, reading, options);
  }
}

/// Reads every entry of every section, in the order of the schema. Throws ConfigError for the first unknown
/// key or refused value.
template <class Options>
void read_sections(const Document& document, const std::vector<Section<Options>>& sections, const Reading& reading,
                   Options& options) {
  for (const Section<Options>& section : sections) {
    const Table* table = document.section(section.name);
    if (table != nullptr) read_fields(*table, section.name, section.fields, reading, options);
  }
}

}  // namespace altmind::config
