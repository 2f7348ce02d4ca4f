#pragma once
// Predicts the samples of a request in blocks, so that memory does not grow with their number and answers stay bounded.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/http/answer_budget.hpp"
#include "adapters/http/message.hpp"
#include "core/serve/snapshot.hpp"

namespace altmind::http {

/// Limits on the size of answers.
struct AnswerLimits {
  std::size_t most = 32 << 20;           ///< bytes of one answer
  std::shared_ptr<AnswerBudget> budget;  ///< shared by all answers; null: not counted
};

/// Returns the multiply-adds that one sample costs, including writing `shown` numbers.
std::size_t work_of_sample(const Snapshot& snapshot, std::size_t shown);

/// Work that is done in about a millisecond.
inline constexpr std::size_t quick_work = 4'000'000;
/// Size of a body that is read in a fraction of that.
inline constexpr std::size_t quick_body = 64 << 10;

/// The result of predict_blocks.
struct BlocksOutcome {
  enum class Kind { done, too_large, overloaded } kind = Kind::done;
  std::vector<std::size_t> not_finite;  ///< samples that the model has no finite answer for
};

/// Predicts the samples of x block by block. `append` writes the predictions of the block that begins at sample `first`
/// and returns the memory that the answer takes so far; `claim` (if any) grows accordingly.
BlocksOutcome predict_blocks(const Snapshot& snapshot, Values x, std::size_t most, AnswerClaim* claim,
                             const std::function<std::size_t(const Predictions& block, std::size_t first)>& append);

/// Returns the message for an answer beyond `most` bytes. advice: what to ask for less of.
std::string answer_too_large(std::size_t most, std::string_view advice);

}  // namespace altmind::http
