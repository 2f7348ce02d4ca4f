#include "daemon/sample_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <set>
#include <thread>

#include "tests/daemon/support.hpp"

using namespace altmind;
using namespace altmind::daemon;
using namespace altmind::test;

namespace {

constexpr SampleSpec plain{Task::classification, LabelKind::index, 1, 9};
constexpr SampleSpec named{Task::classification, LabelKind::named, 2, 3};

Group group_of(std::size_t count, float first = 0) {
  Group group;
  group.samples.count = count;
  for (std::size_t i = 0; i < count; ++i) group.samples.x.push_back(first + static_cast<float>(i));
  group.samples.label.assign(count, 1);
  return group;
}

Admission offer(SampleQueue& queue, std::size_t count) {
  Group group = group_of(count);
  return queue.offer(group, [](const Receipt&) {}).admission;
}

Admission offer_patient(SampleQueue& queue, std::size_t count) {
  Group group = group_of(count);
  group.batchable = true;
  return queue.offer(group, [](const Receipt&) {}).admission;
}

// Takes on its own thread, waiting up to an hour for 10 samples; returns the sizes of the groups taken.
std::future<std::vector<std::size_t>> take_patiently(SampleQueue& queue) {
  return std::async(std::launch::async, [&queue] {
    std::vector<std::size_t> sizes;
    const auto taken = queue.take(std::nullopt, 10, [] { return std::chrono::hours(1); });
    for (const SampleQueue::Entry& entry : *taken) sizes.push_back(entry.group.samples.count);
    return sizes;
  });
}

std::vector<SampleQueue::Entry> take(SampleQueue& queue) {
  auto taken = queue.take(std::chrono::steady_clock::now());
  REQUIRE(taken);
  return std::move(*taken);
}

Group names_of(const std::vector<std::string>& names) {
  Group group;
  group.samples.count = names.size();
  group.samples.name = names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    group.samples.x.push_back(static_cast<float>(i));
    group.samples.x.push_back(static_cast<float>(i) + 0.5F);
  }
  return group;
}

}  // namespace

TEST_CASE("sample queue: a group goes in whole or not at all, and a refused one is as it was") {
  SampleQueue queue(plain, 10, {});
  CHECK(offer(queue, 7) == Admission::accepted);
  Group group = group_of(4, 5);
  const Samples before = group.samples;
  CHECK(queue.offer(group, {}).admission == Admission::full);
  CHECK(group.samples == before);
  CHECK(queue.samples() == 7);
  CHECK(offer(queue, 3) == Admission::accepted);
  CHECK(offer(queue, 1) == Admission::full);
  CHECK(offer(queue, 0) == Admission::accepted);
  CHECK(take(queue).size() == 3);
  CHECK(queue.samples() == 0);
}

TEST_CASE("sample queue: a group larger than the capacity passes only when nothing waits") {
  SampleQueue queue(plain, 10, {});
  CHECK(offer(queue, 1) == Admission::accepted);
  CHECK(offer(queue, 25) == Admission::full);
  take(queue);
  CHECK(offer(queue, 25) == Admission::accepted);
  CHECK(offer(queue, 1) == Admission::full);
  CHECK(take(queue).at(0).group.samples.count == 25);
}

