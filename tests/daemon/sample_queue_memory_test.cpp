// Admission when memory runs out at any step.

#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "daemon/sample_queue.hpp"

namespace {

/// Allocations of this thread that succeed before one fails; below 0: all do.
thread_local long allocations_left = -1;

}  // namespace

// Replaced for the whole program: the only way to make allocations of the standard library fail.
void* operator new(std::size_t size) {
  if (allocations_left == 0) {
    allocations_left = -1;
    throw std::bad_alloc();
  }
  if (allocations_left > 0) --allocations_left;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace altmind;
using namespace altmind::daemon;

namespace {

Group group_of(const std::vector<std::string>& class_names, const std::string& word) {
  Group group;
  group.samples.count = class_names.size();
  group.samples.name = class_names;
  for (const std::string& name : class_names) {
    group.samples.x.push_back(word_cell(group.samples.words.add(word + name)));
    group.samples.x.push_back(0.0F);
  }
  return group;
}

SampleSpec spec_of_names() {
  SampleSpec spec{Task::classification, LabelKind::named, 2, 9};
  spec.columns.resize(2);
  spec.columns[0].name = "kind";
  spec.columns[0].type = ColumnType::categorical;
  spec.columns[0].encoding = ColumnEncoding::onehot;
  spec.columns[0].size = 9;
  spec.columns[1].name = "size";
  return spec;
}

}  // namespace

TEST_CASE("sample queue: a group for which memory is short leaves no names behind, whichever allocation fails") {
  const std::string far = "a name that does not fit into the string itself: ";
  bool failed = true;
  for (long allowed = 0; failed; ++allowed) {
    CAPTURE(allowed);
    REQUIRE(allowed < 1000);
    SampleQueue queue(spec_of_names(), 100, {});
    Group first = group_of({far + "a"}, far);
    queue.offer(first, {});
    Group second = group_of({far + "b", far + "a", far + "c"}, far);
    try {
      allocations_left = allowed;
      queue.offer(second, {});
      allocations_left = -1;
      failed = false;
    } catch (const std::bad_alloc&) {
      CHECK(queue.samples() == 1);
      Group third = group_of({far + "c", far + "b"}, far);
      queue.offer(third, {});
      const auto taken = queue.take(std::chrono::steady_clock::now());
      REQUIRE(taken.value().size() == 2);
      const Group& admitted = taken->back().group;
      CHECK(admitted.samples.label == std::vector<std::uint32_t>{1, 2});
      CHECK(admitted.introduced.size() == 2);
      CHECK(admitted.categories.size() == 2);
      CHECK(admitted.samples.x == std::vector<float>{1, 0, 2, 0});
    }
  }
}
