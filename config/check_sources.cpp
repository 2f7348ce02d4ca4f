#include <algorithm>

#include "adapters/address.hpp"
#include "adapters/sources/generator/stream_shape.hpp"
#include "config/check.hpp"

namespace altmind::config {
namespace {

/// True for a column number of at most six digits, or an empty text, which means the last column.
bool is_number(const std::string& column) {
  return column.size() <= 6 && std::all_of(column.begin(), column.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void check_paths(const adapters::SourceOptions& source, const Table& table) {
  for (const std::string one : {"path", "labels_path"}) {
    if (table.find(one) != nullptr && table.find(one + 's') != nullptr) {
      fail(table, one + 's', "contradicts " + one + ": give one of the two");
    }
  }
  if (source.paths.empty()) fail(table, "path", "is required: the file to read, or paths, a list of files");
  if (source.format != adapters::Format::idx) return;
  if (source.labels_paths.empty()) {
    fail(table, "labels_path", "is required with format = \"idx\": the file of the labels, or labels_paths, a list");
  }
  if (source.labels_paths.size() != source.paths.size()) {
    fail(table, table.find("labels_paths") != nullptr ? "labels_paths" : "labels_path",
         "must be one file for each of the " + std::to_string(source.paths.size()) + " paths, got " +
             std::to_string(source.labels_paths.size()));
  }
}

void check_follow(const adapters::SourceOptions& source, const Table& table) {
  if (!source.follow) return;
  const auto contradiction = [&](const std::string& what) { fail(table, "follow", "contradicts " + what); };
  if (source.format == adapters::Format::idx) contradiction("format = \"idx\", which has its length in its header");
  if (source.format == adapters::Format::cifar10) contradiction("format = \"cifar10\": only text formats are followed");
  if (source.epochs > 1) contradiction("epochs = " + std::to_string(source.epochs) + ": a followed file has no end");
  if (source.shuffle) contradiction("shuffle = true: a followed file has no end");
  if (source.paths.size() > 1) {
    contradiction(std::to_string(source.paths.size()) + " paths: only one file can be followed");
  }
  if (source.line_end == adapters::LineEnd::cr) contradiction("line_end = \"cr\"");
  if (source.preamble > 0) contradiction("preamble = " + std::to_string(source.preamble));
  for (const std::string& path : source.paths) {
    if (path.ends_with(".gz") || path.ends_with(".xz")) {
      contradiction("the compressed file " + shown(Value(path)) + ", which cannot grow line by line");
    }
  }
}

void check_csv(const adapters::SourceOptions& source, const Table& table, const ModelOptions& model) {
  if (source.not_a_number == adapters::NotANumber::missing && model.spec.columns.empty()) {
    fail(table, "not_a_number", "\"missing\" needs [[features.column]] tables, which say what a missing value is");
  }
  if (model.spec.task == Task::regression && model.spec.outputs != 1) {
    fail(table, "format",
         "\"csv\" has one label column, but model.outputs is " + std::to_string(model.spec.outputs) +
             "; use \"ndjson\"");
  }
  if (!source.header) {
    if (!is_number(source.label)) fail(table, "label", "a name needs header = true, got " + shown(Value(source.label)));
    for (const std::string& column : source.columns) {
      if (!is_number(column)) fail(table, "columns", "a name needs header = true, got " + shown(Value(column)));
    }
  }
  if (source.columns.empty()) return;
  if (source.columns.size() != model.spec.inputs) {
    fail(table, "columns",
         "must be model.inputs (" + std::to_string(model.spec.inputs) + ") columns, got " +
             std::to_string(source.columns.size()));
  }
  if (std::find(source.columns.begin(), source.columns.end(), source.label) != source.columns.end()) {
    fail(table, "columns", "holds the label column " + shown(Value(source.label)));
  }
}

void check_shape(const adapters::SourceOptions& source, const Table& table, const ModelOptions& model) {
  const auto needs = [&](std::string_view key, const std::string& value, std::size_t inputs) {
    if (model.spec.task != Task::classification) {
      fail(table, key, value + " contradicts model.task = \"regression\": its labels are classes");
    }
    if (inputs != 0 && model.spec.inputs != inputs) {
      fail(table, key,
           value + " has " + std::to_string(inputs) + " features, but model.inputs is " +
               std::to_string(model.spec.inputs));
    }
  };
  const bool pixels = source.format == adapters::Format::idx || source.format == adapters::Format::cifar10;
  if (!model.spec.columns.empty() && (source.type == adapters::SourceType::generator || pixels)) {
    fail(table, source.type == adapters::SourceType::generator ? "type" : "format",
         "contradicts [[features.column]]: its features have no names");
  }
  if (source.type != adapters::SourceType::generator && source.format == adapters::Format::vw &&
      model.spec.columns.empty()) {
    fail(table, "format", "\"vw\" needs [[features.column]] tables that say which names there are");
  }
  if (source.type != adapters::SourceType::generator &&
      (source.format == adapters::Format::vw || source.format == adapters::Format::libsvm) &&
      model.spec.task == Task::regression && model.spec.outputs != 1) {
    fail(table, "format", "has one label, but model.outputs is " + std::to_string(model.spec.outputs));
  }
  if (source.type == adapters::SourceType::generator) {
    if (const std::string text = generator::misfit(source.stream, model.spec); !text.empty()) {
      fail(table, "stream", '"' + std::string(generator::shape_of(source.stream).name) + "\" " + text);
    }
  } else if (source.format == adapters::Format::cifar10) {
    needs("format", "\"cifar10\"", 3072);
  } else if (source.format == adapters::Format::csv) {
    check_csv(source, table, model);
  }
}

void check_loopback(const std::string& text, const Table& table, std::string_view key) {
  const auto address = adapters::parse_address(text);
  if (address && adapters::is_loopback(*address)) return;
  fail(table, key,
       "is beyond loopback, where anybody could connect: use 127.0.0.1, [::1] or localhost, or set http.insecure = "
       "true, "
       "got " +
           shown(Value(text)));
}

}  // namespace

void check_source(const adapters::SourceOptions& source, const Table& table, const ModelOptions& model) {
  if (source.type == adapters::SourceType::tcp && source.address.empty()) {
    fail(table, "address", "is required: host:port to listen on");
  }
  if (source.type == adapters::SourceType::file) {
    check_paths(source, table);
    check_follow(source, table);
  }
  const bool pixels = source.format == adapters::Format::idx || source.format == adapters::Format::cifar10;
  if (source.type == adapters::SourceType::standard_input && pixels) {
    fail(table, "format",
         "must be \"ndjson\", \"csv\", \"libsvm\" or \"vw\" on stdin, got " + shown(table.find("format")->value));
  }
  if (source.type == adapters::SourceType::tcp && pixels) {
    fail(table, "format",
         "must be \"ndjson\", \"csv\", \"libsvm\" or \"vw\" over tcp, got " + shown(table.find("format")->value));
  }
  check_shape(source, table, model);
}

void check_config(const Config& config, const Document& document) {
  bool has_stdin = false;
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const adapters::SourceOptions& source = config.sources[i];
    const Table& table = document.sources[i];
    if (source.name == "http") fail(table, "name", "must not be \"http\", the name of what comes over HTTP");
    for (std::size_t k = 0; k < i; ++k) {
      if (config.sources[k].name == source.name) {
        fail(table, "name",
             "must be unique, but source[" + std::to_string(k) + "] is " + shown(Value(source.name)) + " too");
      }
    }
    if (source.type == adapters::SourceType::standard_input) {
      if (has_stdin) fail(table, "type", "only one source can read stdin");
      has_stdin = true;
    }
    if (source.type == adapters::SourceType::tcp && !config.http.insecure)
      check_loopback(source.address, table, "address");
  }

  const Table* http = document.section("http");
  const Table http_table = http != nullptr ? *http : Table{"http", document.name, 0, {}};
  if (config.http.listen.empty()) return;
  if (!config.http.insecure) check_loopback(config.http.listen, http_table, "listen");
  if (config.http.max_samples <= config.queue_samples) return;
  const Table* learning = document.section("learning");
  if (learning != nullptr && learning->find("queue_samples") != nullptr) {
    fail(*learning, "queue_samples",
         "must be at least http.max_samples (" + std::to_string(config.http.max_samples) +
             "), or a full request could never be admitted, got " + std::to_string(config.queue_samples));
  }
  fail(http_table, "max_samples",
       "must be at most learning.queue_samples (" + std::to_string(config.queue_samples) +
           "), or a full request could never be admitted, got " + std::to_string(config.http.max_samples));
}

}  // namespace altmind::config
