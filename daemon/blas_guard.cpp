#include "daemon/blas_guard.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string_view>

#include "adapters/telemetry/log.hpp"
#include "core/linalg/blas_kernel.hpp"

namespace altmind::daemon {

namespace {

constexpr std::string_view sound_word = "right";
constexpr std::string_view wrong = "wrong: ";
constexpr std::string_view too_little = "too little memory";
/// What OpenBLAS maps for one thread's work, and what the matrices of the check and the library take besides. OpenBLAS
/// does not handle a failed mapping: it retries forever, and whatever waits for its thread (fork, exit) hangs too.
constexpr std::size_t blas_buffer = 128 << 20;
constexpr std::size_t matrices = 32 << 20;
constexpr time_t most_processor_seconds = 10;  // a hundred times what it takes
constexpr unsigned most_seconds = 300;         // on a busy machine

void say(int pipe, std::string_view line) {
  std::string text(line);
  text += '\n';
  // Shorter than PIPE_BUF: written whole, unless the parent is gone.
  if (::write(pipe, text.data(), text.size()) < 0) ::_exit(1);
}

/// Runs in the child: reports each call, then the verdict.
[[noreturn]] void check(const BlasCalls& calls, int pipe) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGVTALRM, SIGALRM}) std::signal(signal, SIG_DFL);
  // A crash is expected here and must not leave a core file.
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const itimerval most{{0, 0}, {most_processor_seconds, 0}};
  ::setitimer(ITIMER_VIRTUAL, &most, nullptr);
  ::alarm(most_seconds);
  try {
    const auto fault = check_blas(calls, [pipe](std::string_view call) { say(pipe, call); });
    say(pipe, fault ? std::string(wrong) + *fault : std::string(sound_word));
  } catch (const std::bad_alloc&) {
    say(pipe, too_little);
  }
  ::_exit(0);
}

bool can_map(std::size_t bytes) {
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);  // not touched
  return at != MAP_FAILED && ::munmap(at, bytes) == 0;
}

/// True if a mapping of this process is that large.
bool has_mapped(std::size_t bytes) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    const char* const last = line.data() + line.size();
    const auto first = std::from_chars(line.data(), last, begin, 16);
    if (first.ptr != last) std::from_chars(first.ptr + 1, last, end, 16);
    if (end > begin && end - begin >= bytes) return true;
  }
  return false;
}

/// True if there is enough memory. The thread of OpenBLAS frees its buffer when it ends, as it does before a fork.
bool memory_is_left() {
  return can_map(blas_buffer + matrices) || (has_mapped(blas_buffer) && can_map(matrices));
}

[[noreturn]] void refuse_without_memory() {
  throw std::runtime_error("there is not enough memory for " + blas_in_use().library +
                           ": it takes 160 MiB of address space (ulimit -v)");
}

/// Returns the last line that was written, complete or not.
std::string last_line(int pipe) {
  std::string text;
  char part[4096];
  for (;;) {
    const ssize_t got = ::read(pipe, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(part, static_cast<std::size_t>(got));
    const auto end = text.find_last_of('\n', text.size() - 2);
    if (text.size() > 1 && end != std::string::npos) text.erase(0, end + 1);
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string ended_by(int status) {
  if (!WIFSIGNALED(status)) return "crashes";
  const int signal = WTERMSIG(status);
  if (signal == SIGVTALRM || signal == SIGALRM) return "does not come back";
  const char* const name = ::sigabbrev_np(signal);
  return std::string("crashes (SIG") + (name != nullptr ? name : std::to_string(signal)) + ")";
}

/// Says what is at fault, and what may help.
std::string sentence(const std::string& what) {
  const BlasInUse& use = blas_in_use();
  return use.library + " " + use.version + " is not sound on this processor: with its kernel " + blas_kernel() + " (" +
         use.choice.reason + ") " + what +
         "; set OPENBLAS_CORETYPE to another kernel that this processor can run (Nehalem is the oldest that may do), "
         "or "
         "install another version of the library";
}

}  // namespace

std::optional<std::string> blas_fault(const BlasCalls& calls) {
  if (!memory_is_left()) refuse_without_memory();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    check(calls, ends[1]);
  }
  ::close(ends[1]);
  if (child < 0) {  // no process can be created: at least detect a wrong result
    ::close(ends[0]);
    const auto fault = check_blas(calls, [](std::string_view) {});
    return fault ? std::optional(sentence(*fault)) : std::nullopt;
  }
  const std::string line = last_line(ends[0]);
  ::close(ends[0]);
  int status = 0;
  pid_t waited = 0;
  do {
    waited = ::waitpid(child, &status, 0);
  } while (waited < 0 && errno == EINTR);
  if (line == sound_word) return std::nullopt;
  if (line == too_little) refuse_without_memory();
  if (line.starts_with(wrong)) return sentence(line.substr(wrong.size()));
  return sentence(line + " " + ended_by(waited == child ? status : 0));
}

void require_sound_blas() {
  if (const auto fault = blas_fault()) throw std::runtime_error(*fault);
}

void warn_of_kernel(const telemetry::LogOptions& options) {
  const KernelChoice& choice = blas_in_use().choice;
  if (!choice.warning) return;
  if (options.format == telemetry::LogFormat::json) {
    log(telemetry::LogLevel::warning, *choice.warning);
  } else {
    std::cerr << "altmind: warning: " << *choice.warning << '\n';
  }
}

}  // namespace altmind::daemon
