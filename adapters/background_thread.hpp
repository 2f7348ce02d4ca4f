#pragma once
// Set-up of background threads.

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace altmind::adapters {

/// Names the calling thread (at most 15 characters) and sets its nice value, which is per thread on Linux, so that
/// predictions and admission take precedence.
inline void enter_background(const char* name, int nice_value) {
  pthread_setname_np(pthread_self(), name);
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), nice_value);
}

}  // namespace altmind::adapters
