#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <iostream>

#include "daemon/cli.hpp"

int main(int argc, char** argv) {
  const int code = altmind::daemon::run_command(argc, argv);
  // OpenBLAS starts a thread of its own when it is loaded. If the address space is too small for that thread's memory,
  // it retries forever, and a normal exit waits for the thread.
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit memory{};
    if (::getrlimit(resource, &memory) != 0 || memory.rlim_cur == RLIM_INFINITY) continue;
    std::cout.flush();
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}
