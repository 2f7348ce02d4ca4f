#include "core/evaluate/prequential.hpp"

#include <doctest/doctest.h>

#include <span>
#include <vector>

#include "core/linalg/random.hpp"

using namespace altmind;

namespace {

/// Returns n scored samples with labels that persist for a while, as in streams, and predictions that are often right.
std::vector<Score> stream(std::size_t n, std::uint32_t classes, Random& random) {
  std::vector<Score> scores;
  std::uint32_t label = classes - 1;  // the highest first: makes ties and changes of the majority frequent
  for (std::size_t i = 0; i < n; ++i) {
    if (random.below(3) == 0) label = static_cast<std::uint32_t>(random.below(classes));
    Score score;
    score.label = label;
    score.predicted = random.below(3) > 0 ? label : static_cast<std::uint32_t>(random.below(classes));
    score.correct = score.predicted == label;
    score.loss = static_cast<double>(random.below(17)) * 0.25;
    scores.push_back(score);
  }
  return scores;
}

/// Computes the same metrics from the whole list, for its samples from `begin` on.
PrequentialView counted(const std::vector<Score>& all, std::size_t begin, std::uint32_t classes) {
  PrequentialView view;
  std::vector<double> labels(classes), predicted(classes), seen(classes);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::uint32_t majority = 0;
    for (std::uint32_t k = 1; k < classes; ++k) majority = seen[k] > seen[majority] ? k : majority;
    seen[all[i].label] += 1.0;
    if (i < begin) continue;
    ++view.samples;
    view.accuracy += all[i].predicted == all[i].label ? 1.0 : 0.0;
    view.loss += all[i].loss;
    labels[all[i].label] += 1.0;
    predicted[all[i].predicted] += 1.0;
    view.majority += i > 0 && majority == all[i].label ? 1.0 : 0.0;
    view.no_change += i > 0 && all[i - 1].label == all[i].label ? 1.0 : 0.0;
  }
  const auto n = static_cast<double>(view.samples);
  for (double* sum : {&view.accuracy, &view.loss, &view.majority, &view.no_change}) *sum /= n;
  double chance = 0.0;
  for (std::uint32_t k = 0; k < classes; ++k) chance += labels[k] * predicted[k] / n / n;
  if (chance < 1.0) view.kappa = (view.accuracy - chance) / (1.0 - chance);
  if (view.no_change < 1.0) view.kappa_temporal = (view.accuracy - view.no_change) / (1.0 - view.no_change);
  return view;
}

void check_same(const PrequentialView& view, const PrequentialView& expected) {
  CHECK(view.samples == expected.samples);
  CHECK(view.accuracy == doctest::Approx(expected.accuracy));
  CHECK(view.loss == doctest::Approx(expected.loss));
  CHECK(view.majority == doctest::Approx(expected.majority));
  CHECK(view.no_change == doctest::Approx(expected.no_change));
  CHECK(view.kappa == doctest::Approx(expected.kappa));
  CHECK(view.kappa_temporal == doctest::Approx(expected.kappa_temporal));
}

}  // namespace

TEST_CASE("prequential: whole and window agree with counting anew, after a restart too") {
  Random random(1);
  const std::uint32_t classes = 4;
  const std::vector<Score> all = stream(Prequential::window_size + 1234, classes, random);
  Prequential prequential(classes);
  std::vector<Score> seen;
  for (const Score& score : all) {
    prequential.add(score);
    seen.push_back(score);
    const std::size_t n = seen.size();
    if (n > 40 && n % 937 != 0 && n != all.size()) continue;
    const std::size_t begin = n > Prequential::window_size ? n - Prequential::window_size : 0;
    check_same(prequential.whole(), counted(seen, 0, classes));
    check_same(prequential.window(), counted(seen, begin, classes));
    prequential = Prequential(prequential.state());
    check_same(prequential.window(), counted(seen, begin, classes));
  }
  CHECK(prequential.state().class_samples[3] > 0);
  CHECK(prequential.window().samples == Prequential::window_size);
}

TEST_CASE("prequential: kappa of the table that Cohen's paper gives") {
  // Cohen 1960, table 1: agreement of two judges on 200 cases, kappa 0.492.
  const int table[3][3] = {{88, 10, 2}, {14, 40, 6}, {18, 10, 12}};
  Prequential prequential(3);
  for (std::uint32_t label = 0; label < 3; ++label) {
    for (std::uint32_t predicted = 0; predicted < 3; ++predicted) {
      for (int i = 0; i < table[label][predicted]; ++i) prequential.add({0.0, label == predicted, label, predicted});
    }
  }
  CHECK(prequential.whole().accuracy == doctest::Approx(0.70));
  CHECK(prequential.whole().kappa == doctest::Approx(0.492).epsilon(0.001));
  CHECK(prequential.window().kappa == doctest::Approx(0.492).epsilon(0.001));
}

TEST_CASE("prequential: repeating the last label has kappa above 0 and temporal kappa 0") {
  Prequential prequential(2);
  std::uint32_t last = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::uint32_t label = i / 10 % 2 == 0 ? 1 : 0;
    prequential.add({0.0, i > 0 && last == label, label, last});
    last = label;
  }
  const PrequentialView view = prequential.whole();
  CHECK(view.accuracy == doctest::Approx(0.9).epsilon(0.01));
  CHECK(view.no_change == doctest::Approx(view.accuracy));
  CHECK(view.kappa == doctest::Approx(0.8).epsilon(0.01));
  CHECK(view.kappa_temporal == doctest::Approx(0.0));
}

TEST_CASE("prequential of nothing is zero, and where there is one class only kappa is too") {
  const Prequential empty(2);
  CHECK(empty.whole().samples == 0);
  CHECK(empty.window().accuracy == 0.0);
  Prequential constant(2);
  for (int i = 0; i < 10; ++i) constant.add({0.0, true, 1, 1});
  CHECK(constant.whole().kappa == 0.0);
  CHECK(constant.whole().accuracy == 1.0);
}

TEST_CASE("prequential of a regression has losses only") {
  Prequential prequential(0);
  for (std::size_t i = 0; i < Prequential::window_size + 10; ++i) prequential.add({i < 10 ? 5.0 : 2.0});
  CHECK(prequential.window().loss == doctest::Approx(2.0));
  CHECK(prequential.window().kappa == 0.0);
  CHECK(prequential.state().window_label.empty());
}
