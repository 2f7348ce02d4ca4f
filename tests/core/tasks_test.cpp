// Consecutive unannounced tasks: a small version of `bench/continual`, on small digits. Slow (some seconds): label
// slow_mnist.

#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "core/linalg/blas.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/mnist.hpp"

using namespace altmind;

namespace {

constexpr std::size_t small_side = test::Mnist::side / 2;
constexpr std::size_t small_pixels = small_side * small_side;

/// Downscales: every pixel is the mean of four, 0 to 255.
std::vector<float> small(const test::Mnist& digits) {
  std::vector<float> x(digits.y.size() * small_pixels, 0.0F);
  for (std::size_t k = 0; k < digits.x.size(); ++k) {
    const std::size_t digit = k / test::Mnist::pixels;
    const std::size_t row = k % test::Mnist::pixels / test::Mnist::side;
    const std::size_t column = k % test::Mnist::side;
    x[digit * small_pixels + row / 2 * small_side + column / 2] += static_cast<float>(digits.x[k]) / 4;
  }
  return x;
}

struct SmallDigits {
  explicit SmallDigits(const test::Mnist& digits) : x(small(digits)), y(digits.y) {}

  /// Appends digit i with permuted pixels.
  void append(std::size_t i, const std::vector<std::size_t>& pixels, Samples& samples) const {
    for (const std::size_t pixel : pixels) samples.x.push_back(x[i * small_pixels + pixel]);
    samples.label.push_back(y[i]);
    ++samples.count;
  }

  std::vector<float> x;
  std::vector<unsigned char> y;
};

struct DigitTask {
  std::vector<std::size_t> pixels;    ///< permutation
  std::uint32_t first = 0, end = 10;  ///< classes first to end - 1

  bool has(std::uint32_t label) const { return first <= label && label < end; }
};

LearnerOptions small_digits_learner(std::size_t hidden, std::uint64_t seed) {
  LearnerOptions options;
  options.model.spec = {Task::classification, LabelKind::index, small_pixels, 10};
  options.model.hidden = {hidden, hidden};
  options.model.seed = seed;
  options.normaliser.kind = NormaliserKind::fixed;
  options.normaliser.scale = 1.0 / 255;
  options.normaliser.mean = {0.1307};
  options.normaliser.std = {0.3081};
  return options;
}

/// Learns `samples` digits of the task in a random order, in whole batches.
void learn_task(Learner& learner, const SmallDigits& train, const DigitTask& task, std::size_t samples,
                Random& random) {
  const std::size_t m = learner.options().learning.batch_size;
  std::size_t learned = 0;
  Batch batch;
  for (const std::size_t i : test::shuffled(train.y.size(), random)) {
    if (!task.has(train.y[i])) continue;
    train.append(i, task.pixels, batch.samples);
    if (batch.samples.count < m) continue;
    learner.step(batch);
    batch.samples = {};
    if ((learned += m) == samples) return;
  }
  FAIL("too few digits of the task");
}

/// Returns the mean over the tasks of the accuracy of the learner's snapshot.
double mean_accuracy(const Learner& learner, const SmallDigits& held, const std::vector<DigitTask>& tasks) {
  double mean = 0.0;
  for (const DigitTask& task : tasks) {
    Samples samples;
    for (std::size_t i = 0; i < held.y.size(); ++i) {
      if (task.has(held.y[i])) held.append(i, task.pixels, samples);
    }
    const Predictions predictions = snapshot_of(learner)->predict(samples.x);
    std::size_t right = 0;
    for (std::size_t i = 0; i < samples.count; ++i) right += predictions.label[i] == samples.label[i] ? 1 : 0;
    mean += static_cast<double>(right) / static_cast<double>(samples.count * tasks.size());
  }
  return mean;
}

}  // namespace

TEST_CASE("slow: ten tasks of permuted digits in a row are all known at the end, and protection does not yield") {
  const auto train_digits = test::mnist("train", 20'000);
  const auto held_digits = test::mnist("t10k", 2000);
  if (!train_digits || !held_digits) return;
  use_one_blas_thread();
  const SmallDigits train(*train_digits);
  const SmallDigits held(*held_digits);
  Learner learner(small_digits_learner(200, 2));
  Random random(2);
  std::vector<DigitTask> tasks;
  for (std::uint64_t number = 0; number < 10; ++number) {
    tasks.push_back({test::shuffled(small_pixels, random)});
    // Tasks this long cost more at the end than the 20,000 samples before them gained: if protection were weighed over
    // no more than that, it would release everything by the tenth, and the mean would be 0.6, as without protection.
    learn_task(learner, train, tasks.back(), 9000, random);
    CAPTURE(number);
    CHECK(learner.state().consolidation.consolidations == number);
    CHECK(learner.state().consolidation.releases == 0);
  }
  CHECK(learner.state().protecting());
  const double mean = mean_accuracy(learner, held, tasks);
  MESSAGE("mean accuracy over ten tasks " << mean);
  CHECK(mean >= 0.87);
}

TEST_CASE("slow: digits that come two classes at a time are kept, far above the learner without protection") {
  const auto train_digits = test::mnist("train", 20'000);
  const auto held_digits = test::mnist("t10k", 2000);
  if (!train_digits || !held_digits) return;
  use_one_blas_thread();
  const SmallDigits train(*train_digits);
  const SmallDigits held(*held_digits);
  std::vector<std::size_t> in_place(small_pixels);
  std::iota(in_place.begin(), in_place.end(), std::size_t{0});
  const std::vector<DigitTask> tasks = {{in_place, 0, 2}, {in_place, 2, 4}, {in_place, 4, 6}};
  double with = 0.0;
  double without = 0.0;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    for (const bool enabled : {true, false}) {
      LearnerOptions options = small_digits_learner(100, seed);
      options.consolidation.enabled = enabled;
      Learner learner(options);
      Random random(seed);
      for (const DigitTask& task : tasks) learn_task(learner, train, task, 3600, random);
      (enabled ? with : without) += mean_accuracy(learner, held, tasks) / 3;
      CHECK(learner.state().consolidation.consolidations == (enabled ? 2 : 0));
      CHECK(learner.state().consolidation.releases == 0);
    }
  }
  MESSAGE("mean accuracy over three tasks " << with << ", without protection " << without);
  CHECK(with >= 0.9);
  CHECK(with > without + 0.15);
}
