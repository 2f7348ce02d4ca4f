#pragma once
// Prequential (test-then-train) accuracy and loss, with baselines that use no features.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace altmind {

/// The score of one sample, by the weights before its batch was learned.
struct Score {
  double loss = 0.0;
  bool correct = false;
  std::uint32_t label = 0;
  std::uint32_t predicted = 0;  ///< most probable class; 0 for regression
};

/// Means over a set of samples; 0 if it is empty. All but samples and loss are for classification only.
struct PrequentialView {
  std::uint64_t samples = 0;
  double accuracy = 0.0;
  double loss = 0.0;
  /// (p0 - pc) / (1 - pc): p0 the accuracy, pc the accuracy expected by chance with these class frequencies.
  /// 0 if pc = 1. Cohen 1960.
  double kappa = 0.0;
  /// (p0 - pn) / (1 - pn), pn the accuracy of no_change; below 0 if repeating the last label does better. 0 if
  /// pn = 1. Zliobaite and others 2015.
  double kappa_temporal = 0.0;
  double majority = 0.0;   ///< accuracy of predicting the most frequent class so far (lowest index on a tie)
  double no_change = 0.0;  ///< accuracy of predicting the previous sample's class
};

/// Sums over the whole stream, over exactly the last `window_size` samples, and per class. Both baselines are tested
/// before they learn, too, and count as wrong on the first sample of the stream.
/// Dawid 1984 ("prequential"); sliding window as in Gama, Sebastiao, Rodrigues 2013.
class Prequential {
 public:
  /// State that must survive a restart. window_*: a ring buffer of the last samples, whose oldest is at `head`
  /// once it is full.
  struct State {
    std::uint64_t samples = 0;
    std::uint64_t correct = 0;
    double loss = 0.0;
    std::uint64_t majority_correct = 0;
    std::uint64_t no_change_correct = 0;
    std::vector<std::uint64_t> class_samples;  ///< by true class; empty for regression
    std::vector<std::uint64_t> class_correct;
    std::vector<std::uint64_t> class_predicted;  ///< by predicted class
    std::vector<float> window_loss;
    std::vector<std::uint8_t> window_right;   ///< flags model_right | majority_right | no_change_right
    std::vector<std::uint32_t> window_label;  ///< empty for regression, as is the next
    std::vector<std::uint32_t> window_predicted;
    std::uint64_t head = 0;
  };

  static constexpr std::size_t window_size = 10'000;
  static constexpr std::uint8_t model_right = 1;
  static constexpr std::uint8_t majority_right = 2;
  static constexpr std::uint8_t no_change_right = 4;

  explicit Prequential(std::size_t classes = 0);
  explicit Prequential(State state);  ///< labels and predictions of the window must be below the number of classes

  void add(const Score& score);
  PrequentialView whole() const;   ///< O(classes)
  PrequentialView window() const;  ///< O(window_size + classes)
  const State& state() const { return state_; }

 private:
  std::uint8_t right(const Score& score) const;
  std::size_t slot();

  State state_;
  // Derived from the state:
  std::uint32_t majority_ = 0;
  std::vector<std::uint64_t> window_samples_;  // by true class
  std::vector<std::uint64_t> window_predicted_;
};

}  // namespace altmind
