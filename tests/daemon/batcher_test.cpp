#include "daemon/batcher.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/daemon/support.hpp"

using namespace altmind;
using namespace altmind::daemon;
using namespace altmind::test;

namespace {

constexpr SampleSpec classes{Task::classification, LabelKind::index, 2, 50};
constexpr SampleSpec regression{Task::regression, LabelKind::index, 2, 3};

/// Returns groups whose samples contain their own number: x = (n, -n), label or targets from n.
std::vector<Group> numbered_groups(const SampleSpec& spec, std::size_t count, std::size_t most, Random& random) {
  std::vector<Group> groups(count);
  std::uint64_t n = 0;
  for (std::size_t g = 0; g < count; ++g) {
    Samples& samples = groups[g].samples;
    samples.count = random.below(most + 1);
    groups[g].origin.position = std::to_string(g);
    for (std::size_t i = 0; i < samples.count; ++i) {
      ++n;
      samples.x.push_back(static_cast<float>(n));
      samples.x.push_back(-static_cast<float>(n));
      if (spec.task == Task::classification) {
        samples.label.push_back(static_cast<std::uint32_t>(n % spec.outputs));
        if (random.below(5) == 0) groups[g].introduced.push_back({i, std::to_string(n)});
      } else {
        for (std::size_t k = 0; k < spec.outputs; ++k) samples.target.push_back(static_cast<float>(10 * n + k));
      }
    }
  }
  return groups;
}

/// CHECKs that the batch holds the samples first..last of a numbered stream.
void check_holds(const SampleSpec& spec, const DurableBatch& durable, std::uint64_t first, std::uint64_t last) {
  const Samples& samples = durable.batch.samples;
  CHECK(durable.batch.last_sequence == last);
  REQUIRE(samples.count == last - first + 1);
  Samples expected;
  expected.count = samples.count;
  for (std::uint64_t n = first; n <= last; ++n) {
    expected.x.push_back(static_cast<float>(n));
    expected.x.push_back(-static_cast<float>(n));
    if (spec.task == Task::classification) {
      expected.label.push_back(static_cast<std::uint32_t>(n % spec.outputs));
    } else {
      for (std::size_t k = 0; k < spec.outputs; ++k) expected.target.push_back(static_cast<float>(10 * n + k));
    }
  }
  CHECK(samples == expected);
}

}  // namespace

TEST_CASE(
    "batcher: batches are the stream cut every batch_size samples, at cuts and at resizes, however it is grouped") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const SampleSpec spec = seed % 2 == 0 ? classes : regression;
    std::size_t size = 1 + random.below(20);
    const std::vector<Group> groups = numbered_groups(spec, 40, 1 + random.below(50), random);
    Batcher batcher(spec, size);
    std::vector<DurableBatch> batches;
    std::vector<std::uint64_t> ends;  // expected
    std::map<std::string, std::uint64_t> last_of;
    std::vector<std::pair<std::uint64_t, std::string>> names;
    std::uint64_t taken = 0;
    std::uint64_t open = 0;
    for (const Group& group : groups) {
      for (const Introduced& one : group.introduced) names.emplace_back(taken + 1 + one.at, one.name);
      Group copy = group;
      batcher.push(std::move(copy), taken + 1, 0, batches);
      for (std::size_t i = 0; i < group.samples.count; ++i) {
        ++taken;
        if (++open == size) {
          ends.push_back(taken);
          open = 0;
        }
      }
      last_of[group.origin.position] = taken;
      if (random.below(6) == 0) {
        const bool any = open > 0;
        if (auto batch = batcher.cut()) {
          CHECK(any);
          batches.push_back(std::move(*batch));
          ends.push_back(taken);
        } else {
          CHECK_FALSE(any);
        }
        open = 0;
      } else if (random.below(6) == 0) {
        size = 1 + random.below(20);
        batcher.resize(size, batches);
        if (open >= size) {
          ends.push_back(taken);
          open = 0;
        }
      }
      CHECK(batcher.open_samples() == open);
    }
    REQUIRE(batches.size() == ends.size());
    std::uint64_t before = 0;
    auto name = names.begin();
    std::size_t marked = 0;
    for (std::size_t b = 0; b < batches.size(); ++b) {
      check_holds(spec, batches[b], before + 1, ends[b]);
      std::vector<std::string> expected;
      for (; name != names.end() && name->first <= ends[b]; ++name) expected.push_back(name->second);
      CHECK(batches[b].batch.new_names == expected);
      for (const Mark& mark : batches[b].marks) {
        // In order; only groups whose last sample is in this batch (an empty group: after all samples before it).
        const std::string& position = mark.origin.position;
        CHECK(position == std::to_string(marked));
        CHECK(mark.samples == groups[marked].samples.count);
        CHECK(mark.last_sequence == last_of[position]);
        CHECK(mark.last_sequence <= ends[b]);
        if (mark.samples > 0) CHECK(mark.last_sequence > before);
        ++marked;
      }
      before = ends[b];
    }
    const auto whole = [&](const auto& one) { return one.second <= before; };
    const auto complete = static_cast<std::size_t>(std::count_if(last_of.begin(), last_of.end(), whole));
    CHECK(marked <= complete);
    CHECK(std::all_of(groups.begin() + static_cast<std::ptrdiff_t>(marked),
                      groups.begin() + static_cast<std::ptrdiff_t>(complete),
                      [](const Group& group) { return group.samples.count == 0; }));  // they wait for the next batch
  }
}

