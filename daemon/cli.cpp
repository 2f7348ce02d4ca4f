#include "daemon/cli.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "adapters/memory_error.hpp"
#include "adapters/store/directory_lock.hpp"
#include "adapters/telemetry/printable.hpp"
#include "config/memory_need.hpp"
#include "core/linalg/blas_kernel.hpp"
#include "daemon/app.hpp"
#include "daemon/blas_guard.hpp"
#include "daemon/command_config.hpp"
#include "daemon/inspect.hpp"
#include "daemon/learn_command.hpp"
#include "daemon/recovery.hpp"
#include "daemon/version.hpp"

namespace altmind::daemon {

namespace {

constexpr int wrong_use = 2;

void add_config(CLI::App& command, ConfigArguments& arguments, bool file_required) {
  auto* option = command.add_option("-c,--config", arguments.file, "configuration file (TOML)");
  if (file_required) option->required();
  command.add_option("--set", arguments.set, "section.key=value, over file and environment; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

int run_serve(const ConfigArguments& arguments, ServeOptions& options) {
  const config::Config config = load(arguments);
  options.reload = [arguments] { return load(arguments); };
  check_memory(config);
  return serve(config, options);
}

int run_check(const ConfigArguments& arguments) {
  const config::Config config = load(arguments);
  check_memory(config);
  std::cout << to_toml(config) << '\n' << memory_text(config, config::memory_limit(config));
  return 0;
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

/// An empty value is what an unset variable leaves: it must not mean "none".
std::string refuse_empty(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

/// Returns a check that an option is a 64-bit whole number of at least `least`.
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

void add_serve(CLI::App& command, ConfigArguments& arguments, ServeOptions& options) {
  add_config(command, arguments, true);
  command.add_flag("--new", options.fresh, "start over; store.directory must be empty");
  command.add_flag("--truncate-journal", options.truncate_journal,
                   "cut a damaged journal at the damage instead of refusing to start");
}

void add_learn(CLI::App& command, LearnArguments& arguments) {
  add_config(command, arguments.config, false);
  command.add_option("DATA", arguments.data, "the input; without -c a table of text whose columns are inferred");
  command.add_option("--label", arguments.label, "without -c: the label column, by name or by number from 0");
  command.add_option("--task", arguments.task, "without -c: classification or regression")
      ->check(CLI::IsMember({"classification", "regression"}));
  command.add_option("--write-config", arguments.write_config, "keeps the configuration in force as a file");
  command.add_option("--input", arguments.input, "replaces the first source's path; - for stdin");
  command.add_option("--test", arguments.test, "tests on this file afterwards");
  command.add_option("--epochs", arguments.epochs, "passes over the input")->check(whole_number(1));
  command.add_flag("--offline", arguments.offline, "each step on the whole input: offline alternating minimization");
  command.add_option("--seed", arguments.seed, "of weights and shuffling")->check(whole_number(0));
  command.add_flag("--resume", arguments.options.resume, "continue from the state in store.directory");
  command.add_flag("--journal", arguments.options.journal, "write the journal too");
  command.add_option("--report", arguments.report, "text or json")->check(CLI::IsMember({"text", "json"}));
}

void add_predict(CLI::App& command, PredictArguments& arguments) {
  command.add_option("--checkpoint", arguments.checkpoint, "a checkpoint or a data directory")->required();
  command.add_option("--input", arguments.input, "records; - for stdin")->required();
  command.add_option("--format", arguments.format, "ndjson (labels optional), csv, libsvm, vw, idx or cifar10")
      ->check(CLI::IsMember({"ndjson", "csv", "idx", "cifar10", "libsvm", "vw"}));
  command.add_option("--label", arguments.label, "csv: the label column");
  command.add_flag("--header", arguments.header, "csv: the first line names the columns");
}

/// Rejects empty values for the options of all commands.
void refuse_empty_values(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands({})) {
    for (CLI::Option* option : command->get_options()) {
      if (option->get_items_expected_max() > 0) option->check(CLI::Validator(refuse_empty, ""));
    }
  }
}

int dispatch(int argc, char** argv) {
  CLI::App app{"altmind: a neural network that learns continually from a stream, without back-propagation"};
  app.set_version_flag("--version", version_line());
  app.require_subcommand(0, 1);  // none is rejected below, so that an unknown command is named

  ConfigArguments serve_config;
  ServeOptions serve_options;
  CLI::App* serve_command = app.add_subcommand("serve", "run the daemon");
  add_serve(*serve_command, serve_config, serve_options);

  ConfigArguments demo_config;
  CLI::App* demo_command = app.add_subcommand("demo", "run the daemon on the embedded default configuration");
  add_config(*demo_command, demo_config, false);

  LearnArguments learn_arguments;
  CLI::App* learn_command = app.add_subcommand("learn", "learn a finite input and report");
  add_learn(*learn_command, learn_arguments);

  PredictArguments predict_arguments;
  CLI::App* predict_command = app.add_subcommand("predict", "predict with a checkpoint, one JSON line a record");
  add_predict(*predict_command, predict_arguments);

  ConfigArguments check_config;
  CLI::App* check_command = app.add_subcommand("check", "validate a configuration and print what is in force");
  add_config(*check_command, check_config, true);

  std::string inspect_path;
  CLI::App* inspect_command = app.add_subcommand("inspect", "a checkpoint or data directory as JSON");
  inspect_command->add_option("PATH", inspect_path)->required();

  std::string replay_directory;
  std::optional<std::uint64_t> until;
  CLI::App* replay_command = app.add_subcommand("replay", "rebuild the state from checkpoint and journal");
  replay_command->add_option("--data", replay_directory, "data directory")->required();
  replay_command->add_option("--until", until, "learn no batch beyond this journal number")->check(whole_number(0));

  refuse_empty_values(app);
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) throw CLI::RequiredError("A command (subcommand)");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_use;
  }

  if (!*check_command && !*inspect_command) require_sound_blas();
  if (*serve_command) return run_serve(serve_config, serve_options);
  if (*demo_command) {
    ServeOptions options;
    return run_serve(demo_config, options);
  }
  if (*learn_command) return run_learn(learn_arguments);
  if (*predict_command) {
    warn_of_kernel({});
    return run_predict(predict_arguments);
  }
  if (*check_command) return run_check(check_config);
  if (*inspect_command) return inspect(inspect_path);
  warn_of_kernel({});
  return replay(replay_directory, until);
}

/// If descriptor 0, 1 or 2 is closed, the next file opened would get its number, and the log or a report would go into
/// that file. Opens in its place one that cannot be used in the expected direction, so that reading or writing fails;
/// messages may be lost. False if that is impossible.
bool have_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    if (::open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY) != descriptor) return false;
  }
  return true;
}

/// Flushes the output and returns the exit code; a failure if the output could not be written.
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
  if (command == "serve" || command == "demo") take_signals();  // before anything slow
  start_blas();
  // Treat a file at its size limit (ulimit -f) as an error of write(), like a full disk, instead of dying.
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
