#pragma once
// Test-then-train accuracy and loss.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace altmind {

/// One sample scored by the weights from before its batch.
struct Score {
  double loss = 0.0;
  bool correct = false;
  std::uint32_t label = 0;
};

/// Accuracy and mean loss over some samples; 0 while there are none.
struct PrequentialView {
  std::uint64_t samples = 0;
  double accuracy = 0.0;
  double loss = 0.0;
};

/// Sums over the whole stream, over the last `window_size` samples exactly, and per class.
/// Dawid 1984 ("prequential"); sliding window as in Gama, Sebastiao, Rodrigues 2013.
class Prequential {
 public:
  /// Everything that must survive a restart. window_*: a ring of the last samples, oldest at `head`
  /// once it is full.
  struct State {
    std::uint64_t samples = 0;
    std::uint64_t correct = 0;
    double loss = 0.0;
    std::vector<std::uint64_t> class_samples;  ///< by true class; empty for regression
    std::vector<std::uint64_t> class_correct;
    std::vector<float> window_loss;
    std::vector<std::uint8_t> window_correct;
    std::uint64_t head = 0;
  };

  static constexpr std::size_t window_size = 10'000;

  explicit Prequential(std::size_t classes = 0);
  explicit Prequential(State state) : state_(std::move(state)) {}

  void add(const Score& score);
  PrequentialView whole() const;
  PrequentialView window() const;  ///< O(window_size)
  const State& state() const { return state_; }

 private:
  State state_;
};

}  // namespace altmind
