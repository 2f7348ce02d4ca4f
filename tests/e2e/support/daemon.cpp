#include "tests/e2e/support/daemon.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>

namespace altmind::e2e {

using nlohmann::json;

const std::string tcp_source = "[[source]]\ntype = \"tcp\"\naddress = \"127.0.0.1:0\"\nack = true\n";

std::string Setup::toml() const {
  std::ostringstream text;
  text << "[model]\ninputs = " << inputs << "\n";
  if (!hidden.empty()) text << "hidden = " << hidden << "\n";
  text << model << "\n[learning]\n" << learning;
  text << "\n[memory]\n"
       << memory << "\n"
       << sources << "\n[http]\nlisten = \"127.0.0.1:0\"\n"
       << http << "\n[store]\n";
  if (!directory.empty()) text << "directory = \"" << directory << "\"\n";
  text << store << "\n[log]\n" << log << "\n";
  return text.str();
}

json logged(const std::string& err, const std::string& event) {
  std::istringstream lines(err);
  std::string line;
  while (std::getline(lines, line)) {
    json parsed = json::parse(line, nullptr, false);
    if (parsed.is_object() && parsed.value("event", "") == event) return parsed;
  }
  return nullptr;
}

Launch serve_command(const std::string& config_file) {
  return {.arguments = {"serve", "-c", config_file}};
}

namespace {

Launch serving(const std::string& config_file, Launch launch) {
  const Launch command = serve_command(config_file);
  launch.arguments.insert(launch.arguments.begin(), command.arguments.begin(), command.arguments.end());
  return launch;
}

json run_json(std::vector<std::string> arguments) {
  const Finished finished = run_altmind({.arguments = std::move(arguments)});
  if (finished.ended != exited(0)) throw std::runtime_error("altmind failed: " + finished.err);
  return json::parse(finished.out);
}

}  // namespace

Daemon::Daemon(const std::string& config_file, Launch launch)
    : process_(altmind_program(), serving(config_file, std::move(launch))) {
  json ready;
  const bool found = process_.wait_for_err(
      [&](const std::string& err) { return !(ready = logged(err, "ready")).is_null(); }, start_time);
  if (!found) throw std::runtime_error("the daemon is not ready: " + process_.err());
  const json listens = logged(process_.err(), "HTTP listens");
  http_port_ = static_cast<std::uint16_t>(std::stoi(listens.at("port").get<std::string>()));
}

json Daemon::model() {
  const auto reply = http().get("/v1/model");
  if (!reply || reply->status != 200) throw std::runtime_error("/v1/model does not answer: " + process_.err());
  return reply->json();
}

std::uint16_t Daemon::tcp_port() {
  const json state = model();
  for (const json& source : state.at("sources")) {
    if (source.at("type") != "tcp") continue;
    const std::string address = source.at("address");
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  throw std::runtime_error("there is no tcp source");
}

json Daemon::wait_for_model(const std::function<bool(const json&)>& enough, std::chrono::seconds most) {
  const auto deadline = std::chrono::steady_clock::now() + most;
  std::mutex mutex;
  std::condition_variable never;
  for (;;) {
    json state = model();
    if (enough(state)) return state;
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("still not: " + state.dump());
    std::unique_lock lock(mutex);
    never.wait_for(lock, std::chrono::milliseconds(5));  // poll interval
  }
}

Ended Daemon::stop(std::chrono::seconds most) {
  process_.signal(SIGTERM);
  const auto ended = process_.wait(most);
  if (!ended) throw std::runtime_error("the daemon did not stop: " + process_.err());
  return *ended;
}

Ended Daemon::kill() {
  process_.signal(SIGKILL);
  const auto ended = process_.wait(patience);
  if (!ended) throw std::runtime_error("the daemon survived SIGKILL");
  return *ended;
}

Learned learn(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "learn");
  arguments.insert(arguments.end(), {"--report", "json"});
  const Finished finished = run_altmind({.arguments = std::move(arguments)});
  if (finished.ended != exited(0)) throw std::runtime_error("altmind learn: " + finished.err);
  return {json::parse(finished.out), finished.err};
}

json replay(const std::filesystem::path& directory, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"replay", "--data", directory.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_json(std::move(arguments));
}

json inspect(const std::filesystem::path& path) {
  return run_json({"inspect", path.string()});
}

std::vector<std::filesystem::path> checkpoints_of(const std::filesystem::path& directory) {
  std::vector<std::pair<std::uint64_t, std::filesystem::path>> found;
  if (!std::filesystem::exists(directory / "checkpoints")) return {};
  for (const auto& entry : std::filesystem::directory_iterator(directory / "checkpoints")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("step-") || entry.path().extension() != ".safetensors") continue;
    found.emplace_back(std::stoull(name.substr(5)), entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<std::filesystem::path> paths;
  for (auto& [step, path] : found) paths.push_back(std::move(path));
  return paths;
}

json newest_checkpoint(const std::filesystem::path& directory) {
  const auto files = checkpoints_of(directory);
  if (files.empty()) throw std::runtime_error(directory.string() + " holds no checkpoint");
  return inspect(files.back());
}

void damage(const std::filesystem::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
  char bytes[16];
  file.seekg(middle);
  file.read(bytes, sizeof bytes);
  for (char& byte : bytes) byte = static_cast<char>(~byte);
  file.seekp(middle);
  file.write(bytes, sizeof bytes);
  if (!file.flush()) throw std::runtime_error("cannot damage " + path.string());
}

}  // namespace altmind::e2e
