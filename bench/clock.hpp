#pragma once
// Two clocks. On a busy machine the wall time of a step includes the time slices of other programs; the processor time
// of a program that never waits is its true cost. On an idle machine both agree.

#include <chrono>
#include <ctime>

namespace altmind::bench {

/// A point in time, or a duration, in ms.
struct Time {
  double wall = 0.0;
  double cpu = 0.0;  ///< of all threads of the process

  Time operator-(const Time& earlier) const { return {wall - earlier.wall, cpu - earlier.cpu}; }
};

inline Time now() {
  std::timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now().time_since_epoch();
  return {wall.count(), static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) * 1e-6};
}

}  // namespace altmind::bench
