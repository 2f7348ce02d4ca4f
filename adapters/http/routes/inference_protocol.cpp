#include "adapters/http/routes/inference_protocol.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "adapters/http/error.hpp"
#include "adapters/http/json_writer.hpp"
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

/// Begins a tensor, up to its shape. rows: -1 for any number; columns: 0 if it has one dimension.
JsonWriter& begin_tensor(JsonWriter& json, std::string_view name, std::string_view type, std::int64_t rows,
                         std::size_t columns) {
  json.begin_object().key("name").string(name).key("datatype").string(type);
  json.key("shape").begin_array().number(rows);
  if (columns > 0) json.number(columns);
  return json.end_array();
}

/// Writes the numbers of a block until `data`, where they go, has more than `most` bytes.
void write_numbers(JsonWriter& json, const std::string& data, const Predictions& block, std::size_t most) {
  for (std::size_t i = 0; i < block.values.size() && data.size() <= most; ++i) json.number(block.values[i]);
}

void write_labels(JsonWriter& json, const Predictions& block, const Snapshot& snapshot) {
  for (const std::uint32_t label : block.label) {
    if (snapshot.spec.labels == LabelKind::index) {
      json.number(label);
    } else {  // BYTES has no null: before any class was seen the name is empty
      json.string(label < snapshot.labels.size() ? snapshot.class_name(label) : std::string());
    }
  }
}

}  // namespace

Response protocol_error(int status, std::string_view message) {
  return object_response([&](JsonWriter& json) { json.key("error").string(message); }, status);
}

Response overloaded() {
  Response response = protocol_error(503, "too many requests at once");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response server_metadata() {
  return object_response([](JsonWriter& json) {
    json.key("name").string("altmind").key("version").string(ALTMIND_VERSION).key("extensions").begin_array();
    json.end_array();
  });
}

Response server_live() {
  return object_response([](JsonWriter& json) { json.key("live").boolean(true); });
}

Response server_ready(bool ready) {
  return object_response([&](JsonWriter& json) { json.key("ready").boolean(ready); }, ready ? 200 : 503);
}

Response model_ready(const Snapshot& snapshot, bool ready) {
  return object_response([&](JsonWriter& json) { json.key("name").string(snapshot.name).key("ready").boolean(ready); },
                         ready ? 200 : 503);
}

Response model_metadata(const Snapshot& snapshot) {
  return object_response([&](JsonWriter& json) {
    json.key("name").string(snapshot.name).key("versions").begin_array().string(model_version).end_array();
    json.key("platform").string("altmind").key("inputs").begin_array();
    begin_tensor(json, "input", "FP32", -1, snapshot.spec.inputs).end_object();
    json.end_array().key("outputs").begin_array();
    begin_tensor(json, regression(snapshot) ? "values" : "probabilities", "FP32", -1, snapshot.spec.outputs)
        .end_object();
    if (!regression(snapshot)) begin_tensor(json, "label", label_type(snapshot), -1, 0).end_object();
    json.end_array();
  });
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
  JsonWriter numbers_json(numbers);
  JsonWriter labels_json(labels);
  const auto append = [&](const Predictions& block, std::size_t) {
    if (number_times > 0) write_numbers(numbers_json, numbers, block, limits.most);
    if (label_times > 0) write_labels(labels_json, block, snapshot);
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

  const auto rows = static_cast<std::int64_t>(parsed->x.size() / snapshot.spec.inputs);
  Response response = object_response([&](JsonWriter& json) {
    json.key("model_name").string(snapshot.name).key("model_version").string(model_version);
    if (parsed->id) json.key("id").string(*parsed->id);
    json.key("parameters").begin_object().key("step").number(snapshot.step).end_object();
    json.key("outputs").begin_array();
    for (const std::string_view name : wanted) {
      const bool label = name == "label";
      begin_tensor(json, name, label ? label_type(snapshot) : "FP32", rows, label ? 0 : snapshot.spec.outputs);
      json.key("data").begin_array().raw(label ? labels : numbers).end_array().end_object();
    }
    json.end_array();
  });
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
