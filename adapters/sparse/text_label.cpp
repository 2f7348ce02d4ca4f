#include "adapters/sparse/text_label.hpp"

#include <cmath>
#include <cstdint>
#include <string>

#include "adapters/ingest/decimal.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/quote.hpp"

namespace altmind {

std::optional<Rejection> take_text_label(const SampleSpec& spec, std::string_view text, Samples& into) {
  if (text.empty()) return Rejection{Reason::label_missing, "label: is missing"};
  if (spec.task == Task::classification && spec.labels == LabelKind::named) {
    if (text.size() > 1 && text.front() == '+') text.remove_prefix(1);
    if (text.size() <= max_name_bytes) {
      into.name.emplace_back(text);
      return std::nullopt;
    }
    return Rejection{Reason::label_out_of_range, "label: must have 1 to " + std::to_string(max_name_bytes) +
                                                     " bytes, got " + std::to_string(text.size())};
  }
  double value = 0.0;
  const NumberRead read = read_number(text, value);
  if (spec.task == Task::regression) {
    float target = 0.0F;
    if (read == NumberRead::nothing) {
      return Rejection{Reason::not_a_number, "label: must be a number, got " + quote(text)};
    }
    if (read == NumberRead::overflow || !to_float(value, target)) {
      return Rejection{Reason::not_finite, "label: " + quote(text) + " is not a finite float32"};
    }
    into.target.push_back(target);
    return std::nullopt;
  }
  if (read == NumberRead::number && value >= 0.0 && std::floor(value) == value &&
      value < static_cast<double>(spec.outputs)) {
    into.label.push_back(static_cast<std::uint32_t>(value));
    return std::nullopt;
  }
  return Rejection{Reason::label_out_of_range, "label: must be an integer from 0 to " +
                                                   std::to_string(spec.outputs - 1) + " (or labels = \"named\"), got " +
                                                   quote(text)};
}

}  // namespace altmind
