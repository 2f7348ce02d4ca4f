#include "daemon/learn_command.hpp"

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <variant>

#include "adapters/sources/file/csv_survey.hpp"
#include "adapters/sources/file/sample_reader.hpp"
#include "adapters/telemetry/log.hpp"
#include "config/document.hpp"
#include "config/infer.hpp"
#include "config/schema.hpp"
#include "config/value.hpp"
#include "daemon/blas_guard.hpp"

namespace altmind::daemon {

namespace {

/// Returns what --set says about the file's dialect, which must be known before its columns are surveyed.
file::TableHints hints_of(const config::Overrides& overrides) {
  file::TableHints hints;
  for (const auto& [key, value] : overrides.set) {
    if (!key.starts_with("source.") && !key.starts_with("source[")) continue;
    const std::string name = key.substr(key.rfind('.') + 1);
    std::string text = value;
    if (text.size() > 1 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    if (text == "\\t") text = "\t";
    if (name == "separator" && text.size() == 1) hints.separator = text[0];
    if (name == "decimal" && text.size() == 1) hints.decimal_mark = text[0];
    if (name == "header") hints.header = text == "true";
    if (name == "missing") {
      const config::Value words = config::read_override(value);
      const auto* list = std::get_if<config::Value::List>(&words.data);
      hints.missing.emplace();
      for (const config::Value& word : list != nullptr ? *list : config::Value::List()) {
        if (const auto* plain = std::get_if<std::string>(&word.data)) hints.missing->push_back(*plain);
      }
    }
  }
  return hints;
}

/// Without -c: infers the configuration from the data and shows it.
config::Config inferred(const LearnArguments& arguments, const ConfigArguments& given) {
  if (arguments.data.empty()) throw config::ConfigError("learn: name a CSV file to learn, or a configuration with -c");
  if (arguments.data == "-") {
    throw config::ConfigError(
        "learn: what stdin holds cannot be looked at before it is read; name a configuration with -c");
  }
  config::InferOptions options{arguments.data, arguments.label, std::nullopt};
  if (!arguments.task.empty()) {
    options.task = arguments.task == "regression" ? Task::regression : Task::classification;
  }
  const config::Overrides overrides = overrides_of(given);
  const std::string text = infer_config(file::survey_csv(arguments.data, hints_of(overrides)), options);
  std::cerr << text << std::endl;
  return parse_config(text, "the inferred configuration", overrides);
}

/// Writes everything that is in force, so that the run can be repeated with -c.
void write_config(const std::string& path, const config::Config& config) {
  std::ofstream file(path);
  file << "# Written by altmind learn --write-config.\n" << to_toml(config);
  file.close();
  if (!file) throw std::runtime_error(path + ": cannot be written");
}

void check_arguments(const LearnArguments& arguments) {
  if (!arguments.config.file.empty() && !(arguments.label.empty() && arguments.task.empty())) {
    throw config::ConfigError("--label and --task: the configuration given by -c says that");
  }
  if (!arguments.data.empty() && !arguments.input.empty()) {
    throw config::ConfigError("--input: " + arguments.data + " is named as the input already");
  }
}

/// Makes the first source read `path`, and removes the others.
void set_input(config::Config& config, const std::string& path) {
  if (config.sources.size() > 1) config.sources.resize(1);
  if (config.sources.empty()) {
    config.sources.emplace_back();
    config.sources[0].name = "file";
  }
  set_paths(config.sources[0], path);
}

/// Makes the test read `path`, in the format of the first source if the configuration has no test.
void set_test(config::Config& config, const std::string& path) {
  if (!config.test) {
    if (config.sources.empty()) throw config::ConfigError("--test: there is no source whose format it could have");
    config.test = config.sources[0];
    config.test->skip = 0;
    config.test->limit.reset();
  }
  set_paths(*config.test, path);
}

/// Counts the samples of one pass over the only source, a file.
std::uint64_t samples_of(const config::Config& config) {
  if (config.sources.size() != 1 || config.sources[0].type != adapters::SourceType::file) {
    throw config::ConfigError("--offline: needs one source, a file: it is read once beforehand to be counted");
  }
  const auto reader = file::open_reader(config.sources[0], config.learner.model.spec);
  const auto rejected = [](std::uint64_t, const ingest::Rejection&, std::string_view) {};
  std::uint64_t count = 0;
  for (Samples samples; reader->read(1000, samples, rejected) > 0; samples = {}) count += samples.count;
  return count;
}

/// Configures offline alternating minimization: a mini-batch is the whole input, and the memory holds no other.
void set_offline(config::Config& config) {
  const std::uint64_t samples = samples_of(config);
  if (samples < 1 || samples > config::most_batch_size) {
    throw config::ConfigError("--offline: the input must have 1 to " + std::to_string(config::most_batch_size) +
                              " samples, got " + std::to_string(samples));
  }
  config.learner.learning.batch_size = samples;
  config.learner.memory.horizon = static_cast<double>(samples);
}

/// Returns the configuration of the file, or the one inferred from the data, with all other arguments applied.
config::Config configured(const LearnArguments& arguments) {
  ConfigArguments given = arguments.config;
  if (arguments.seed) given.set.push_back("model.seed=" + std::to_string(*arguments.seed));
  const bool infer = given.file.empty();
  config::Config config = infer ? inferred(arguments, given) : load(given);
  const std::string& input = infer || arguments.data.empty() ? arguments.input : arguments.data;
  if (!input.empty()) set_input(config, input);
  if (!arguments.test.empty()) set_test(config, arguments.test);
  if (arguments.epochs) {
    for (adapters::SourceOptions& source : config.sources) source.epochs = *arguments.epochs;
  }
  if (arguments.offline) set_offline(config);
  return config;
}

}  // namespace

int run_learn(const LearnArguments& arguments) {
  check_arguments(arguments);
  config::Config config = configured(arguments);
  check_memory(config);
  if (!arguments.write_config.empty()) write_config(arguments.write_config, config);
  if (config.log.level == telemetry::LogLevel::info)
    config.log.level = telemetry::LogLevel::warning;  // the bar and the report show it
  configure_log(config.log);
  warn_of_kernel(config.log);
  LearnOptions options = arguments.options;
  options.json_report = arguments.report == "json";
  return learn(config, options);
}

}  // namespace altmind::daemon
