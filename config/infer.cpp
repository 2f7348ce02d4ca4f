#include "config/infer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "config/infer_label.hpp"
#include "config/load.hpp"
#include "config/schema.hpp"

namespace altmind::config {

namespace {

constexpr std::size_t most_onehot = 128;
constexpr std::size_t longest_name = 256;

bool ends_with_id(const std::string& name) {
  for (const std::string_view end : {"_id", "Id", "ID", " id"}) {
    if (name.ends_with(end)) return true;
  }
  for (const std::string_view word :
       {"id", "index", "idx", "row", "rownames", "rowid", "no", "nr", "no.", "nr.", "#", "Index", "Unnamed: 0"}) {
    if (name == word) return true;
  }
  return false;
}

/// Returns why column `at` is not usable as a feature; empty if it is.
std::string useless(const file::CsvSurvey& survey, std::size_t at) {
  const file::ColumnSurvey& column = survey.columns[at];
  const std::size_t rows = survey.rows;
  const std::size_t values = column.numbers + column.texts;
  if (values == 0) return "has no values";
  const bool judged = rows >= least_rows_to_judge;
  if (of_numbers(column)) {
    const bool all_whole = column.whole == column.numbers && column.texts == 0;
    if (judged && column.name.empty() && all_whole && column.steps + 1 == rows) return "counts the rows";
    const bool unlike = column.many_values || column.values.size() == column.numbers;
    if (judged && at == 0 && survey.dialect.header && column.name.empty() && all_whole && unlike) {
      return "the index of a data frame, without a name and another whole number in every row";
    }
    if (judged && all_whole && unlike && ends_with_id(column.name)) return "an id, another whole number in every row";
    return {};
  }
  if (different(column) == 1) return "the same text in every row";
  if (column.dates * 2 > column.words.size() && column.texts * 2 > values) {
    return "dates or times, such as " + toml_text(column.words.begin()->first) + ", are not learned as they are";
  }
  const bool unlike =
      column.many_words ? column.words.size() * 2 > column.texts_until_many : different(column) * 2 > values;
  if (judged && unlike) {
    return std::to_string(different(column)) + (column.many_words ? " and more" : "") + " different texts in " +
           std::to_string(rows) + " rows";
  }
  return {};
}

std::string column_text(const file::ColumnSurvey& column, const std::string& name) {
  std::string out = "  {name = " + toml_text(name);
  if (of_numbers(column)) {
    return out + (column.missing + column.texts > 0 ? ", missing = \"flag\"},\n" : ", missing = \"mean\"},\n");
  }
  const std::size_t room = std::max<std::size_t>(8, std::bit_ceil(2 * different(column)));
  out += ", type = \"categorical\", encoding = ";
  out += room <= most_onehot ? "\"onehot\"" : "\"hashed\"";
  return out + ", size = " + std::to_string(std::min(room, most_onehot)) + ", missing = \"flag\"},\n";
}

/// Returns the keys of [model] that depend on the label.
std::string model_text(const file::CsvSurvey& survey, const file::ColumnSurvey& label, Task task) {
  if (task == Task::regression) return "task = \"regression\"\noutputs = 1\n";
  std::string out = "task = \"classification\"\n";
  // Numbers written with a decimal point must be indices. Later unseen labels would be rejected, so all must be known.
  const bool indices = survey.whole && label.texts == 0 && label.digits < label.numbers &&
                       label.whole == label.numbers && label.least >= 0.0 && label.most < 1000.0;
  if (indices) {
    const auto classes = static_cast<std::size_t>(label.most) + 1;
    return out + "labels = \"index\"\nmax_classes = " + std::to_string(std::max<std::size_t>(2, classes)) + '\n';
  }
  const std::size_t room = std::clamp<std::size_t>(2 * different(label), 16, 100'000);
  return out + "labels = \"named\"\nmax_classes = " + std::to_string(room) + '\n';
}

/// The names of the columns in the configuration.
struct Names {
  std::vector<std::string> of;
  bool by_number = false;  ///< the header cannot be used to identify them
};

Names names_of(const file::CsvSurvey& survey, const std::vector<bool>& used) {
  Names names;
  const file::TableDialect& table = survey.dialect;
  names.by_number = !table.header || table.row_names || table.hash || table.units;
  std::set<std::string> taken;
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    const std::string& given = survey.columns[c].name;
    std::string name = given;
    if (name.empty() || name.size() > longest_name) name = std::string("c").append(std::to_string(c));
    for (std::size_t n = 2; !taken.insert(name).second; ++n) name = given.substr(0, 200) + "_" + std::to_string(n);
    const auto same = std::count_if(survey.columns.begin(), survey.columns.end(),
                                    [&](const file::ColumnSurvey& other) { return other.name == given; });
    if (used[c] && (name != given || same > 1)) names.by_number = true;
    names.of.push_back(std::move(name));
  }
  return names;
}

std::string source_text(const file::CsvSurvey& survey, const InferOptions& options, const Names& names,
                        const std::vector<bool>& used, std::size_t label) {
  const file::TableDialect& table = survey.dialect;
  std::string out =
      "\n[[source]]\ntype = \"file\"\npath = " + toml_text(path_value(options.path)) + "\nformat = \"csv\"\n";
  const auto key = [&](const std::string& name, const std::string& value) { out += name + " = " + value + '\n'; };
  if (table.csv.separator != ',') key("separator", toml_text(std::string(1, table.csv.separator)));
  if (table.csv.quote != '"') key("quote", toml_text(std::string(1, table.csv.quote)));
  if (table.decimal_mark != '.') key("decimal", toml_text(std::string(1, table.decimal_mark)));
  std::vector<std::string> units;
  for (std::size_t c = 0; c < used.size(); ++c) {
    if (used[c] && !table.cell_units[c].empty()) units.push_back(toml_text(table.cell_units[c]));
  }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  std::string list;
  for (const std::string& unit : units) list += (list.empty() ? "" : ", ") + unit;
  if (!units.empty()) key("units", "[" + list + "]");
  if (table.line_end == '\r') key("line_end", "\"cr\"");
  if (table.line_breaks) key("line_breaks", "true");
  const bool header = table.header && !names.by_number;
  const std::size_t preamble = table.preamble + (table.header && !header ? 1 : 0) + (table.units ? 1 : 0);
  if (preamble > 0) key("preamble", std::to_string(preamble));
  key("not_a_number", "\"missing\"");
  key("header", header ? "true" : "false");
  key("label", header ? toml_text(names.of[label]) : std::to_string(label));
  if (header) return out;
  std::string fields;
  for (std::size_t c = 0; c < used.size(); ++c) {
    if (used[c] && c != label) fields += (fields.empty() ? "" : ", ") + std::to_string(c);
  }
  key("columns", "[" + fields + "]");
  return out;
}

/// Returns a comment on missing values and texts among numbers; empty if there are none.
std::string odd_values(const file::CsvSurvey& survey, std::size_t c, const std::string& name) {
  const file::ColumnSurvey& column = survey.columns[c];
  const std::size_t odd = column.missing + (of_numbers(column) ? column.texts : 0);
  if (odd == 0) return {};
  std::string out = "# " + toml_text(name) + ": " + std::to_string(odd) + " of " + std::to_string(survey.rows) +
                    " values are missing";
  if (!of_numbers(column) || column.texts == 0) return out + '\n';
  const auto less = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second < b.second : a.first > b.first;
  };
  const auto most = std::max_element(column.words.begin(), column.words.end(), less);
  return out + ", of them " + std::to_string(column.texts) + " texts among numbers, such as " + toml_text(most->first) +
         '\n';
}

std::string label_notes(const file::CsvSurvey& survey, std::size_t label, Task task) {
  const file::ColumnSurvey& column = survey.columns[label];
  std::string out;
  if (column.missing > 0)
    out += "# note: rows that are refused, as they have no label: " + std::to_string(column.missing) + '\n';
  if (task == Task::regression && column.texts > 0) {
    out += "# note: rows that are refused, as their label is no number: " + std::to_string(column.texts) + '\n';
  }
  const std::size_t classes = different(column);
  if (classes < 2) out += "# note: the label has one value in these rows; is the file sorted by it?\n";
  const bool sorted = classes >= 2 && column.changes <= classes + 1 && survey.rows >= 10 * classes;
  if (task == Task::classification && sorted) {
    out += "# note: the rows are sorted by the label; --set source.file.shuffle=true mixes them\n";
  }
  return out;
}

}  // namespace

