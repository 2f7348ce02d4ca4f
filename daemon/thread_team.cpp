#include "daemon/thread_team.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <exception>
#include <latch>
#include <mutex>

#include "adapters/background_thread.hpp"

namespace altmind::daemon {

ThreadTeam::ThreadTeam(std::size_t threads) : open_(io_.get_executor()) {
  for (std::size_t i = 1; i < threads; ++i) {
    helpers_.emplace_back([this] {
      adapters::enter_background("trainer helper", 10);  // as the trainer
      io_.run();
    });
  }
}

void ThreadTeam::for_all(std::size_t n, const Part& part) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr thrown;  // protected by mutex
  const auto work = [&] {
    for (std::size_t i = next++; i < n; i = next++) {
      try {
        part(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        thrown = std::current_exception();
      }
    }
  };
  const std::size_t helping = n > 1 ? std::min(helpers_.size(), n - 1) : 0;
  std::latch helped(static_cast<std::ptrdiff_t>(helping));
  for (std::size_t i = 0; i < helping; ++i) {
    try {
      boost::asio::post(io_, [&] {
        work();
        helped.count_down();
      });
    } catch (...) {  // out of memory: the helpers asked so far, and this thread, do it all
      helped.count_down(static_cast<std::ptrdiff_t>(helping - i));
      break;
    }
  }
  work();
  helped.wait();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace altmind::daemon
