#include "config/load.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "config/apply_overrides.hpp"
#include "config/check.hpp"
#include "config/read_arms.hpp"
#include "config/read_columns.hpp"
#include "config/read_layers.hpp"
#include "config/read_sections.hpp"
#include "config/read_source.hpp"
#include "config/schema.hpp"
#include "core/weights/curvature.hpp"

namespace altmind::config {

namespace {

/// Disables standardisation by default for sparse text with many features: words are 0 in nearly every text, so that a
/// deviation measures a word's rarity, not its magnitude, and dividing by it would make the rarest words dominate.
void choose_normaliser(const Document& document, Config& config) {
  const Table* const features = document.section("features");
  if (features != nullptr && features->find("normaliser") != nullptr) return;
  const SampleSpec& spec = config.learner.model.spec;
  const bool sparse = std::any_of(config.sources.begin(), config.sources.end(), [](const auto& source) {
    return source.type != adapters::SourceType::generator && source.format == adapters::Format::libsvm;
  });
  if (sparse && spec.columns.empty() && spec.inputs >= static_cast<std::size_t>(most_squared))
    config.learner.normaliser.kind = NormaliserKind::none;
}

}  // namespace

Config parse_config(const std::string& text, const std::string& name, const Overrides& overrides) {
  Document document = read_toml(text, name);
  apply_overrides(overrides, document);
  const Reading reading{overrides.environment};

  Config config;
  read_sections(document, config_sections(), reading, config);
  read_columns(document, reading, config.learner.model);
  read_layers(document, reading, config.learner.model);
  check_learner(config.learner, document);
  read_arms(document, reading, true, config.learner);

  adapters::SourceOptions defaults;
  defaults.seed = config.learner.model.seed;
  const auto names = source_names(document.sources);
  for (std::size_t i = 0; i < document.sources.size(); ++i) {
    defaults.name = names[i];
    config.sources.push_back(read_source(document.sources[i], reading, defaults));
    check_source(config.sources.back(), document.sources[i], config.learner.model);
  }
  choose_normaliser(document, config);
  if (document.test) {
    defaults.name = "test";
    config.test = read_test(*document.test, reading, defaults);
    check_source(*config.test, *document.test, config.learner.model);
  }
  check_config(config, document);
  return config;
}

namespace {

/// Reads up to `largest` bytes; on failure returns the reason as a sentence. A pipe (`-c <(...)`) is read until its
/// writers close it, with a timeout if no data arrives.
std::string read_all(int descriptor, std::uintmax_t largest, std::string& text) {
  constexpr int patience_ms = 10'000;
  std::array<char, 1 << 16> piece;
  for (;;) {
    const ssize_t got = ::read(descriptor, piece.data(), piece.size());
    if (got > 0) {
      text.append(piece.data(), static_cast<std::size_t>(got));
      if (text.size() > largest) return "is larger than 64 MiB: not a configuration";
    } else if (got == 0) {
      struct stat status {};
      const bool fifo = ::fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
      return fifo && text.empty() ? "is a FIFO into which nobody writes" : "";
    } else if (errno == EAGAIN) {
      pollfd more{descriptor, POLLIN, 0};
      if (::poll(&more, 1, patience_ms) == 0) return "nothing came out of it for ten seconds";
    } else if (errno != EINTR) {
      return std::string("cannot be read: ") + std::strerror(errno);
    }
  }
}

}  // namespace

Config load_config(const std::filesystem::path& file, const Overrides& overrides) {
  constexpr std::uintmax_t largest = 64u << 20;
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw ConfigError(file.string() + ": is a directory, not a file");
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) throw ConfigError(file.string() + ": cannot be read: " + std::strerror(errno));
  std::string text;
  const std::string refusal = read_all(descriptor, largest, text);
  ::close(descriptor);
  if (!refusal.empty()) throw ConfigError(file.string() + ": " + refusal);
  return parse_config(text, file.string(), overrides);
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return variables;
}

}  // namespace altmind::config
