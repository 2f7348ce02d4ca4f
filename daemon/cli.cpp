#include "daemon/cli.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "adapters/memory_error.hpp"
#include "adapters/sources/file/csv_survey.hpp"
#include "adapters/store/directory_lock.hpp"
#include "adapters/telemetry/log.hpp"
#include "adapters/telemetry/printable.hpp"
#include "config/document.hpp"
#include "config/infer.hpp"
#include "config/load.hpp"
#include "config/memory_need.hpp"
#include "core/linalg/blas_kernel.hpp"
#include "daemon/app.hpp"
#include "daemon/blas_guard.hpp"
#include "daemon/inspect.hpp"
#include "daemon/learn.hpp"
#include "daemon/recovery.hpp"
#include "daemon/version.hpp"

namespace altmind::daemon {

namespace {

constexpr int wrong_use = 2;

/// What several commands take.
struct Common {
  std::string file;
  std::vector<std::string> set;
};

void add_common(CLI::App& command, Common& common, bool file_required) {
  auto* option = command.add_option("-c,--config", common.file, "configuration file (TOML)");
  if (file_required) option->required();
  command.add_option("--set", common.set, "section.key=value, over file and environment; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

config::Overrides overrides_of(const Common& common) {
  config::Overrides overrides;
  overrides.environment = config::process_environment();
  for (const std::string& text : common.set) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw config::ConfigError("--set " + text + ": expected section.key=value");
    }
    overrides.set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return overrides;
}

config::Config load(const Common& common) {
  const config::Overrides overrides = overrides_of(common);
  if (common.file.empty()) return parse_config(config::default_config_text(), "the default configuration", overrides);
  return load_config(common.file, overrides);
}

struct LearnArguments {
  Common common;
  std::string data;
  std::string label;
  std::string task;
  std::string write_config;
  std::string input;
  std::string test;
  std::optional<std::uint64_t> epochs;
  std::optional<std::uint64_t> seed;
  std::string report = "text";
  LearnOptions options;
};

void check_memory(const config::Config& config) {
  config::check_memory_need(config, config::memory_limit(config));
}

/// The idx label file that by custom lies beside an image file.
std::string labels_beside(const std::string& images) {
  std::string labels = images;
  const auto replace = [&labels](const std::string& from, const std::string& to) {
    const auto at = labels.rfind(from);
    if (at == std::string::npos) return false;
    labels.replace(at, from.size(), to);
    return true;
  };
  if (!replace("images-idx3", "labels-idx1") && !replace("images", "labels")) {
    throw config::ConfigError(images + ": cannot tell its label file by its name; name both in a [[source]] table");
  }
  return labels;
}

void set_paths(adapters::SourceOptions& source, const std::string& path) {
  if (path == "-") {
    source.type = adapters::SourceType::standard_input;
    source.paths.clear();
    return;
  }
  source.type = adapters::SourceType::file;
  source.paths = {path};
  if (source.format == adapters::Format::idx) source.labels_paths = {labels_beside(path)};
}

/// What --set says of the file's dialect must be known before its columns are looked at.
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

/// Without -c: the configuration follows from the data, is shown, and may be kept.
config::Config inferred(const LearnArguments& arguments) {
  if (arguments.data.empty()) throw config::ConfigError("learn: name a CSV file to learn, or a configuration with -c");
  if (arguments.data == "-") {
    throw config::ConfigError(
        "learn: what stdin holds cannot be looked at before it is read; name a configuration with -c");
  }
  config::InferOptions options{arguments.data, arguments.label, std::nullopt};
  if (!arguments.task.empty()) {
    options.task = arguments.task == "regression" ? Task::regression : Task::classification;
  }
  const config::Overrides overrides = overrides_of(arguments.common);
  const std::string text = infer_config(file::survey_csv(arguments.data, hints_of(overrides)), options);
  std::cerr << text << std::endl;
  return parse_config(text, "the inferred configuration", overrides);
}

/// Everything that is in force, so that the same can be done again with -c.
void write_config(const std::string& path, const config::Config& config) {
  std::ofstream file(path);
  file << "# Written by altmind learn --write-config.\n" << to_toml(config);
  file.close();
  if (!file) throw std::runtime_error(path + ": cannot be written");
}

int run_learn(LearnArguments& arguments) {
  const bool infer = arguments.common.file.empty();
  if (!infer && !(arguments.label.empty() && arguments.task.empty())) {
    throw config::ConfigError("--label and --task: the configuration given by -c says that");
  }
  if (!arguments.data.empty() && !arguments.input.empty()) {
    throw config::ConfigError("--input: " + arguments.data + " is named as the input already");
  }
  if (arguments.seed) arguments.common.set.push_back("model.seed=" + std::to_string(*arguments.seed));
  config::Config config = infer ? inferred(arguments) : load(arguments.common);
  if (!infer && !arguments.data.empty()) arguments.input = arguments.data;
  if (!arguments.input.empty()) {
    if (config.sources.size() > 1) config.sources.resize(1);
    if (config.sources.empty()) {
      config.sources.emplace_back();
      config.sources[0].name = "file";
    }
    set_paths(config.sources[0], arguments.input);
  }
  if (!arguments.test.empty()) {
    if (!config.test) {
      if (config.sources.empty()) throw config::ConfigError("--test: there is no source whose format it could have");
      config.test = config.sources[0];
      config.test->skip = 0;
      config.test->limit.reset();
    }
    set_paths(*config.test, arguments.test);
  }
  if (arguments.epochs) {
    for (adapters::SourceOptions& source : config.sources) source.epochs = *arguments.epochs;
  }
  check_memory(config);
  if (!arguments.write_config.empty()) write_config(arguments.write_config, config);
  if (config.log.level == telemetry::LogLevel::info)
    config.log.level = telemetry::LogLevel::warning;  // the bar and the report say it
  configure_log(config.log);
  warn_of_kernel(config.log);
  arguments.options.json_report = arguments.report == "json";
  return learn(config, arguments.options);
}

int run_serve(const Common& common, ServeOptions& options) {
  const config::Config config = load(common);
  options.reload = [common] { return load(common); };
  check_memory(config);
  return serve(config, options);
}

struct PredictArguments {
  std::string checkpoint;
  std::string input;
  std::string format = "ndjson";
  std::string label;
  bool header = false;
};

int run_predict(const PredictArguments& arguments) {
  PredictOptions options;
  options.checkpoint = arguments.checkpoint;
  options.input.type = adapters::SourceType::file;
  options.input.paths = {arguments.input == "-" ? "/dev/stdin" : arguments.input};
  options.input.header = arguments.header;
  options.input.label = arguments.label;
  if (arguments.format == "csv") options.input.format = adapters::Format::csv;
  if (arguments.format == "libsvm") options.input.format = adapters::Format::libsvm;
  if (arguments.format == "vw") options.input.format = adapters::Format::vw;
  if (arguments.format == "cifar10") options.input.format = adapters::Format::cifar10;
  if (arguments.format == "idx") {
    options.input.format = adapters::Format::idx;
    options.input.labels_paths = {labels_beside(arguments.input)};
  }
  return predict(options);
}

std::string version_line() {
  const BlasInUse& blas = blas_in_use();
  return std::string("altmind ") + version + " (" + compiler + ", " + blas.library + " " + blas.version +
         ", BLAS kernel " + blas.choice.kernel + ", " + blas.choice.reason + ")";
}

/// An empty value is what a variable that is not set leaves: it is no way to say "none".
std::string refuse_empty(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

/// A check that an option is a whole number from `least` on, of 64 bits.
CLI::Validator whole_number(std::uint64_t least) {
  const auto refuse = [least](const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= least) return std::string();
    return "must be a whole number from " + std::to_string(least) + " to " +
           std::to_string(std::numeric_limits<std::uint64_t>::max()) + ", got " + text;
  };
  return CLI::Validator(refuse, "");
}

int dispatch(int argc, char** argv) {
  CLI::App app{"altmind: a neural network that learns continually from a stream, without back-propagation"};
  app.set_version_flag("--version", version_line());
  app.require_subcommand(0, 1);  // none at all is refused below: a word that is no command is to be named

  Common serve_common;
  ServeOptions serve_options;
  CLI::App* serve_command = app.add_subcommand("serve", "run the daemon");
  add_common(*serve_command, serve_common, true);
  serve_command->add_flag("--new", serve_options.fresh, "start over; store.directory must be empty");
  serve_command->add_flag("--truncate-journal", serve_options.truncate_journal,
                          "cut a damaged journal at the damage instead of refusing to start");

  Common demo_common;
  CLI::App* demo_command = app.add_subcommand("demo", "run the daemon on the embedded default configuration");
  add_common(*demo_command, demo_common, false);

  LearnArguments learn_arguments;
  CLI::App* learn_command = app.add_subcommand("learn", "learn a finite input and report");
  add_common(*learn_command, learn_arguments.common, false);
  learn_command->add_option("DATA", learn_arguments.data,
                            "the input; without -c a table of text whose columns are inferred");
  learn_command->add_option("--label", learn_arguments.label,
                            "without -c: the label column, by name or by number from 0");
  learn_command->add_option("--task", learn_arguments.task, "without -c: classification or regression")
      ->check(CLI::IsMember({"classification", "regression"}));
  learn_command->add_option("--write-config", learn_arguments.write_config,
                            "keeps the configuration in force as a file");
  learn_command->add_option("--input", learn_arguments.input, "replaces the first source's path; - for stdin");
  learn_command->add_option("--test", learn_arguments.test, "tests on this file afterwards");
  learn_command->add_option("--epochs", learn_arguments.epochs, "passes over the input")->check(whole_number(1));
  learn_command->add_option("--seed", learn_arguments.seed, "of weights and shuffling")->check(whole_number(0));
  learn_command->add_flag("--resume", learn_arguments.options.resume, "go on with what store.directory holds");
  learn_command->add_flag("--journal", learn_arguments.options.journal, "write the journal too");
  learn_command->add_option("--report", learn_arguments.report, "text or json")->check(CLI::IsMember({"text", "json"}));

  PredictArguments predict_arguments;
  CLI::App* predict_command = app.add_subcommand("predict", "predict with a checkpoint, one JSON line a record");
  predict_command->add_option("--checkpoint", predict_arguments.checkpoint, "a checkpoint or a data directory")
      ->required();
  predict_command->add_option("--input", predict_arguments.input, "records; - for stdin")->required();
  predict_command
      ->add_option("--format", predict_arguments.format, "ndjson (labels optional), csv, libsvm, vw, idx or cifar10")
      ->check(CLI::IsMember({"ndjson", "csv", "idx", "cifar10", "libsvm", "vw"}));
  predict_command->add_option("--label", predict_arguments.label, "csv: the label column");
  predict_command->add_flag("--header", predict_arguments.header, "csv: the first line names the columns");

  Common check_common;
  CLI::App* check_command = app.add_subcommand("check", "validate a configuration and print what is in force");
  add_common(*check_command, check_common, true);

  std::string inspect_path;
  CLI::App* inspect_command = app.add_subcommand("inspect", "a checkpoint or data directory as JSON");
  inspect_command->add_option("PATH", inspect_path)->required();

  std::string replay_directory;
  std::optional<std::uint64_t> until;
  CLI::App* replay_command = app.add_subcommand("replay", "rebuild the state from checkpoint and journal");
  replay_command->add_option("--data", replay_directory, "data directory")->required();
  replay_command->add_option("--until", until, "learn no batch beyond this journal number")->check(whole_number(0));

  for (CLI::App* command : app.get_subcommands({})) {
    for (CLI::Option* option : command->get_options()) {
      if (option->get_items_expected_max() > 0) option->check(CLI::Validator(refuse_empty, ""));
    }
  }

  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) throw CLI::RequiredError("A command (subcommand)");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_use;
  }

