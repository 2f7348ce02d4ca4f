#pragma once
// Tables to option structs by a list of sections.

#include <algorithm>

#include "config/document.hpp"
#include "config/schema.hpp"

namespace altmind::config {

/// Reads every entry of every section, in the order of the schema. Throws ConfigError at the first unknown
/// key or refused value.
template <class Options>
void read_sections(const Document& document, const std::vector<Section<Options>>& sections, const Reading& reading,
                   Options& options) {
  for (const Section<Options>& section : sections) {
    const Table* table = document.section(section.name);
    if (table == nullptr) continue;
    for (const Entry& entry : table->entries) {
      const auto field = std::find_if(section.fields.begin(), section.fields.end(),
                                      [&](const Field<Options>& candidate) { return candidate.key == entry.key; });
      if (field == section.fields.end()) fail(*table, entry, unknown_key(section.name, entry.key), 0, "");
      read_entry(*table, entry, *field, reading, options);
    }
  }
}

}  // namespace altmind::config
