#include "config/read_columns.hpp"

#include <algorithm>
#include <set>

#include "config/read_sections.hpp"
#include "config/schema.hpp"

namespace altmind::config {
namespace {

using Of = FieldOf<Column>;
constexpr std::size_t most_network_inputs = 1'000'000;
constexpr std::string_view name_allowed = "a name of 1 to 256 bytes";

std::string read_column_name(const Value& value) {
  std::string name = read_text(value, name_allowed);
  if (name.empty() || name.size() > 256) refuse(name_allowed, value);
  return name;
}

/// Written only for columns that read it.
Field<Column> of_categories(Field<Column> field) {
  field.write = [write = field.write](const Column& column) {
    return column.type == ColumnType::categorical ? write(column) : std::nullopt;
  };
  return field;
}

std::vector<Field<Column>> make_fields() {
  return {Of::text(
              "name", [](auto& c) -> auto& { return c.name; }, read_column_name),
          Of::choice("type", [](auto& c) -> auto& { return c.type; }, {"numeric", "categorical"}),
          of_categories(Of::choice("encoding", [](auto& c) -> auto& { return c.encoding; }, {"onehot", "hashed"})),
          of_categories(Of::whole(
              "size", [](auto& c) -> auto& { return c.size; }, 1, 100'000)),
          Of::choice("missing", [](auto& c) -> auto& { return c.missing; }, {"refuse", "mean", "flag"})};
}

Column read_column(const Table& table, const Reading& reading) {
  Column column;
  read_fields(table, "features.column", column_fields(), reading, column);
  if (column.name.empty()) fail(table, "name", "is required: what the column is called, " + std::string(name_allowed));
  if (column.type == ColumnType::numeric) {
    for (const std::string_view key : {"encoding", "size"}) {
      if (table.find(key) != nullptr) fail(table, key, "is read only with type = \"categorical\"");
    }
  }
  if (column.type == ColumnType::categorical && column.missing == Missing::mean) {
    fail(table, "missing", "\"mean\" contradicts type = \"categorical\": use \"flag\" or \"refuse\"");
  }
  return column;
}

}  // namespace

const std::vector<Field<Column>>& column_fields() {
  static const std::vector<Field<Column>> fields = make_fields();
  return fields;
}

void read_columns(const Document& document, const Reading& reading, ModelOptions& model) {
  if (document.columns.empty()) return;
  std::set<std::string> names;
  for (const Table& table : document.columns) {
    Column column = read_column(table, reading);
    if (!names.insert(column.name).second) fail(table, "name", "is the name of another column too");
    model.spec.columns.push_back(std::move(column));
  }
  const std::size_t count = document.columns.size();
  const Table* table = document.section("model");
  const Entry* given = table != nullptr ? table->find("inputs") : nullptr;
  if (given != nullptr && model.spec.inputs != count) {
    fail(*table, *given,
         "must be the number of [[features.column]] tables (" + std::to_string(count) + ") or left out, got " +
             std::to_string(model.spec.inputs),
         0, "");
  }
  model.spec.inputs = count;
}

void check_columns(const LearnerOptions& options, const Document& document) {
  const std::vector<Column>& columns = options.model.spec.columns;
  if (columns.empty()) return;
  for (std::size_t j = 0; j < columns.size(); ++j) {
    if (columns[j].missing == Missing::mean && options.normaliser.kind == NormaliserKind::none) {
      fail(document.columns[j], "missing",
           "\"mean\" needs features.normaliser = \"standardise\" or \"fixed\", which knows a mean");
    }
  }
  if (const std::size_t inputs = network_inputs(options.model.spec); inputs > most_network_inputs) {
    fail(document.columns.front(), "size",
         "the columns take " + std::to_string(inputs) + " network inputs together, at most " +
             std::to_string(most_network_inputs) + " are possible");
  }
}

}  // namespace altmind::config