TEST_CASE("sample queue: categories become indices in the order of admission, those of refused samples do not") {
  SampleSpec spec{Task::classification, LabelKind::named, 2, 2};
  spec.columns = {{"n"}, {"colour", ColumnType::categorical, ColumnEncoding::onehot, 3, Missing::flag}};
  SampleQueue queue(spec, 100, LabelTable({"x"}), {LabelTable(), LabelTable({"red"})});
  const auto offer_all = [&queue](const std::vector<std::pair<std::string, std::string>>& rows) {
    Group group;
    for (const auto& [label, colour] : rows) {
      ++group.samples.count;
      group.samples.name.push_back(label);
      group.samples.x.push_back(0.5F);
      group.samples.x.push_back(colour.empty() ? missing_cell : word_cell(group.samples.words.add(colour)));
    }
    const Offered offered = queue.offer(group, {});
    CHECK(offered.admission == Admission::accepted);
    return offered.rejected;
  };
  CHECK(offer_all({{"x", "blue"}, {"y", ""}, {"x", "red"}}).empty());
  CHECK(offer_all({{"z", "never"}, {"y", "grey"}, {"x", "pink"}}) == std::vector<std::size_t>{0});
  const auto taken = take(queue);
  REQUIRE(taken.size() == 2);
  const Group& first = taken[0].group;
  CHECK(first.samples.x[1] == 1.0F);
  CHECK(is_missing(first.samples.x[3]));
  CHECK(first.samples.x[5] == 0.0F);
  CHECK(first.categories == std::vector<IntroducedCategory>{{0, {1, "blue"}}});
  const Group& second = taken[1].group;
  CHECK(second.samples.count == 2);
  CHECK(second.samples.x[1] == 2.0F);
  CHECK(second.samples.x[3] == 3.0F);  // no room left: the shared index
  CHECK(second.categories == std::vector<IntroducedCategory>{{0, {1, "grey"}}});
  CHECK(second.samples.words.empty());
}

TEST_CASE("sample queue: who waits for room is told once, in order, when there is room or the queue closes") {
  SampleQueue queue(plain, 10, {});
  std::vector<int> told;
  CHECK(offer(queue, 8) == Admission::accepted);
  queue.when_room(2, [&] { told.push_back(0); });
  CHECK(told == std::vector<int>{0});  // called back at once: there is room
  queue.when_room(3, [&] { told.push_back(1); });
  queue.when_room(1, [&] { told.push_back(2); });  // would fit, but others came first
  queue.when_room(6, [&] { told.push_back(3); });
  queue.when_room(1, [&] { told.push_back(4); });
  CHECK(told == std::vector<int>{0});
  take(queue);
  CHECK(told == std::vector<int>{0, 1, 2, 3});  // 3 + 1 + 6 fill it
  CHECK(offer(queue, 10) == Admission::accepted);
  queue.when_room(100, [&] { told.push_back(5); });
  CHECK(told.size() == 4);
  queue.close();
  CHECK(told == std::vector<int>{0, 1, 2, 3, 4, 5});
  queue.when_room(100, [&] { told.push_back(6); });
  CHECK(told.back() == 6);
  CHECK(offer(queue, 1) == Admission::closed);
  CHECK(offer(queue, 0) == Admission::closed);
  CHECK(queue.take(std::nullopt)->size() == 1);
  CHECK_FALSE(queue.take(std::nullopt));
  CHECK(told.size() == 7);
}

TEST_CASE("sample queue: room that somebody was told of and never used goes to the next in line") {
  SampleQueue queue(plain, 10, {});
  CHECK(offer(queue, 10) == Admission::accepted);
  queue.when_room(8, [] {});  // its connection ends without using the room
  std::promise<void> told;
  auto room = told.get_future();
  queue.when_room(8, [&] { told.set_value(); });
  take(queue);
  CHECK(room.wait_for(0s) == std::future_status::timeout);
  std::thread consumer([&] {
    while (queue.take(std::nullopt)) {
    }
  });
  CHECK(room.wait_for(patience) == std::future_status::ready);
  queue.close();
  consumer.join();
}

TEST_CASE("sample queue: names become indices in the order of the queue, and new ones are noted") {
  SampleQueue queue(named, 100, LabelTable({"known"}));
  Group first = names_of({"x", "known", "x"});
  Group second = names_of({"y", "x"});
  CHECK(queue.offer(first, {}).rejected.empty());
  CHECK(queue.offer(second, {}).rejected.empty());
  const auto taken = take(queue);
  CHECK(taken[0].group.samples.label == std::vector<std::uint32_t>{1, 0, 1});
  CHECK(taken[0].group.introduced == std::vector<Introduced>{{0, "x"}});
  CHECK(taken[0].group.samples.name.empty());
  CHECK(taken[1].group.samples.label == std::vector<std::uint32_t>{2, 1});
  CHECK(taken[1].group.introduced == std::vector<Introduced>{{0, "y"}});
}

