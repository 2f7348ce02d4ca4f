#include "adapters/http/predict_route.hpp"

#include <span>
#include <string>
#include <vector>

#include "adapters/http/error.hpp"
#include "adapters/http/json_text.hpp"
#include "adapters/http/records.hpp"
#include "adapters/http/rejections.hpp"

namespace altmind::http {
namespace {

/// Appends what the model says of one sample. keys: the class names as JSON, of the classes that exist.
void append_prediction(std::string& out, const Snapshot& snapshot, std::span<const float> values, std::uint32_t label,
                       const std::vector<std::string>& keys) {
  if (snapshot.spec.task == Task::regression) {
    out += values.size() == 1 ? ",\"value\":" : ",\"values\":[";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ',';
      append_json_number(out, values[i]);
    }
    if (values.size() != 1) out += ']';
    return;
  }
  out += ",\"label\":";
  if (label >= keys.size()) {
    out += "null";  // named labels, and no class has been seen yet
  } else if (snapshot.spec.labels == LabelKind::named) {
    out += keys[label];
  } else {
    append_json_number(out, label);
  }
  out += ",\"probabilities\":{";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) out += ',';
    out.append(keys[i]).append(1, ':');
    append_json_number(out, values[i]);
  }
  out += '}';
}

/// Classes that exist: all for labels by index, those seen so far for labels by name.
std::vector<std::string> class_keys(const Snapshot& snapshot) {
  const bool named = snapshot.spec.labels == LabelKind::named;
  std::vector<std::string> keys(named ? snapshot.labels.size() : snapshot.spec.outputs);
  for (std::size_t i = 0; i < keys.size(); ++i)
    append_json_string(keys[i], snapshot.class_name(static_cast<std::uint32_t>(i)));
  return keys;
}

}  // namespace

Response predict(const Request& request, std::size_t max_samples, const Services& services,
                 formats::SampleParser& parser) {
  const auto kind = body_kind(request);
  if (kind.has_error()) return kind.error();
  const auto records = split_records(request.body, *kind, max_samples);
  if (records.has_error()) return records.error();

  Samples samples;
  std::vector<std::string> ids(records->size());
  std::vector<ingest::Refused> refused;
  for (std::size_t i = 0; i < records->size(); ++i)
    if (std::optional<ingest::Rejection> rejection = parser.parse_features((*records)[i], samples, &ids[i]))
      refused.push_back({i, std::move(*rejection)});
  if (!refused.empty()) return all_rejected("nothing was predicted", refused, refused.size());

  const std::shared_ptr<const Snapshot> snapshot = services.snapshots.load();
  const Predictions predictions = snapshot->predict(samples);
  const std::vector<std::string> keys = class_keys(*snapshot);
  std::string body = "{\"predictions\":[";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    body += i == 0 ? "{\"id\":" : ",{\"id\":";
    if (ids[i].empty()) append_json_string(ids[i], services.prediction_id());
    body += ids[i];
    const std::span<const float> values =
        std::span(predictions.values).subspan(i * predictions.outputs, predictions.outputs);
    append_prediction(body, *snapshot, values, predictions.label.empty() ? 0 : predictions.label[i], keys);
    body += '}';
  }
  body += "],\"model\":{\"name\":";
  append_json_string(body, snapshot->name);
  body += ",\"step\":";
  append_json_number(body, snapshot->step);
  body += "}}\n";
  return json_response(std::move(body));
}

}  // namespace altmind::http
