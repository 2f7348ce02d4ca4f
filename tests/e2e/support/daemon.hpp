#pragma once
// `altmind serve` as a child process, its ports, and the content of a data directory.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/e2e/support/http_client.hpp"
#include "tests/e2e/support/process.hpp"
#include "tests/e2e/support/samples.hpp"

namespace altmind::e2e {

/// A small model's configuration. Additional lines of the tables are copied verbatim.
struct Setup {
  std::string directory;  ///< store.directory; empty: none
  std::size_t inputs = e2e::inputs;
  std::string hidden = "[16]";            ///< empty: `model` has the layers
  std::string model = "max_classes = 4";  ///< lines of [model]
  std::string learning = "batch_size = 50\nmax_batch_age = \"0s\"";
  std::string memory = "horizon = 1000.0";
  std::string sources;  ///< [[source]] tables
  std::string http;     ///< lines of [http]
  std::string store;    ///< lines of [store]
  std::string log = "format = \"json\"";

  std::string toml() const;
};

/// A tcp source on any free port, with acknowledgements.
extern const std::string tcp_source;

constexpr std::chrono::seconds start_time{60};

/// A daemon that is started and ready; the constructor throws with its stderr otherwise.
class Daemon {
 public:
  explicit Daemon(const std::string& config_file, Launch launch = {});

  Process& process() { return process_; }
  std::uint16_t http_port() const { return http_port_; }
  std::uint16_t tcp_port();  ///< of the first tcp source
  HttpClient http() const { return HttpClient(http_port_); }
  nlohmann::json model();  ///< GET /v1/model
  /// Polls GET /v1/model until `enough` accepts it; throws after `most`.
  nlohmann::json wait_for_model(const std::function<bool(const nlohmann::json&)>& enough,
                                std::chrono::seconds most = patience);
  /// Sends SIGTERM and waits for the exit; throws if there is none within `most`.
  Ended stop(std::chrono::seconds most = patience);
  Ended kill();  ///< SIGKILL

 private:
  Process process_;
  std::uint16_t http_port_ = 0;
};

Launch serve_command(const std::string& config_file);

struct Learned {
  nlohmann::json report;
  std::string err;
};

/// Runs `altmind learn` with these arguments; throws if it fails.
Learned learn(std::vector<std::string> arguments);

/// Runs `altmind replay --data directory`; returns its JSON, throws if it fails.
nlohmann::json replay(const std::filesystem::path& directory, const std::vector<std::string>& more = {});
/// Runs `altmind inspect path`; returns its JSON, throws if it fails.
nlohmann::json inspect(const std::filesystem::path& path);

std::vector<std::filesystem::path> checkpoints_of(const std::filesystem::path& directory);  ///< oldest first
/// Returns the metadata of the newest checkpoint.
nlohmann::json newest_checkpoint(const std::filesystem::path& directory);
/// Inverts some bytes in the middle of a file.
void damage(const std::filesystem::path& file);
/// Returns the log line with this event as JSON; null if there is none.
nlohmann::json logged(const std::string& err, const std::string& event);

}  // namespace altmind::e2e
