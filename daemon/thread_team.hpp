#pragma once
// Threads that help the trainer with what a step can do at once.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <thread>
#include <vector>

#include "core/step/for_all.hpp"

namespace altmind::daemon {

/// The thread that calls and `threads - 1` others.
class ThreadTeam {
 public:
  explicit ThreadTeam(std::size_t threads);

  /// As ForAll. Each thread takes the next part when it is free. One caller at a time. If parts throw, the others are
  /// still run, and then what one of them threw is thrown.
  void for_all(std::size_t n, const Part& part);

 private:
  boost::asio::io_context io_;
  std::vector<std::jthread> helpers_;
  // Gone before the helpers are waited for, also where one of them cannot be made.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
};

}  // namespace altmind::daemon
