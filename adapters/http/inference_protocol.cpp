#include "adapters/http/inference_protocol.hpp"

#include <algorithm>
#include <vector>

#include "adapters/http/error.hpp"
#include "adapters/http/json_text.hpp"
#include "adapters/http/tensor.hpp"
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

void append_output(std::string& out, std::string_view name, const Snapshot& snapshot, const Predictions& predictions) {
  if (name == "label") {
    append_tensor_head(out, name, label_type(snapshot), predictions.count, 0);
    for (std::size_t i = 0; i < predictions.count; ++i) {
      if (i > 0) out += ',';
      if (snapshot.spec.labels == LabelKind::index) {
        append_json_number(out, predictions.label[i]);
      } else {  // BYTES has no null: before any class was seen the name is empty
        append_json_string(out, predictions.label[i] < snapshot.labels.size()
                                    ? snapshot.class_name(predictions.label[i])
                                    : std::string());
      }
    }
  } else {
    append_tensor_head(out, name, "FP32", predictions.count, predictions.outputs);
    for (std::size_t i = 0; i < predictions.values.size(); ++i) {
      if (i > 0) out += ',';
      append_json_number(out, predictions.values[i]);
    }
  }
  out += "]}";
}

}  // namespace

Response protocol_error(int status, std::string_view message) {
  std::string body = "{\"error\":";
  append_json_string(body, message);
  return json_response(body + "}\n", status);
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

Response infer(const Request& request, std::size_t max_samples, const Snapshot& snapshot) {
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

  const Predictions predictions = snapshot.predict(parsed->x);
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
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i > 0) body += ',';
    append_output(body, wanted[i], snapshot, predictions);
  }
  return json_response(body + "]}\n");
}

}  // namespace altmind::http