  if (!*check_command && !*inspect_command) require_sound_blas();
  if (*serve_command) return run_serve(serve_common, serve_options);
  if (*demo_command) {
    ServeOptions options;
    return run_serve(demo_common, options);
  }
  if (*learn_command) return run_learn(learn_arguments);
  if (*predict_command) {
    warn_of_kernel({});
    return run_predict(predict_arguments);
  }
  if (*check_command) {
    const config::Config config = load(check_common);
    check_memory(config);
    std::cout << to_toml(config) << '\n' << memory_text(config, config::memory_limit(config));
    return 0;
  }
  if (*inspect_command) return inspect(inspect_path);
  warn_of_kernel({});
  return replay(replay_directory, until);
}

/// A descriptor of 0, 1 and 2 that is closed would be that of the next file opened, and the log or a report go into
/// it. In its place comes one that can neither be read nor written, so that what is wanted of it fails; but messages
/// may go nowhere. False: that cannot be.
bool have_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    if (::open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY) != descriptor) return false;
  }
  return true;
}

/// The exit code, once all that was printed is out.
int written(int code) {
  std::cout.flush();
  if (std::cout && std::ferror(stdout) == 0) return code;
  std::cerr << "altmind: the output could not be written: stdout is full or closed\n";
  return code == 0 ? 1 : code;
}

}  // namespace

int run_command(int argc, char** argv) {
  if (!have_standard_streams()) return 1;
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "serve" || command == "demo") take_signals();  // before what takes time
  start_blas();
  // A file at the limit of its size (ulimit -f) is an error of write() like a full disk, and not our death.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return written(dispatch(argc, argv));
  } catch (const config::ConfigError& error) {
    std::cerr << "altmind: " << telemetry::printable(error.what()) << '\n';
    return wrong_use;
  } catch (const WrongDirectory& error) {
    std::cerr << "altmind: " << telemetry::printable(error.what()) << '\n';
    return wrong_use;
  } catch (const std::invalid_argument& error) {
    std::cerr << "altmind: " << telemetry::printable(error.what()) << '\n';
    return wrong_use;
  } catch (const adapters::MemoryError& error) {
    std::cerr << "altmind: " << telemetry::printable(error.what()) << '\n';
    return 1;
  } catch (const std::bad_alloc&) {
    std::cerr << "altmind: there is not enough memory; altmind check says what a configuration needs\n";
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "altmind: " << telemetry::printable(error.what()) << '\n';
    return 1;
  }
}

}  // namespace altmind::daemon
