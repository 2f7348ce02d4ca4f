#include "config/infer_label.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "config/load.hpp"
#include "config/schema.hpp"

namespace altmind::config {

namespace {

constexpr std::size_t few_classes = 20;
constexpr std::size_t most_odd_words = 3;
constexpr std::size_t most_even_classes = 100;
constexpr std::size_t most_named_classes = 1000;
constexpr std::size_t fewest_of_an_amount = 10;

constexpr std::array<std::string_view, 6> labels = {"class", "label", "target", "y", "outcome", "response"};
constexpr std::array<std::string_view, 12> kinds = {"class",   "label",  "category", "type",   "species", "kind",
                                                    "cluster", "letter", "digit",    "family", "genre",   "group"};
constexpr std::array<std::string_view, 26> amounts = {
    "price", "count", "cnt",    "amount", "age",    "sales", "cost",     "quantity", "qty",
    "total", "value", "income", "salary", "demand", "load",  "power",    "hours",    "minutes",
    "days",  "years", "weight", "height", "length", "rings", "duration", "revenue"};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// True if one of `words` is a word of the name: sale_price, Price, "price (EUR)".
bool has_word(const std::string& name, std::span<const std::string_view> words) {
  const std::string text = lower(name);
  const auto letter = [&](std::size_t i) { return i < text.size() && text[i] >= 'a' && text[i] <= 'z'; };
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      if ((at == 0 || !letter(at - 1)) && !letter(at + word.size())) return true;
    }
    return false;
  });
}

/// True if all numbers are about equally frequent.
bool even(const file::ColumnSurvey& label) {
  const double mean = static_cast<double>(label.numbers) / static_cast<double>(label.values.size());
  return mean >= 10.0 && std::all_of(label.values.begin(), label.values.end(),
                                     [&](const auto& value) { return static_cast<double>(value.second) >= mean / 4; });
}

InferredTask task_of_numbers(const file::ColumnSurvey& label) {
  const auto is = [](Task task, std::string reason) { return InferredTask{task, std::move(reason)}; };
  const std::size_t count = label.values.size();
  const std::string counted = std::to_string(count) + " different whole numbers";
  if (label.whole < label.numbers && count > 2) return is(Task::regression, "its numbers have decimals");
  if (label.many_values) return is(Task::regression, "more than " + std::to_string(count - 1) + " different numbers");
  const bool kind = has_word(label.name, kinds);
  if (!kind && count > fewest_of_an_amount && has_word(label.name, amounts)) {
    return is(Task::regression, counted + ", and its name is that of an amount");
  }
  if (kind && count <= most_named_classes && count * 5 <= label.numbers) {
    return is(Task::classification, counted + ", and its name is that of a kind");
  }
  if (count <= few_classes && (count <= 2 || count * 2 <= label.numbers)) return is(Task::classification, counted);
  const bool gaps = label.most - label.least + 1.0 != static_cast<double>(count);
  const bool from_the_first = label.least == 0.0 || label.least == 1.0;
  if (count <= most_even_classes && !gaps && from_the_first && even(label)) {
    return is(Task::classification, counted + " without a gap, about equally often");
  }
  return is(Task::regression, counted + (gaps ? " with gaps" : ", some far more often than others"));
}

/// Returns the option that skips rows whose label is one of a few words among numbers; empty if there are too many.
std::string missing_hint(const file::ColumnSurvey& label) {
  if (label.many_words || label.words.empty() || label.words.size() > most_odd_words || label.numbers < label.texts)
    return {};
  std::vector<std::string> words;
  for (const auto& [word, count] : label.words) words.push_back(toml_text(word));
  std::sort(words.begin(), words.end());
  std::string out = "--set 'source.file.missing=[";
  for (std::size_t i = 0; i < words.size(); ++i) out += (i > 0 ? ", " : "") + words[i];
  return out + "]'";
}

/// Returns the most frequent text of the column.
std::string example(const file::ColumnSurvey& column) {
  const auto less = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second < b.second : a.first > b.first;
  };
  const auto most = std::max_element(column.words.begin(), column.words.end(), less);
  return most == column.words.end() ? std::string() : toml_text(most->first);
}

