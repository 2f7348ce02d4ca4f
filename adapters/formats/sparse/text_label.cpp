#include "adapters/formats/sparse/text_label.hpp"

#include <cmath>
#include <cstdint>
#include <string>

#include "adapters/ingest/decimal.hpp"
#include "adapters/ingest/number_text.hpp"
#include "adapters/ingest/quote.hpp"

namespace altmind::formats {

std::optional<ingest::Rejection> take_text_label(const SampleSpec& spec, std::string_view text, Samples& into) {
  if (ingest::means_no_label(text)) {
    return ingest::Rejection{
        ingest::Reason::label_missing,
        text.empty() ? "label: is missing" : "label: " + ingest::quote(text) + " says that it is missing"};
  }
  if (spec.task == Task::classification && spec.labels == LabelKind::named) {
    if (text.size() > 1 && text.front() == '+') text.remove_prefix(1);
    std::string scratch;
    text = ingest::class_name(text, scratch);
    if (text.size() <= ingest::max_name_bytes) {
      into.name.emplace_back(text);
      return std::nullopt;
    }
    return ingest::Rejection{ingest::Reason::label_out_of_range, "label: must have 1 to " +
                                                                     std::to_string(ingest::max_name_bytes) +
                                                                     " bytes, got " + std::to_string(text.size())};
  }
  double value = 0.0;
  const ingest::NumberRead read = ingest::read_number(text, value);
  if (spec.task == Task::regression) {
    float target = 0.0F;
    if (read == ingest::NumberRead::nothing) {
      return ingest::Rejection{ingest::Reason::not_a_number, "label: must be a number, got " + ingest::quote(text)};
    }
    if (read == ingest::NumberRead::overflow || !ingest::to_float(value, target)) {
      return ingest::Rejection{ingest::Reason::not_finite,
                               "label: " + ingest::quote(text) + " is not a finite float32"};
    }
    into.target_residual.add(into.target.size(), ingest::residual_of(value, target, text));
    into.target.push_back(target);
    return std::nullopt;
  }
  if (read == ingest::NumberRead::number && value >= 0.0 && std::floor(value) == value &&
      value < static_cast<double>(spec.outputs)) {
    into.label.push_back(static_cast<std::uint32_t>(value));
    return std::nullopt;
  }
  return ingest::Rejection{ingest::Reason::label_out_of_range,
                           "label: must be an integer from 0 to " + std::to_string(spec.outputs - 1) +
                               " (or labels = \"named\"), got " + ingest::quote(text)};
}

}  // namespace altmind::formats
