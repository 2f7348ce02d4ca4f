#include "adapters/http/routes/workers.hpp"

#include <doctest/doctest.h>

#include <future>
#include <thread>
#include <vector>

using namespace altmind::http;

namespace {

/// Blocks the threads of a lane until it is opened.
class Gate {
 public:
  Workers::Job job() {
    return [open = open_] { open.wait(); };
  }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> open_ = opened_.get_future().share();
};

}  // namespace

TEST_CASE("no lane waits for another") {
  Workers workers;
  Gate gate;
  for (int i = 0; i < 20; ++i) CHECK(workers.run(Lane::predictions, gate.job()));
  for (const Lane lane : {Lane::quick, Lane::ingest, Lane::status}) {
    std::promise<std::thread::id> done;
    CHECK(workers.run(lane, [&] { done.set_value(std::this_thread::get_id()); }));
    CHECK(done.get_future().get() != std::this_thread::get_id());
  }
  gate.open();
}

TEST_CASE("jobs of a lane with one thread run in their order") {
  Workers workers;
  std::vector<int> order;
  std::promise<void> done;
  for (int i = 0; i < 100; ++i) CHECK(workers.run(Lane::ingest, [&order, i] { order.push_back(i); }));
  CHECK(workers.run(Lane::ingest, [&] { done.set_value(); }));
  done.get_future().get();
  REQUIRE(order.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a queue is bounded") {
  Workers workers(2);
  Gate gate;
  std::promise<void> begun;
  const auto wait = gate.job();
  CHECK(workers.run(Lane::quick, [&begun, wait] {
    begun.set_value();
    wait();
  }));
  begun.get_future().get();
  CHECK(workers.run(Lane::quick, [] {}));
  CHECK(workers.run(Lane::quick, [] {}));
  CHECK(!workers.run(Lane::quick, [] {}));
  CHECK(workers.run(Lane::ingest, [] {}));
  gate.open();
}