TEST_CASE("sample queue: a full table refuses new names; features, labels and positions of the rest stay matched") {
  SampleQueue queue(named, 100, {});
  Group group = names_of({"a", "b", "a", "c", "d", "b", "e", "c", "d"});
  CHECK(queue.offer(group, {}).rejected == std::vector<std::size_t>{4, 6, 8});
  Group later = names_of({"d", "a"});
  CHECK(queue.offer(later, {}).rejected == std::vector<std::size_t>{0});
  Group hopeless = names_of({"d", "e"});
  CHECK(queue.offer(hopeless, {}).rejected == std::vector<std::size_t>{0, 1});
  CHECK(queue.samples() == 7);
  const auto taken = take(queue);
  REQUIRE(taken.size() == 3);
  const Samples& kept = taken[0].group.samples;
  CHECK(kept.count == 6);
  CHECK(kept.label == std::vector<std::uint32_t>{0, 1, 0, 2, 1, 2});
  CHECK(kept.x == std::vector<float>{0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 5, 5.5, 7, 7.5});
  CHECK(taken[0].group.introduced == std::vector<Introduced>{{0, "a"}, {1, "b"}, {3, "c"}});
  CHECK(taken[1].group.samples.x == std::vector<float>{1, 1.5});
  CHECK(taken[2].group.samples.count == 0);
  CHECK(taken[2].group.samples.x.empty());
}

TEST_CASE("sample queue: a refused name before a new one shifts where the new one is introduced") {
  SampleQueue queue(SampleSpec{Task::classification, LabelKind::named, 2, 2}, 100, LabelTable({"a"}));
  Group group = names_of({"b", "c", "a", "c", "b"});
  CHECK(queue.offer(group, {}).rejected == std::vector<std::size_t>{1, 3});
  const auto taken = take(queue);
  CHECK(taken[0].group.introduced == std::vector<Introduced>{{0, "b"}});
  CHECK(taken[0].group.samples.label == std::vector<std::uint32_t>{1, 0, 1});
  CHECK(taken[0].group.samples.x == std::vector<float>{0, 0.5, 2, 2.5, 4, 4.5});
}

TEST_CASE(
    "sample queue: a boundary keeps its place among the groups, needs no room, and none comes once it has closed") {
  SampleQueue queue(plain, 10, {});
  Random random(1);
  const auto offer = [&](std::size_t count) {
    Group group;
    group.samples = random_samples(plain, count, random);
    return queue.offer(group, {}).admission;
  };
  CHECK(offer(10) == Admission::accepted);
  CHECK(queue.announce({}));
  CHECK(offer(1) == Admission::full);
  CHECK(queue.samples() == 10);
  const auto taken = queue.take(std::nullopt);
  REQUIRE(taken);
  REQUIRE(taken->size() == 2);
  CHECK_FALSE((*taken)[0].boundary);
  CHECK((*taken)[1].boundary);
  CHECK((*taken)[1].group.samples.count == 0);
  CHECK(queue.announce({}));
  CHECK(offer(1) == Admission::accepted);
  queue.close();
  CHECK_FALSE(queue.announce({}));
  const auto rest = queue.take(std::nullopt);
  REQUIRE(rest);
  REQUIRE(rest->size() == 2);
  CHECK((*rest)[0].boundary);
}

TEST_CASE("sample queue: taking waits until the deadline and then returns nothing") {
  SampleQueue queue(plain, 10, {});
  const auto deadline = std::chrono::steady_clock::now() + 20ms;
  const auto taken = queue.take(deadline);
  REQUIRE(taken);
  CHECK(taken->empty());
  CHECK(std::chrono::steady_clock::now() >= deadline);
}

TEST_CASE("sample queue: what nobody waits for is taken when there is enough of it") {
  SampleQueue queue(plain, 100, {});
  for (int round = 0; round < 3; ++round) {
    auto taken = take_patiently(queue);
    for (const std::size_t count : {4, 5, 3}) CHECK(offer_patient(queue, count) == Admission::accepted);
    CHECK(taken.get() == std::vector<std::size_t>{4, 5, 3});
  }
}

