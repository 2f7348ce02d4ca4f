#include "tests/fuzz/served.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "config/load.hpp"
#include "core/linalg/blas_kernel.hpp"
#include "daemon/app.hpp"

namespace altmind::fuzz {

namespace {

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::abort();
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// Returns a port that was free a moment ago.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0) give_up("bind");
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

/// Prefers a file system in memory, where a sync costs nothing.
std::filesystem::path scratch_directory() {
  const std::filesystem::path memory = "/dev/shm";
  const auto base = std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
  std::string name = (base / "altmind-fuzz-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) give_up("mkdtemp");
  return name;
}

const std::filesystem::path& directory() {
  static const std::filesystem::path path = scratch_directory();
  return path;
}

// libFuzzer's timer is a signal that may interrupt any of the calls below.
int connected(std::uint16_t port) {
  while (true) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(port);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
    const int error = errno;
    ::close(socket);
    errno = error;
    if (error != EINTR) return -1;
  }
}

void serve(const Served& ports) {
  const std::string text =
      "[model]\ninputs = 2\nlabels = \"named\"\nmax_classes = 5\nhidden = [4]\n"
      "[learning]\nbatch_size = 10\n"
      "[[source]]\ntype = \"tcp\"\naddress = \"127.0.0.1:" +
      std::to_string(ports.tcp) +
      "\"\nmax_line = \"4KiB\"\n[http]\nlisten = \"127.0.0.1:" + std::to_string(ports.http) +
      "\"\nmax_body = \"64KiB\"\n[store]\ndirectory = \"" + directory().string() + "\"\n[log]\nlevel = \"error\"\n";
  std::exit(daemon::serve(config::parse_config(text, "the fuzzed daemon", {}), {}));
}

}  // namespace

const Served& served() {
  static const Served ports = [] {
    start_blas();
    const Served chosen{free_port(), free_port()};
    std::atexit([] {
      std::error_code ignored;
      std::filesystem::remove_all(directory(), ignored);
    });
    std::thread(serve, chosen).detach();
    for (const std::uint16_t port : {chosen.http, chosen.tcp}) {
      int socket = -1;
      while ((socket = connected(port)) < 0) ::usleep(1000);
      ::close(socket);
    }
    return chosen;
  }();
  return ports;
}

void converse(std::uint16_t port, std::span<const std::uint8_t> bytes) {
  const int socket = connected(port);
  if (socket < 0) give_up("connect");
  // Close with a reset: otherwise a million connections in TIME_WAIT would use up every port.
  const linger reset{1, 0};
  const timeval patience{20, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) break;  // closed already
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  ::shutdown(socket, SHUT_WR);
  std::array<char, 4096> answer;
  ssize_t got = 0;
  do {
    got = ::recv(socket, answer.data(), answer.size(), 0);
  } while (got > 0 || (got < 0 && errno == EINTR));
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) give_up("the daemon neither answers nor closes");
  ::close(socket);
}

}  // namespace altmind::fuzz
