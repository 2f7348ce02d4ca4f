#include "adapters/formats/json/label.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

#include "adapters/ingest/decimal.hpp"
#include "adapters/ingest/quote.hpp"

namespace altmind::formats {

namespace {

std::string written(const WrittenLabel& label) {
  switch (label.kind) {
    case WrittenLabel::Kind::string:
      return "the string " + ingest::quote(label.text);
    case WrittenLabel::Kind::list:
      return "a list";
    case WrittenLabel::Kind::object:
      return "an object";
    default:
      return std::string(ingest::shorten(label.text));
  }
}

std::optional<ingest::Rejection> take_index(const SampleSpec& spec, const WrittenLabel& label, Samples& into) {
  std::uint32_t index = 0;
  const char* const end = label.text.data() + label.text.size();
  if (label.kind == WrittenLabel::Kind::number) {
    const auto [stop, error] = std::from_chars(label.text.data(), end, index);
    if (error == std::errc() && stop == end && index < spec.outputs) {
      into.label.push_back(index);
      return std::nullopt;
    }
  }
  return ingest::Rejection{
      ingest::Reason::label_out_of_range,
      "label: must be an integer from 0 to " + std::to_string(spec.outputs - 1) + ", got " + written(label)};
}

std::optional<ingest::Rejection> take_name(const WrittenLabel& label, Samples& into) {
  const bool right_kind = label.kind == WrittenLabel::Kind::number || label.kind == WrittenLabel::Kind::string;
  if (right_kind && !label.text.empty() && label.text.size() <= ingest::max_name_bytes) {
    into.name.emplace_back(label.text);
    return std::nullopt;
  }
  return ingest::Rejection{ingest::Reason::label_out_of_range, "label: must be a number or a string of 1 to " +
                                                                   std::to_string(ingest::max_name_bytes) +
                                                                   " bytes, got " + written(label)};
}

std::optional<ingest::Rejection> take_target(const SampleSpec& spec, const WrittenLabel& label, Samples& into) {
  const std::string wanted = spec.outputs == 1 ? "a number" : "a list of " + std::to_string(spec.outputs) + " numbers";
  if (label.kind == WrittenLabel::Kind::number) {
    float value = 0.0F;
    if (!ingest::to_float(label.number, value)) {
      return ingest::Rejection{ingest::Reason::not_finite,
                               "label: " + written(label) + " is beyond the range of float32"};
    }
    if (spec.outputs == 1) {
      into.target_residual.add(into.target.size(), ingest::residual_of(label.number, value, label.text));
      into.target.push_back(value);
      return std::nullopt;
    }
    return ingest::Rejection{ingest::Reason::wrong_dimension,
                             "label: expected " + std::to_string(spec.outputs) + " numbers, got 1"};
  }
  if (label.kind == WrittenLabel::Kind::list) {
    if (label.values.size() == spec.outputs) {
      into.target_residual.append(label.residuals, 0, label.values.size(), into.target.size());
      into.target.insert(into.target.end(), label.values.begin(), label.values.end());
      return std::nullopt;
    }
    return ingest::Rejection{
        ingest::Reason::wrong_dimension,
        "label: expected " + std::to_string(spec.outputs) + " numbers, got " + std::to_string(label.values.size())};
  }
  return ingest::Rejection{ingest::Reason::not_a_number, "label: must be " + wanted + ", got " + written(label)};
}

}  // namespace

std::optional<ingest::Rejection> take_label(const SampleSpec& spec, const WrittenLabel& label, Samples& into) {
  if (label.kind == WrittenLabel::Kind::missing)
    return ingest::Rejection{ingest::Reason::label_missing, "label: is missing"};
  if (label.kind == WrittenLabel::Kind::null) return ingest::Rejection{ingest::Reason::label_missing, "label: is null"};
  if (spec.task == Task::regression) return take_target(spec, label, into);
  return spec.labels == LabelKind::index ? take_index(spec, label, into) : take_name(label, into);
}

}  // namespace altmind::formats
