#include "config/infer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "config/load.hpp"
#include "config/schema.hpp"

namespace altmind::config {

namespace {

constexpr std::size_t most_classes_of_numbers = 20;
constexpr std::size_t most_onehot = 128;
constexpr std::size_t least_rows_to_judge = 20;  // before that texts that all differ prove nothing

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

std::size_t label_column(const file::CsvSurvey& survey, const InferOptions& options) {
  const auto& columns = survey.columns;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (!options.label.empty() && survey.header && columns[c].name == options.label) return c;
  }
  if (!options.label.empty()) {
    const bool number = options.label.size() <= 6 && options.label.find_first_not_of("0123456789") == std::string::npos;
    if (number && std::stoul(options.label) < columns.size()) return std::stoul(options.label);
    std::string known = survey.header ? "a column of the header (" : "a number from 0 to ";
    if (!survey.header) known += std::to_string(columns.size() - 1);
    for (std::size_t c = 0; survey.header && c < columns.size(); ++c) known += (c > 0 ? ", " : "") + columns[c].name;
    throw ConfigError("--label: must be " + known + (survey.header ? ")" : "") + ", got " + toml_text(options.label));
  }
  for (const std::string name : {"class", "label", "target", "y"}) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (survey.header && lower(columns[c].name) == name) return c;
    }
  }
  return columns.size() - 1;
}

/// Why a column is of no use; empty if it is.
std::string useless(const file::ColumnSurvey& column, std::size_t rows, const std::set<std::string>& taken) {
  if (column.name.empty()) return "has no name";
  if (column.name.size() > 256) return "its name is longer than 256 bytes";
  if (taken.contains(column.name)) return "stands twice in the header";
  if (column.numbers + column.texts == 0) return "has no values";
  if (column.texts == 0) return {};
  if (column.different.size() == 1) return "the same text in every row";
  if (rows >= least_rows_to_judge && column.different.size() * 2 > column.numbers + column.texts) {
    return std::to_string(column.different.size()) + " different texts in " + std::to_string(rows) + " rows";
  }
  return {};
}

std::string column_text(const file::ColumnSurvey& column) {
  std::string out = "  {name = " + toml_text(column.name);
  if (column.texts == 0) return out + (column.missing > 0 ? ", missing = \"flag\"},\n" : ", missing = \"mean\"},\n");
  const std::size_t room = std::max<std::size_t>(8, std::bit_ceil(2 * column.different.size()));
  out += ", type = \"categorical\", encoding = ";
  out += room <= most_onehot ? "\"onehot\"" : "\"hashed\"";
  return out + ", size = " + std::to_string(std::min(room, most_onehot)) + ", missing = \"flag\"},\n";
}

/// Keys of [model] that follow from the label.
std::string model_text(const file::ColumnSurvey& label, std::optional<Task> task) {
  const bool few = label.different.size() <= most_classes_of_numbers && label.whole == label.numbers;
  if (label.texts > 0 && task == Task::regression) {
    throw ConfigError("--task regression: the label " + toml_text(label.name) +
                      " has values that are no numbers, such as " + toml_text(label.different.begin()->first));
  }
  if (!task) task = label.texts > 0 || few ? Task::classification : Task::regression;
  if (*task == Task::regression) return "task = \"regression\"\noutputs = 1\n";
  std::string out = "task = \"classification\"\n";
  // 0.0 and 1.0 are indices; as names they would be called "0.0" and "1.0".
  const bool indices = label.texts == 0 && label.digits < label.numbers && label.whole == label.numbers &&
                       label.least >= 0.0 && label.most < 1000.0;
  if (indices) {
    const auto classes = static_cast<std::size_t>(label.most) + 1;
    return out + "labels = \"index\"\nmax_classes = " + std::to_string(std::max<std::size_t>(2, classes)) + '\n';
  }
  const std::size_t room = std::clamp<std::size_t>(2 * label.different.size(), 16, 100'000);
  return out + "labels = \"named\"\nmax_classes = " + std::to_string(room) + '\n';
}

}  // namespace

std::string infer_config(const file::CsvSurvey& survey, const InferOptions& options) {
  const std::size_t label = label_column(survey, options);
  // Small: what moves is followed sooner (Elec2: 0.84 with 11, 0.80 with 45), and what does not is learned as well.
  const auto batch = static_cast<std::size_t>(std::clamp(std::round(survey.rows_in_file / 4000.0), 10.0, 200.0));
  std::string columns;
  std::string left_out;
  std::string fields;  // by number, where there are no names
  std::set<std::string> taken = {survey.columns[label].name};
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    const file::ColumnSurvey& column = survey.columns[c];
    if (c == label) continue;
    if (const std::string why = useless(column, survey.rows, taken); !why.empty()) {
      left_out += "# left out: " + toml_text(column.name) + ": " + why + '\n';
      continue;
    }
    taken.insert(column.name);
    columns += column_text(column);
    fields += (fields.empty() ? "" : ", ") + std::to_string(c);
  }
  if (columns.empty()) throw ConfigError(options.path + ": no column is left to learn from\n" + left_out);

  std::string out =
      "# Inferred from the first " + std::to_string(survey.rows) + " rows of " + toml_text(options.path) + ".\n";
  out += left_out;
  if (survey.columns[label].different.size() < 2)
    out += "# note: the label has one value in these rows; is the file sorted by it?\n";
  out += "[model]\n" + model_text(survey.columns[label], options.task);
  out += "\n[learning]\nbatch_size = " + std::to_string(batch) + '\n';
  out += "\n[features]\nnormaliser = \"standardise\"\ncolumn = [\n" + columns + "]\n";
  out += "\n[[source]]\ntype = \"file\"\npath = " + toml_text(path_value(options.path)) + "\nformat = \"csv\"\n";
  out += std::string("header = ") + (survey.header ? "true" : "false") + '\n';
  out += "label = " + (survey.header ? toml_text(survey.columns[label].name) : std::to_string(label)) + '\n';
  if (!survey.header) out += "columns = [" + fields + "]\n";
  return out;
}

}  // namespace altmind::config
