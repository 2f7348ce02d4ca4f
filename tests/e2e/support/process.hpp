#pragma once
// A child process whose output is collected while it runs.

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/support/patience.hpp"

namespace altmind::e2e {

struct Launch {
  std::vector<std::string> arguments;                  ///< after the program's name
  std::map<std::string, std::string> environment{};    ///< added to ours, from which altmind's variables are removed
  std::string directory{};                             ///< to run in; empty: ours
  std::string input{};                                 ///< its standard input
  std::optional<std::uint64_t> file_size_limit{};      ///< RLIMIT_FSIZE, bytes
  std::optional<std::uint64_t> address_space_limit{};  ///< RLIMIT_AS, bytes
};

/// How a process ended.
struct Ended {
  int code = -1;   ///< of exit(), -1 after a signal
  int signal = 0;  ///< the one that killed it, 0 after exit()

  bool operator==(const Ended&) const = default;
};
constexpr Ended exited(int code) {
  return {code, 0};
}

/// Members may be called from any thread. Construct it on the test's own thread: the child dies with that thread.
class Process {
 public:
  using Duration = std::chrono::milliseconds;

  /// Throws std::system_error if the program cannot be started at all.
  Process(const std::string& program, const Launch& launch);
  ~Process();  ///< kills it
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number);  ///< no effect once it has ended
  /// Returns nothing if it is still running after `most`.
  std::optional<Ended> wait(Duration most);
  std::string out() const;
  std::string err() const;
  /// Waits until `enough` accepts the stderr output so far; false if the process ended or `most` passed first.
  bool wait_for_err(const std::function<bool(const std::string&)>& enough, Duration most);

 private:
  void gather(int out, int err);

  pid_t pid_ = -1;
  mutable std::mutex mutex_;  // protects all below
  std::condition_variable changed_;
  std::string out_;
  std::string err_;
  std::optional<Ended> ended_;
  std::thread gatherer_;
};

/// Result of run_altmind, which throws std::runtime_error if `altmind` runs longer than `most`.
struct Finished {
  Ended ended;
  std::string out;
  std::string err;
};
Finished run_altmind(const Launch& launch, Process::Duration most = patience);

/// Returns the path of the program under test.
std::string altmind_program();

}  // namespace altmind::e2e
