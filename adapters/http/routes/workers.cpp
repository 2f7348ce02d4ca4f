#include "adapters/http/routes/workers.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/background_thread.hpp"

namespace altmind::http {
namespace {

struct LaneOptions {
  const char* thread_name;
  int nice_value;  // below the trainer's 10, above that of the I/O thread
  std::size_t threads;
};

std::array<LaneOptions, 4> lanes() {
  const std::size_t half = std::thread::hardware_concurrency() / 2;
  const std::size_t few = std::clamp<std::size_t>(half, 1, 4);
  return {{{"predict-quick", 0, 1}, {"predict", 5, few}, {"ingest", 2, 1}, {"status", 1, 1}}};
}

}  // namespace

struct Workers::Queue {
  ~Queue() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
      jobs.clear();
    }
    changed.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  void start(const LaneOptions& lane, std::size_t most) {
    waiting = most;
    for (std::size_t i = 0; i < lane.threads; ++i)
      threads.emplace_back([this, lane] {
        adapters::enter_background(lane.thread_name, lane.nice_value);
        work();
      });
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return ending || !jobs.empty(); });
      if (ending) return;
      Job job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
      job = nullptr;  // destroys what it holds before the next job begins
      lock.lock();
    }
  }

  bool add(Job job) {
    {
      const std::lock_guard lock(mutex);
      if (jobs.size() >= waiting) return false;
      jobs.push_back(std::move(job));
    }
    changed.notify_one();
    return true;
  }

  std::size_t waiting = 0;  ///< constant once started
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;  ///< protected by mutex, as is:
  bool ending = false;
  std::vector<std::thread> threads;
};

Workers::Workers(std::size_t waiting) {
  const auto options = lanes();
  queues_ = std::make_unique<Queue[]>(options.size());
  for (std::size_t i = 0; i < options.size(); ++i) queues_[i].start(options[i], waiting);
}

Workers::~Workers() = default;

bool Workers::run(Lane lane, Job job) {
  return queues_[static_cast<std::size_t>(lane)].add(std::move(job));
}

}  // namespace altmind::http