std::string infer_config(const file::CsvSurvey& looked_at, const InferOptions& options) {
  const InferredLabel label = infer_label(looked_at, options);
  file::CsvSurvey survey = looked_at;
  survey.columns[label.column] = as_label(survey.columns[label.column]);
  const InferredTask task = infer_task(survey, label.column, options);
  // Small batches follow drift faster (Elec2: 0.84 with 11, 0.80 with 45), and learn stationary streams as well.
  const auto batch = static_cast<std::size_t>(std::clamp(std::round(survey.rows_in_file / 4000.0), 10.0, 200.0));
  std::string left_out;
  std::vector<bool> used(survey.columns.size(), true);
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    const std::string why = c == label.column ? std::string() : useless(survey, c);
    if (why.empty()) continue;
    used[c] = false;
    left_out += "# left out: " + called(survey, c) + ": " + why + '\n';
  }
  const Names names = names_of(survey, used);
  std::string columns;
  std::string odd;
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    if (!used[c] || c == label.column) continue;
    columns += column_text(survey.columns[c], names.of[c]);
    odd += odd_values(survey, c, names.of[c]);
  }
  if (columns.empty()) throw ConfigError(options.path + ": no column is left to learn from\n" + left_out);

  const bool regression = task.task == Task::regression;
  std::string out = "# Inferred from " + std::string(survey.whole ? "all " : "the first ") +
                    std::to_string(survey.rows) + " rows of " + toml_text(options.path) + ".\n";
  for (const std::string& reason : survey.dialect.reasons) out += "# " + reason + '\n';
  out += "# label: " + called(survey, label.column) + ", " + label.reason + '\n';
  out += std::string("# task: ") + (regression ? "regression: " : "classification: ") + task.reason + '\n';
  out += left_out + odd;
  if (survey.other_width > 0) {
    out +=
        "# note: lines that are refused, as they have another number of fields: " + std::to_string(survey.other_width) +
        '\n';
  }
  out += label_notes(survey, label.column, task.task);
  out +=
      "# Not so? --label COLUMN, --task, --set source.file.separator=\";\" (decimal, header), or --write-config FILE, "
      "edit, and learn -c FILE.\n";
  out += "[model]\n" + model_text(survey, survey.columns[label.column], task.task);
  out += "\n[learning]\nbatch_size = " + std::to_string(batch) + '\n';
  out += "\n[features]\nnormaliser = \"standardise\"\ncolumn = [\n" + columns + "]\n";
  return out + source_text(survey, options, names, used, label.column);
}

}  // namespace altmind::config