std::string known_columns(const file::CsvSurvey& survey) {
  if (!survey.dialect.header) return "a number from 0 to " + std::to_string(survey.columns.size() - 1);
  std::string known = "a column of the header (";
  for (std::size_t c = 0; c < survey.columns.size(); ++c) known += (c > 0 ? ", " : "") + survey.columns[c].name;
  return known + ")";
}

}  // namespace

std::string called(const file::CsvSurvey& survey, std::size_t column) {
  const std::string& name = survey.columns[column].name;
  return name.empty() ? "column " + std::to_string(column) : toml_text(name);
}

bool of_numbers(const file::ColumnSurvey& column) {
  if (column.numbers == 0) return false;
  if (column.texts * 10 <= column.numbers + column.texts) return true;
  return column.words.size() <= most_odd_words && column.numbers >= column.texts && column.values.size() > few_classes;
}

std::size_t different(const file::ColumnSurvey& column) {
  return column.words.size() + column.values.size();
}

file::ColumnSurvey as_label(file::ColumnSurvey column) {
  if (of_numbers(column)) return column;
  for (const auto& [word, count] : column.perhaps_classes) {
    column.words[word] += count;
    column.texts += count;
    column.missing -= count;
  }
  column.perhaps_classes.clear();
  return column;
}

InferredLabel infer_label(const file::CsvSurvey& survey, const InferOptions& options) {
  const auto& columns = survey.columns;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (!options.label.empty() && columns[c].name == options.label) return {c, "as told"};
  }
  if (!options.label.empty()) {
    const bool number = options.label.size() <= 6 && options.label.find_first_not_of("0123456789") == std::string::npos;
    if (number && std::stoul(options.label) < columns.size()) return {std::stoul(options.label), "as told"};
    throw ConfigError("--label: must be " + known_columns(survey) + ", got " + toml_text(options.label));
  }
  for (const std::string_view name : labels) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (lower(columns[c].name) == name) return {c, "by its name"};
    }
  }
  std::size_t last = columns.size() - 1;
  while (last > 0 && columns[last].numbers + columns[last].texts + columns[last].perhaps_classes.size() == 0) --last;
  return {last, "the last column with values; --label names another"};
}

InferredTask infer_task(const file::CsvSurvey& survey, std::size_t column, const InferOptions& options) {
  const file::ColumnSurvey& label = survey.columns[column];
  const std::size_t values = label.numbers + label.texts;
  if (values == 0) throw ConfigError("--label: " + called(survey, column) + " has no values; name another column");
  const bool text = label.texts * 20 > values;
  if (options.task == Task::regression) {
    if (!text) return {Task::regression, "as told"};
    throw ConfigError("--task regression: the label " + called(survey, column) +
                      " has values that are no numbers, such as " + example(label) +
                      (missing_hint(label).empty() ? "" : "; " + missing_hint(label) + " leaves those rows out"));
  }
  if (text && !options.task && !missing_hint(label).empty() && task_of_numbers(label).task == Task::regression) {
    throw ConfigError("--task: is " + called(survey, column) + " an amount? Among its numbers stands " +
                      example(label) + " in " + std::to_string(label.texts) + " of " + std::to_string(values) +
                      " rows; --task regression " + missing_hint(label) +
                      " leaves those rows out, --task classification makes all values classes");
  }
  if (text || options.task) {
    const std::string whose = "--label: which column is to be learned? " + called(survey, column) + " has ";
    if (label.dates * 2 > label.words.size() && label.dates > few_classes) {
      throw ConfigError(whose + "dates or times, such as " + example(label));
    }
    const bool unlike =
        label.many_words ? label.words.size() * 2 > label.texts_until_many : different(label) * 2 > values;
    if (values >= least_rows_to_judge && (unlike || label.many_values)) {
      throw ConfigError(whose + std::to_string(different(label)) + (label.many_words ? " and more" : "") +
                        " different values in " + std::to_string(values) + " rows: too many to be classes");
    }
    if (!options.task) return {Task::classification, "its values are texts, such as " + example(label)};
    return {Task::classification, "as told"};
  }
  return task_of_numbers(label);
}

}  // namespace altmind::config
