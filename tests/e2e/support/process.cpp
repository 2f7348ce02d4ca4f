#include "tests/e2e/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace altmind::e2e {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Returns the environment for execve: ours without variables that configure altmind, then `more`.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
  std::vector<std::string> result;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry = *at;
    if (entry.starts_with("ALTMIND_") || entry.starts_with("NOTIFY_SOCKET=")) continue;
    if (more.contains(std::string(entry.substr(0, entry.find('='))))) continue;  // of duplicates the first would win
    result.emplace_back(entry);
  }
  for (const auto& [name, value] : more) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

int file_with(const std::string& content) {
  const int fd = ::memfd_create("input", MFD_CLOEXEC);
  if (fd < 0) fail("memfd_create");
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t n = ::write(fd, content.data() + at, content.size() - at);
    if (n < 0) fail("write");
    at += static_cast<std::size_t>(n);
  }
  if (::lseek(fd, 0, SEEK_SET) < 0) fail("lseek");
  return fd;
}

}  // namespace

Process::Process(const std::string& program, const Launch& launch) {
  std::vector<std::string> texts = {program};
  texts.insert(texts.end(), launch.arguments.begin(), launch.arguments.end());
  std::vector<std::string> variables = environment_with(launch.environment);
  const std::vector<char*> arguments = pointers(texts);
  const std::vector<char*> environment = pointers(variables);
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) fail("pipe");
  const int in = file_with(launch.input);

  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {  // only calls that are safe after fork in a program with threads
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(in, STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    if (!launch.directory.empty() && ::chdir(launch.directory.c_str()) != 0) ::_exit(126);
    if (launch.file_size_limit) {
      rlimit limit{};
      ::getrlimit(RLIMIT_FSIZE, &limit);  // keep the hard limit: a test may raise the soft one again
      limit.rlim_cur = *launch.file_size_limit;
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (launch.address_space_limit) {
      const rlimit limit{*launch.address_space_limit, *launch.address_space_limit};
      ::setrlimit(RLIMIT_AS, &limit);
    }
    ::execve(program.c_str(), arguments.data(), environment.data());
    ::_exit(127);
  }
  ::close(in);
  ::close(out[1]);
  ::close(err[1]);
  gatherer_ = std::thread([this, out = out[0], err = err[0]] { gather(out, err); });
}

Process::~Process() {
  signal(SIGKILL);
  gatherer_.join();
}

void Process::gather(int out, int err) {
  std::array<pollfd, 2> pipes = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  std::vector<char> buffer(1 << 16);
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    if (::poll(pipes.data(), pipes.size(), -1) < 0) continue;
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
      const ssize_t n = ::read(pipes[i].fd, buffer.data(), buffer.size());
      if (n <= 0) {
        ::close(pipes[i].fd);
        pipes[i].fd = -1;
        continue;
      }
      const std::lock_guard lock(mutex_);
      (i == 0 ? out_ : err_).append(buffer.data(), static_cast<std::size_t>(n));
      changed_.notify_all();
    }
  }
  siginfo_t info{};
  // Wait without reaping first: until it is reaped the id is not reused, and signal() may use it.
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ended_ = WIFEXITED(status) ? Ended{WEXITSTATUS(status), 0} : Ended{-1, WTERMSIG(status)};
  changed_.notify_all();
}

void Process::signal(int number) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ::kill(pid_, number);
}

std::optional<Ended> Process::wait(Duration most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, most, [this] { return ended_.has_value(); });
  return ended_;
}

std::string Process::out() const {
  const std::lock_guard lock(mutex_);
  return out_;
}

std::string Process::err() const {
  const std::lock_guard lock(mutex_);
  return err_;
}

bool Process::wait_for_err(const std::function<bool(const std::string&)>& enough, Duration most) {
  std::unique_lock lock(mutex_);
  bool found = false;
  changed_.wait_for(lock, most, [&] { return (found = enough(err_)) || ended_; });
  return found;
}

Finished run_altmind(const Launch& launch, Process::Duration most) {
  Process process(altmind_program(), launch);
  const auto ended = process.wait(most);
  if (!ended) throw std::runtime_error("altmind did not end in time; stderr: " + process.err());
  return {*ended, process.out(), process.err()};
}

std::string altmind_program() {
  return ALTMIND_PROGRAM;
}

}  // namespace altmind::e2e
