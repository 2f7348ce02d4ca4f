#include "config/read_source.hpp"

#include <algorithm>

#include "config/schema.hpp"

namespace altmind::config {
namespace {

const SourceField* find_field(std::string_view key) {
  const auto& fields = source_fields();
  const auto at =
      std::find_if(fields.begin(), fields.end(), [&](const SourceField& field) { return field.field.key == key; });
  return at == fields.end() ? nullptr : &*at;
}

template <class Enum>
std::string names_of(const std::vector<Enum>& values, std::span<const std::string_view> names) {
  std::vector<std::string_view> chosen;
  for (const Enum value : values) chosen.push_back(names[static_cast<std::size_t>(value)]);
  return alternatives(chosen);
}

std::string name_of(std::span<const std::string_view> names, std::size_t index) {
  return toml_text(Value(names[index]));
}

bool entry_in(const Table& table, std::string_view key, const Reading& reading, adapters::SourceOptions& options) {
  const Entry* entry = table.find(key);
  if (entry != nullptr) read_entry(table, *entry, find_field(key)->field, reading, options);
  return entry != nullptr;
}

void check_read(const Table& table, const Entry& entry, const SourceField& field,
                const adapters::SourceOptions& options) {
  const auto problem = [&](const std::string& text) { fail(table, entry, text, 0, ""); };
  if (!type_reads(field, options.type)) {
    problem("not read by a source of type " + name_of(source_type_names(), static_cast<std::size_t>(options.type)) +
            ", only by " + names_of(field.types, source_type_names()));
  }
  if (!format_reads(field, options.type, options.format)) {
    problem("not read with format = " + name_of(format_names(), static_cast<std::size_t>(options.format)) +
            ", only with " + names_of(field.formats, format_names()));
  }
}

adapters::SourceOptions read(const Table& table, const Reading& reading, adapters::SourceOptions options, bool test) {
  // Read type and format first, since the other keys depend on them.
  const bool typed = entry_in(table, "type", reading, options);
  if (!typed && !test) fail(table, "type", "is required: " + alternatives(source_type_names()));
  if (test && options.type != adapters::SourceType::file) fail(table, "type", "must be \"file\" in [test]");
  if (type_reads(*find_field("format"), options.type)) entry_in(table, "format", reading, options);

  for (const Entry& entry : table.entries) {
    const SourceField* field = find_field(entry.key);
    if (field == nullptr) fail(table, entry, unknown_key(test ? "test" : "source", entry.key), 0, "");
    if (test && !field->in_test) {
      fail(table, entry, "not read in [test], which is read once, in order, to its end", 0, "");
    }
    check_read(table, entry, *field, options);
    read_entry(table, entry, field->field, reading, options);
  }
  return options;
}

}  // namespace

adapters::SourceOptions read_source(const Table& table, const Reading& reading, adapters::SourceOptions options) {
  return read(table, reading, std::move(options), false);
}

adapters::SourceOptions read_test(const Table& table, const Reading& reading, adapters::SourceOptions options) {
  return read(table, reading, std::move(options), true);
}

}  // namespace altmind::config
