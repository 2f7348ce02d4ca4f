#pragma once
// Predictions of a request in blocks: memory that does not grow with the number of samples, answers within a bound.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/http/answer_budget.hpp"
#include "adapters/http/message.hpp"
#include "core/serve/snapshot.hpp"

namespace altmind::http {

/// How large answers may be.
struct AnswerLimits {
  std::size_t most = 32 << 20;           ///< bytes of one answer
  std::shared_ptr<AnswerBudget> budget;  ///< of all of them together; null: not counted
};

/// Multiply-adds that one sample costs, the writing of `shown` numbers included.
std::size_t work_of_sample(const Snapshot& snapshot, std::size_t shown);

/// Work that is done in about a millisecond.
inline constexpr std::size_t quick_work = 4'000'000;
/// Bodies that are read in a fraction of that.
inline constexpr std::size_t quick_body = 64 << 10;

/// What came of an attempt to answer all samples.
struct BlocksOutcome {
  enum class Kind { done, too_large, overloaded } kind = Kind::done;
  std::vector<std::size_t> not_finite;  ///< samples that the model has no finite answer for
};

/// Predicts the samples of x block by block. `append` writes what was predicted of the block that begins at sample
/// `first` and returns how much memory the answer takes by now; `claim` (if any) grows with that.
BlocksOutcome predict_blocks(const Snapshot& snapshot, Values x, std::size_t most, AnswerClaim* claim,
                             const std::function<std::size_t(const Predictions& block, std::size_t first)>& append);

/// The sentence for an answer beyond `most` bytes. advice: what to ask for less of.
std::string answer_too_large(std::size_t most, std::string_view advice);

}  // namespace altmind::http
