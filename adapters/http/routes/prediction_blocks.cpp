#include "adapters/http/routes/prediction_blocks.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace altmind::http {

std::size_t work_of_sample(const Snapshot& snapshot, std::size_t shown) {
  constexpr std::size_t writing = 100;  // cost of one number as text, in multiply-adds
  return std::min(shown, snapshot.spec.outputs) * writing + snapshot.multiplications;
}

BlocksOutcome predict_blocks(const Snapshot& snapshot, Values x, std::size_t most, AnswerClaim* claim,
                             const std::function<std::size_t(const Predictions& block, std::size_t first)>& append) {
  using Kind = BlocksOutcome::Kind;
  BlocksOutcome outcome;
  const std::size_t inputs = snapshot.spec.inputs;
  const std::size_t count = x.size() / inputs;
  const std::size_t rows = snapshot.block_samples();
  for (std::size_t first = 0; first < count; first += rows) {
    const std::size_t size = std::min(rows, count - first);
    const Predictions block = snapshot.predict(x.part(first * inputs, size * inputs));
    for (std::size_t i = 0; i < size; ++i) {
      const auto values = std::span(block.values).subspan(i * block.outputs, block.outputs);
      if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
        outcome.not_finite.push_back(first + i);
    }
    if (!outcome.not_finite.empty()) continue;  // there will be no answer: only collect the other faults
    const std::size_t bytes = append(block, first);
    if (bytes > most) outcome.kind = Kind::too_large;
    if (bytes <= most && claim != nullptr && !claim->grow_to(bytes)) outcome.kind = Kind::overloaded;
    if (outcome.kind != Kind::done) return outcome;
  }
  return outcome;
}

std::string answer_too_large(std::size_t most, std::string_view advice) {
  return "the answer would be longer than the " + std::to_string(most) +
         " bytes of http.max_answer: " + std::string(advice);
}

}  // namespace altmind::http