TEST_CASE("sample queue: patience ends with a group that somebody waits for, and whatever else has to go on") {
  SampleQueue queue(plain, 5, {});
  auto taken = take_patiently(queue);
  REQUIRE(offer_patient(queue, 4) == Admission::accepted);
  SUBCASE("a group with a sender who waits") {
    CHECK(offer(queue, 1) == Admission::accepted);
    CHECK(taken.get() == std::vector<std::size_t>{4, 1});
    auto later = take_patiently(queue);
    for (const std::size_t count : {2, 3}) CHECK(offer_patient(queue, count) == Admission::accepted);
    queue.close();
    CHECK(later.get() == std::vector<std::size_t>{2, 3});
  }
  SUBCASE("a boundary") {
    CHECK(queue.announce([](const Receipt&) {}));
    CHECK(taken.get() == std::vector<std::size_t>{4, 0});
  }
  SUBCASE("a source that waits for room") {
    CHECK(offer_patient(queue, 2) == Admission::full);
    std::promise<void> room;
    queue.when_room(2, [&] { room.set_value(); });
    CHECK(taken.get() == std::vector<std::size_t>{4});
    room.get_future().wait();
  }
  SUBCASE("a sender who found no room: nothing stays when he comes back") {
    CHECK(offer(queue, 5) == Admission::full);
    CHECK(taken.get() == std::vector<std::size_t>{4});
    CHECK(offer_patient(queue, 1) == Admission::accepted);
    CHECK(take_patiently(queue).get() == std::vector<std::size_t>{1});
    CHECK(offer(queue, 5) == Admission::accepted);
  }
  SUBCASE("the end") {
    queue.close();
    CHECK(taken.get() == std::vector<std::size_t>{4});
  }
}

TEST_CASE("sample queue: patience and the deadline are limits") {
  SampleQueue queue(plain, 5, {});
  CHECK(offer_patient(queue, 1) == Admission::accepted);
  CHECK(queue.take(std::nullopt, 10, [] { return std::chrono::milliseconds(1); })->size() == 1);
  CHECK(offer_patient(queue, 1) == Admission::accepted);
  CHECK(queue.take(std::chrono::steady_clock::now(), 10, [] { return std::chrono::hours(1); })->size() == 1);
}

TEST_CASE("sample queue: many producers and one consumer lose nothing, double nothing and keep each one's order") {
  SampleQueue queue(named, 20, {});
  constexpr std::size_t producers = 6;
  constexpr std::size_t groups = 150;
  std::atomic<std::size_t> running = producers;
  std::vector<std::thread> threads;
  for (std::size_t p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] {
      Random random(p);
      for (std::size_t i = 0; i < groups; ++i) {
        Group group = random_groups(named, 1, 7, random).front();
        group.origin.stream = std::to_string(p);
        group.origin.position = std::to_string(i);
        const std::size_t count = group.samples.count;
        while (queue.offer(group, {}).admission == Admission::full) {
          const auto told = std::make_shared<std::promise<void>>();
          auto room = told->get_future();
          queue.when_room(count, [told] { told->set_value(); });
          room.wait();
        }
      }
      if (--running == 0) queue.close();
    });
  }
  std::vector<std::size_t> next(producers);
  std::vector<std::string> names;
  bool in_order = true;
  bool matched = true;
  while (const auto entries = queue.take(std::nullopt)) {
    std::size_t samples = 0;
    for (const auto& [group, done, boundary] : *entries) {
      CHECK_FALSE(boundary);
      in_order = in_order && group.origin.position == std::to_string(next[std::stoul(group.origin.stream)]++);
      samples += group.samples.count;
      for (const Introduced& one : group.introduced) {
        matched = matched && one.at < group.samples.count && group.samples.label[one.at] == names.size();
        names.push_back(one.name);
      }
      matched = matched && group.samples.x.size() == group.samples.count * named.inputs;
      matched = matched && group.samples.label.size() == group.samples.count;
    }
    CHECK(samples <= queue.capacity());
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(in_order);
  CHECK(matched);
  CHECK(next == std::vector<std::size_t>(producers, groups));
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == named.outputs);
  CHECK(names.size() == named.outputs);
}
