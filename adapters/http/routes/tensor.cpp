#include "adapters/http/routes/tensor.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "adapters/http/text.hpp"

namespace altmind::http {
namespace {

namespace dom = simdjson::dom;
using Wrong = std::optional<std::string>;  // an error message, if any

/// A numeric datatype of the protocol. For integers, the range as doubles: exact except for the 64-bit types, whose
/// values end up as float32 anyway.
struct NumberType {
  std::string_view name;
  bool whole;
  double least;
  double most;
};
constexpr double any = std::numeric_limits<double>::max();
constexpr std::array<NumberType, 10> number_types = {{{"FP32", false, -any, any},
                                                      {"FP64", false, -any, any},
                                                      {"INT8", true, -128.0, 127.0},
                                                      {"INT16", true, -32768.0, 32767.0},
                                                      {"INT32", true, -2147483648.0, 2147483647.0},
                                                      {"INT64", true, -9223372036854775808.0, 9223372036854775807.0},
                                                      {"UINT8", true, 0.0, 255.0},
                                                      {"UINT16", true, 0.0, 65535.0},
                                                      {"UINT32", true, 0.0, 4294967295.0},
                                                      {"UINT64", true, 0.0, 18446744073709551615.0}}};

const NumberType* find_type(std::string_view name) {
  for (const NumberType& type : number_types)
    if (type.name == name) return &type;
  return nullptr;
}

std::string count(std::size_t number) {
  return std::to_string(number);
}

/// Returns the text with a fraction appended to every whole number that may exceed 64 bits, so that simdjson reads it
/// as a double: JavaScript writes 1e20 as 100000000000000000000.
std::string with_fractions(std::string_view json) {
  constexpr std::size_t digits = 18;  // always fit
  std::string out;
  bool in_string = false;
  for (std::size_t at = 0; at < json.size();) {
    std::size_t end = at + 1;
    bool long_number = false;
    if (in_string) {
      in_string = json[at] != '"';
      if (json[at] == '\\') ++end;
    } else if (json[at] == '-' || is_digit(json[at])) {
      end = std::min(json.find_first_not_of("+-.0123456789Ee", at), json.size());
      const std::string_view number = json.substr(at, end - at);
      long_number = number.size() > digits && std::all_of(number.begin() + 1, number.end(), is_digit);
    } else {
      in_string = json[at] == '"';
    }
    out.append(json.substr(at, end - at)).append(long_number ? ".0" : "");
    at = end;
  }
  return out;
}

Wrong append_number(const dom::element& element, const NumberType& type, InferenceRequest& to) {
  double value = 0.0;
  if (element.get(value) != simdjson::SUCCESS)
    return "inputs[0].data: value " + count(to.x.size()) + " is not a number";
  const auto rounded = static_cast<float>(value);
  if (!std::isfinite(rounded)) return "inputs[0].data: value " + count(to.x.size()) + " does not fit in float32";
  if (type.whole && (value != std::floor(value) || value < type.least || value > type.most))
    return "inputs[0].data: value " + count(to.x.size()) + " is not of type " + std::string(type.name);
  if (type.name != "FP32") to.residuals.add(to.x.size(), static_cast<float>(value - static_cast<double>(rounded)));
  to.x.push_back(rounded);
  return std::nullopt;
}

/// Appends data nested as deep as the shape has dimensions, each list as long as its dimension.
Wrong append_nested(const dom::array& list, std::span<const std::size_t> shape, const NumberType& type,
                    InferenceRequest& to) {
  std::size_t length = 0;
  for (const dom::element element : list) {
    if (++length > shape[0]) break;
    dom::array inner;
    Wrong wrong;
    if (shape.size() == 1) {
      wrong = append_number(element, type, to);
    } else if (element.get(inner) == simdjson::SUCCESS) {
      wrong = append_nested(inner, shape.subspan(1), type, to);
    } else {
      wrong = std::string("inputs[0].data: expected a list of numbers in each row");
    }
    if (wrong) return wrong;
  }
  if (length == shape[0]) return std::nullopt;
  return "inputs[0].data: a list is not as long as its dimension in shape, " + count(shape[0]);
}

Wrong read_data(const dom::array& data, std::span<const std::size_t> shape, const NumberType& type,
                InferenceRequest& to) {
  std::size_t expected = 1;
  for (const std::size_t length : shape) expected *= length;
  dom::array inner;
  const bool nested = data.begin() != data.end() && (*data.begin()).get(inner) == simdjson::SUCCESS;
  if (nested) return append_nested(data, shape, type, to);
  to.x.reserve(expected);
  for (const dom::element element : data) {
    if (to.x.size() == expected) return "inputs[0].data: more than the " + count(expected) + " numbers of its shape";
    if (Wrong wrong = append_number(element, type, to)) return wrong;
  }
  if (to.x.size() == expected) return std::nullopt;
  return "inputs[0].data: expected " + count(expected) + " numbers as shape says, got " + count(to.x.size());
}

/// Reads (n, d) or (d), with 1 <= n <= max_samples.
Wrong read_shape(const dom::array& list, std::size_t inputs, std::size_t max_samples, std::vector<std::size_t>& shape) {
  for (const dom::element element : list) {
    std::uint64_t length = 0;
    if (element.get(length) != simdjson::SUCCESS || shape.size() == 2)
      return "inputs[0].shape: expected [n, " + count(inputs) + "] or [" + count(inputs) + "]";
    shape.push_back(static_cast<std::size_t>(length));
  }
  if (shape.empty() || shape.back() != inputs)
    return "inputs[0].shape: expected [n, " + count(inputs) + "] or [" + count(inputs) + "]";
  if (shape.size() == 2 && (shape[0] == 0 || shape[0] > max_samples))
    return "inputs[0].shape: n must be 1 to " + count(max_samples) + ", got " + count(shape[0]);
  return std::nullopt;
}

Wrong read_input(const dom::object& input, std::size_t inputs, std::size_t max_samples, InferenceRequest& to) {
  std::string_view name;
  if (input["name"].get(name) != simdjson::SUCCESS || name != "input") return "inputs[0].name: expected \"input\"";
  std::string_view datatype;
  if (input["datatype"].get(datatype) != simdjson::SUCCESS) return "inputs[0].datatype: it is missing";
  const NumberType* type = find_type(datatype);
  if (type == nullptr)
    return with_value("inputs[0].datatype: expected FP32, FP64, INT8 to INT64 or UINT8 to UINT64, got ", datatype);
  dom::array dimensions;
  if (input["shape"].get(dimensions) != simdjson::SUCCESS) return "inputs[0].shape: expected a list of integers";
  std::vector<std::size_t> shape;
  if (Wrong wrong = read_shape(dimensions, inputs, max_samples, shape)) return wrong;
  dom::array data;
  if (input["data"].get(data) != simdjson::SUCCESS) return "inputs[0].data: expected a list";
  return read_data(data, shape, *type, to);
}

Wrong read_outputs(const dom::element& member, std::vector<std::string>& names) {
  dom::array list;
  if (member.get(list) != simdjson::SUCCESS) return "outputs: expected a list";
  for (const dom::element element : list) {
    std::string_view name;
    if (element["name"].get(name) != simdjson::SUCCESS) return "outputs: each must be an object with a name";
    if (names.size() == 16) return "outputs: at most 16";
    names.emplace_back(name);
  }
  return std::nullopt;
}

}  // namespace

boost::system::result<InferenceRequest, std::string> read_inference(std::string_view body, std::size_t inputs,
                                                                    std::size_t max_samples) {
  using Result = boost::system::result<InferenceRequest, std::string>;
  const auto wrong = [](std::string sentence) { return Result(boost::system::in_place_error, std::move(sentence)); };
  dom::parser parser;
  dom::element document;
  simdjson::error_code error = parser.parse(body.data(), body.size()).get(document);
  if (error == simdjson::NUMBER_ERROR) {
    const std::string again = with_fractions(body);
    error = parser.parse(again).get(document);
  }
  if (error != simdjson::SUCCESS) return wrong(std::string("body: ").append(simdjson::error_message(error)));
  dom::object root;
  if (document.get(root) != simdjson::SUCCESS) return wrong("body: expected an object");

  InferenceRequest request;
  if (dom::element id; root["id"].get(id) == simdjson::SUCCESS) {
    std::string_view text;
    if (id.get(text) != simdjson::SUCCESS) return wrong("id: expected a string");
    request.id = text;
  }
  if (dom::element outputs; root["outputs"].get(outputs) == simdjson::SUCCESS)
    if (Wrong sentence = read_outputs(outputs, request.outputs)) return wrong(std::move(*sentence));
  dom::array tensors;
  if (root["inputs"].get(tensors) != simdjson::SUCCESS) return wrong("inputs: expected a list of one tensor");
  if (tensors.size() != 1) return wrong("inputs: expected one tensor named \"input\", got " + count(tensors.size()));
  dom::object input;
  if ((*tensors.begin()).get(input) != simdjson::SUCCESS) return wrong("inputs[0]: expected an object");
  if (Wrong sentence = read_input(input, inputs, max_samples, request)) return wrong(std::move(*sentence));
  return request;
}

}  // namespace altmind::http
