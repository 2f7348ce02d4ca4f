#include "adapters/http/routes/inference_protocol.hpp"

#include <algorithm>
#include <vector>

#include "adapters/http/error.hpp"
#include "adapters/http/json_text.hpp"
#include "adapters/http/routes/records.hpp"
#include "adapters/http/routes/tensor.hpp"
#include "adapters/http/text.hpp"

namespace altmind::http {
namespace {

bool regression(const Snapshot& snapshot) {
  return snapshot.spec.task == Task::regression;
}

std::string_view label_type(const Snapshot& snapshot) {
  return snapshot.spec.labels == LabelKind::named ? "BYTES" : "INT64";
}

void append_head(std::string& out, const Snapshot& snapshot, std::string_view name_key) {
  out.append("{\"").append(name_key).append("\":");
  append_json_string(out, snapshot.name);
}

void append_tensor_head(std::string& out, std::string_view name, std::string_view type, std::size_t rows,
                        std::size_t columns) {
  out.append("{\"name\":\"").append(name).append("\",\"datatype\":\"").append(type).append("\",\"shape\":[");
  append_json_number(out, rows);
  if (columns > 0) {
    out += ',';
    append_json_number(out, columns);
  }
  out += "],\"data\":[";
}

void append_separated(std::string& data, const std::string& value) {
  if (!data.empty()) data += ',';
  data += value;
}

/// Appends the numbers of a block to the tensor's data.
void append_numbers(std::string& data, const Predictions& block, std::size_t most) {
  for (std::size_t i = 0; i < block.values.size() && data.size() <= most; ++i) {
    if (!data.empty()) data += ',';
    append_json_number(data, block.values[i]);
  }
}

void append_labels(std::string& data, const Predictions& block, const Snapshot& snapshot) {
  for (const std::uint32_t label : block.label) {
    std::string text;
    if (snapshot.spec.labels == LabelKind::index) {
      append_json_number(text, label);
    } else {  // BYTES has no null: before any class was seen the name is empty
      append_json_string(text, label < snapshot.labels.size() ? snapshot.class_name(label) : std::string());
    }
    append_separated(data, text);
  }
}

}  // namespace

Response protocol_error(int status, std::string_view message) {
  std::string body = "{\"error\":";
  append_json_string(body, message);
  return json_response(body + "}\n", status);
}

Response overloaded() {
  Response response = protocol_error(503, "too many requests at once");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response server_metadata() {
  return json_response("{\"name\":\"altmind\",\"version\":\"" ALTMIND_VERSION "\",\"extensions\":[]}\n");
}

Response server_live() {
  return json_response("{\"live\":true}\n");
}

Response server_ready(bool ready) {
  return json_response(ready ? "{\"ready\":true}\n" : "{\"ready\":false}\n", ready ? 200 : 503);
}

Response model_ready(const Snapshot& snapshot, bool ready) {
  std::string body;
  append_head(body, snapshot, "name");
  body += ready ? ",\"ready\":true}\n" : ",\"ready\":false}\n";
  return json_response(std::move(body), ready ? 200 : 503);
}

Response model_metadata(const Snapshot& snapshot) {
  std::string body;
  append_head(body, snapshot, "name");
  body.append(",\"versions\":[\"").append(model_version).append("\"],\"platform\":\"altmind\",");
  body += "\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[-1,";
  append_json_number(body, snapshot.spec.inputs);
  body += "]}],\"outputs\":[{\"name\":";
  body += regression(snapshot) ? "\"values\"" : "\"probabilities\"";
  body += ",\"datatype\":\"FP32\",\"shape\":[-1,";
  append_json_number(body, snapshot.spec.outputs);
  body += "]}";
  if (!regression(snapshot))
    body.append(",{\"name\":\"label\",\"datatype\":\"").append(label_type(snapshot)).append("\",\"shape\":[-1]}");
  return json_response(body + "]}\n");
}

Response infer(const Request& request, std::size_t max_samples, const AnswerLimits& limits, const Snapshot& snapshot) {
  const auto kind = body_kind(request);
  if (kind.has_error() || *kind != BodyKind::json)
    return protocol_error(415, "Content-Type: application/json in UTF-8, without a Content-Encoding");
  if (request.headers.count("inference-header-content-length") > 0)
    return protocol_error(400, "the binary data extension is not supported");
  const auto& columns = snapshot.spec.columns;
  if (std::any_of(columns.begin(), columns.end(), [](const Column& c) { return c.type == ColumnType::categorical; }))
    return protocol_error(
        400, "the model has categorical columns, which have no place in a tensor; POST /v1/predict takes them");
  const auto parsed = read_inference(request.body, snapshot.spec.inputs, max_samples);
  if (parsed.has_error()) return protocol_error(400, parsed.error());

  const std::vector<std::string_view> known = regression(snapshot)
                                                  ? std::vector<std::string_view>{"values"}
                                                  : std::vector<std::string_view>{"probabilities", "label"};
  std::vector<std::string_view> wanted(parsed->outputs.begin(), parsed->outputs.end());
  for (const std::string_view name : wanted)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return protocol_error(400, with_value("outputs: the model has no output named ", name));
  if (wanted.empty()) wanted = known;
  const auto times = [&](std::string_view name) {
    return static_cast<std::size_t>(std::count(wanted.begin(), wanted.end(), name));
  };
  const std::size_t label_times = times("label");
  const std::size_t number_times = wanted.size() - label_times;

  const auto claim = limits.budget ? std::make_shared<AnswerClaim>(limits.budget) : nullptr;
  std::string numbers;
  std::string labels;
  const auto append = [&](const Predictions& block, std::size_t) {
    if (number_times > 0) append_numbers(numbers, block, limits.most);
    if (label_times > 0) append_labels(labels, block, snapshot);
    return numbers.size() * number_times + labels.size() * label_times;
  };
  const BlocksOutcome outcome =
      predict_blocks(snapshot, Values(parsed->x, parsed->residuals), limits.most, claim.get(), append);
  if (!outcome.not_finite.empty())
    return protocol_error(
        400, "inputs[0].data: the model has no finite answer for row " + std::to_string(outcome.not_finite.front()));
  if (outcome.kind == BlocksOutcome::Kind::too_large)
    return protocol_error(413, answer_too_large(limits.most, "send fewer rows at once, or ask for `label` alone"));
  if (outcome.kind == BlocksOutcome::Kind::overloaded) return overloaded();

  std::string body;
  append_head(body, snapshot, "model_name");
  body.append(",\"model_version\":\"").append(model_version).append("\"");
  if (parsed->id) {
    body += ",\"id\":";
    append_json_string(body, *parsed->id);
  }
  body += ",\"parameters\":{\"step\":";
  append_json_number(body, snapshot.step);
  body += "},\"outputs\":[";
  const std::size_t rows = parsed->x.size() / snapshot.spec.inputs;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool label = wanted[i] == "label";
    if (i > 0) body += ',';
    append_tensor_head(body, wanted[i], label ? label_type(snapshot) : "FP32", rows, label ? 0 : snapshot.spec.outputs);
    body.append(label ? labels : numbers).append("]}");
  }
  Response response = json_response(body + "]}\n");
  response.claim = claim;
  return response;
}

bool infers_quickly(const Request& request, const Snapshot& snapshot) {
  if (request.body.size() > quick_body) return false;
  constexpr std::size_t bytes_of_number = 4;  // usual minimum, with its comma; only single digits are shorter
  const std::size_t rows = request.body.size() / (bytes_of_number * snapshot.spec.inputs) + 1;
  return rows * work_of_sample(snapshot, snapshot.spec.outputs) <= 2 * quick_work;
}

}  // namespace altmind::http