TEST_CASE(
    "batcher: a boundary ends the open batch and comes behind it; marks of empty groups wait as they do at a cut") {
  Random random(1);
  Batcher batcher(classes, 10);
  std::vector<DurableBatch> batches;
  batcher.announce(0, batches);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].boundary);
  CHECK(batches[0].batch.last_sequence == 0);
  batches.clear();

  Group group;
  group.samples = random_samples(classes, 14, random);
  batcher.push(std::move(group), 1, 0, batches);
  batcher.announce(14, batches);
  REQUIRE(batches.size() == 3);
  CHECK(batches[0].batch.last_sequence == 10);
  CHECK(batches[1].batch.last_sequence == 14);
  CHECK(batches[1].batch.samples.count == 4);
  CHECK(batches[1].marks.size() == 1);
  CHECK_FALSE(batches[1].boundary);
  CHECK(batches[2].boundary);
  CHECK(batches[2].batch.last_sequence == 14);
  CHECK(batches[2].batch.samples.count == 0);
  CHECK(batcher.open_samples() == 0);
  batches.clear();

  batcher.push(Group{}, 15, 0, batches);
  batcher.announce(14, batches);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].boundary);
  CHECK(batches[0].marks.empty());
  group = {};
  group.samples = random_samples(classes, 10, random);
  batcher.push(std::move(group), 15, 0, batches);
  REQUIRE(batches.size() == 2);
  CHECK(batches[1].marks.size() == 2);
}

TEST_CASE("batcher: what float32 left of numbers goes with them into the batches") {
  const SampleSpec spec{Task::regression, LabelKind::index, 2, 1};
  Batcher batcher(spec, 4);
  std::vector<DurableBatch> batches;
  std::uint64_t n = 0;
  for (const std::size_t count : {3U, 1U, 6U, 2U}) {
    Group group;
    group.samples.count = count;
    const std::uint64_t first = n + 1;
    for (std::size_t i = 0; i < count; ++i) {
      ++n;
      Samples& samples = group.samples;
      samples.x_residual.add(2 * i, n % 3 == 0 ? 0.001F * static_cast<float>(n) : 0.0F);
      samples.target_residual.add(i, n % 5 == 0 ? 0.001F * static_cast<float>(n) : 0.0F);
      samples.x.insert(samples.x.end(), {static_cast<float>(n), 0.0F});
      samples.target.push_back(static_cast<float>(n));
    }
    batcher.push(std::move(group), first, 0, batches);
  }
  REQUIRE(batches.size() == 3);
  n = 0;
  for (const DurableBatch& durable : batches) {
    const Samples& samples = durable.batch.samples;
    for (std::size_t i = 0; i < samples.count; ++i) {
      ++n;
      CHECK(samples.x_residual[2 * i] == (n % 3 == 0 ? 0.001F * static_cast<float>(n) : 0.0F));
      CHECK(samples.x_residual[2 * i + 1] == 0.0F);
      CHECK(samples.target_residual[i] == (n % 5 == 0 ? 0.001F * static_cast<float>(n) : 0.0F));
    }
  }
}

TEST_CASE("batcher: what is already learned is left out, also when it ends inside a group") {
  for (std::uint64_t learned = 0; learned <= 60; ++learned) {
    CAPTURE(learned);
    Random random(5);
    const std::vector<Group> groups = numbered_groups(classes, 8, 15, random);
    Batcher batcher(classes, 7);
    std::vector<DurableBatch> batches;
    std::uint64_t taken = 0;
    std::vector<std::pair<std::uint64_t, std::string>> names;
    std::vector<std::uint64_t> marks;
    for (const Group& group : groups) {
      for (const Introduced& one : group.introduced) names.emplace_back(taken + 1 + one.at, one.name);
      Group copy = group;
      batcher.push(std::move(copy), taken + 1, learned, batches);
      taken += group.samples.count;
      if (taken > learned) marks.push_back(taken);
    }
    if (auto rest = batcher.cut()) batches.push_back(std::move(*rest));
    std::uint64_t next = std::min(learned, taken) + 1;
    std::vector<std::string> new_names;
    std::vector<std::uint64_t> marked;
    for (const DurableBatch& durable : batches) {
      const std::uint64_t last = std::min(next + 6, taken);
      check_holds(classes, durable, next, last);
      next = last + 1;
      new_names.insert(new_names.end(), durable.batch.new_names.begin(), durable.batch.new_names.end());
      for (const Mark& mark : durable.marks) {
        if (mark.samples > 0) marked.push_back(mark.last_sequence);
      }
    }
    CHECK(next == std::max(taken, learned) + 1 - (learned > taken ? learned - taken : 0));
    std::vector<std::string> expected;
    for (const auto& [at, name] : names) {
      if (at > learned) expected.push_back(name);
    }
    CHECK(new_names == expected);
    marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
    CHECK(marked == marks);
  }
}
