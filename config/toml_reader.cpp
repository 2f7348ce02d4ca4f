// The only file that uses toml++.

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "config/document.hpp"

namespace altmind::config {
namespace {

std::uint32_t line_of(const toml::source_region& region) {
  return region.begin.line;
}

template <class T>
std::string written(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

Value convert(const toml::node& node) {
  Value value;
  if (const auto* flag = node.as_boolean()) {
    value = Value(flag->get());
  } else if (const auto* whole = node.as_integer()) {
    value = Value::signed_whole(whole->get());
  } else if (const auto* number = node.as_floating_point()) {
    value = Value(number->get());
  } else if (const auto* text = node.as_string()) {
    value = Value(text->get());
  } else if (const auto* list = node.as_array()) {
    Value::List items;
    items.reserve(list->size());
    for (const toml::node& item : *list) items.push_back(convert(item));
    value = Value(std::move(items));
  } else if (const auto* date = node.as_date()) {
    value = Value(Foreign{written(date->get())});
  } else if (const auto* time = node.as_time()) {
    value = Value(Foreign{written(time->get())});
  } else if (const auto* date_time = node.as_date_time()) {
    value = Value(Foreign{written(date_time->get())});
  } else {
    value = Value(Foreign{"a table"});
  }
  value.line = line_of(node.source());
  return value;
}

Table convert(const toml::table& table, std::string name, const std::string& file) {
  Table out{std::move(name), file, line_of(table.source()), {}};
  for (const auto& [key, node] : table) {
    Value value = convert(node);
    value.line = line_of(key.source());
    out.entries.push_back({std::string(key.str()), std::move(value), file});
  }
  // toml++ sorts keys by name; restore line order, since messages report the first wrong line.
  std::stable_sort(out.entries.begin(), out.entries.end(),
                   [](const Entry& a, const Entry& b) { return a.value.line < b.value.line; });
  return out;
}

/// An array of tables, each begun by [[table_name]].
std::vector<Table> convert_tables(const toml::node& node, const std::string& table_name, std::uint32_t line,
                                  const std::string& file) {
  const toml::array* tables = node.as_array();
  if (tables == nullptr ||
      !std::all_of(tables->begin(), tables->end(), [](const auto& item) { return item.is_table(); })) {
    fail_at(file, line, table_name + ": must be tables, each begun by [[" + table_name + "]]");
  }
  std::vector<Table> out;
  for (const toml::node& item : *tables) {
    out.push_back(convert(*item.as_table(), table_name + '[' + std::to_string(out.size()) + ']', file));
  }
  return out;
}

/// Returns the parser's message as part of one line.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

/// Limits dotted keys: they nest tables without bound, and the parser frees them recursively.
void check_depth(const std::string& text, const std::string& name) {
  constexpr std::size_t most = 100;
  std::size_t dots = 0;
  std::uint32_t line = 1;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      dots = 0;
      quote = 0;
      ++line;
    } else if (quote != 0) {
      if (c == '\\' && quote == '"') ++i;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '=' || c == ',') {
      dots = 0;
    } else if (c == '#') {
      while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
    } else if (c == '.' && ++dots > most) {
      fail_at(name, line, "more than 100 dots in one key");
    }
  }
}

}  // namespace

Document read_toml(const std::string& text, const std::string& name) {
  check_depth(text, name);
  toml::table root;
  try {
    root = toml::parse(std::string_view(text), std::string_view(name));
  } catch (const toml::parse_error& error) {
    fail_at(name, line_of(error.source()), "not valid TOML: " + one_line(error.description()));
  }
  Document document;
  document.name = name;

  std::vector<std::pair<const toml::key*, const toml::node*>> parts;
  for (const auto& [key, node] : root) parts.emplace_back(&key, &node);
  std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
    return line_of(a.first->source()) < line_of(b.first->source());
  });
  for (const auto& [key, node] : parts) {
    const std::string section(key->str());
    const std::uint32_t line = line_of(key->source());
    if (section == "source") {
      document.sources = convert_tables(*node, section, line, name);
      continue;
    }
    if (section != "test" && !is_section(section)) fail_at(name, line, unknown_section(section));
    if (!node->is_table()) fail_at(name, line, section + ": must be a table, begun by [" + section + ']');
    const toml::table& content = *node->as_table();
    Table table = convert(content, section, name);
    if (const toml::node* columns = section == "features" ? content.get("column") : nullptr) {
      document.columns = convert_tables(*columns, "features.column", line_of(columns->source()), name);
      std::erase_if(table.entries, [](const Entry& entry) { return entry.key == "column"; });
    }
    if (const toml::node* layers = section == "model" ? content.get("layer") : nullptr) {
      document.layers = convert_tables(*layers, "model.layer", line_of(layers->source()), name);
      std::erase_if(table.entries, [](const Entry& entry) { return entry.key == "layer"; });
    }
    const toml::node* arms = section == "learning" ? content.get("arms") : nullptr;
    if (arms != nullptr && arms->is_array() && !arms->as_array()->empty()) {
      document.arms = convert_tables(*arms, "learning.arms", line_of(arms->source()), name);
      std::erase_if(table.entries, [](const Entry& entry) { return entry.key == "arms"; });
    }
    if (section == "test") {
      document.test = std::move(table);
    } else {
      document.sections.push_back(std::move(table));
    }
  }
  return document;
}

Value read_override(const std::string& text) {
  try {
    const toml::table root = toml::parse(std::string_view("value = " + text));
    // A second key means that the text contained another line, so it is not a value. Dates are not valid values:
    // text that looks like one is a string.
    const toml::node* node = root.size() == 1 ? root.get("value") : nullptr;
    if (node != nullptr && !node->is_table()) {
      Value value = convert(*node);
      value.line = 0;
      if (!std::holds_alternative<Foreign>(value.data)) return value;
    }
  } catch (const toml::parse_error&) {
  }
  return Value(text);
}

}  // namespace altmind::config
