#include "core/prequential.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace altmind;

TEST_CASE("prequential window is the last window_size samples exactly") {
  Prequential prequential(3);
  std::deque<Score> last;
  std::uint64_t correct = 0;
  double loss = 0.0;
  const std::size_t n = Prequential::window_size + 1234;
  for (std::size_t i = 0; i < n; ++i) {
    const Score score{static_cast<double>(i % 17) * 0.25, i % 3 == 0 && i % 5 != 0, static_cast<std::uint32_t>(i % 3)};
    prequential.add(score);
    correct += score.correct ? 1 : 0;
    loss += score.loss;
    last.push_back(score);
    if (last.size() > Prequential::window_size) last.pop_front();
  }
  std::uint64_t window_correct = 0;
  double window_loss = 0.0;
  for (const Score& score : last) {
    window_correct += score.correct ? 1 : 0;
    window_loss += score.loss;
  }
  CHECK(prequential.whole().samples == n);
  CHECK(prequential.whole().accuracy == doctest::Approx(static_cast<double>(correct) / static_cast<double>(n)));
  CHECK(prequential.whole().loss == doctest::Approx(loss / static_cast<double>(n)));
  CHECK(prequential.window().samples == Prequential::window_size);
  CHECK(prequential.window().accuracy ==
        doctest::Approx(static_cast<double>(window_correct) / static_cast<double>(last.size())));
  CHECK(prequential.window().loss == doctest::Approx(window_loss / static_cast<double>(last.size())));
  CHECK(prequential.state().class_correct[1] == 0);
  CHECK(prequential.state().class_correct[2] == 0);
}

TEST_CASE("prequential of nothing is zero") {
  const Prequential prequential(2);
  CHECK(prequential.whole().samples == 0);
  CHECK(prequential.window().accuracy == 0.0);
}
