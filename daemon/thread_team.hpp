#pragma once
// Threads that help the trainer with the parallel parts of a step.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <thread>
#include <vector>

#include "core/step/for_all.hpp"

namespace altmind::daemon {

/// The calling thread and `threads - 1` others.
class ThreadTeam {
 public:
  explicit ThreadTeam(std::size_t threads);

  /// As ForAll. Each thread takes the next part when it is free. One caller at a time. If parts throw, the others still
  /// run, and then one of the exceptions is rethrown.
  void for_all(std::size_t n, const Part& part);

 private:
  boost::asio::io_context io_;
  std::vector<std::jthread> helpers_;
  // Destroyed before the helpers are joined, even if one of them cannot be started.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
};

}  // namespace altmind::daemon
