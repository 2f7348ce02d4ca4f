#include "adapters/http/routes/predict_route.hpp"

#include <algorithm>
#include <boost/system/result.hpp>
#include <charconv>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/error.hpp"
#include "adapters/http/json_writer.hpp"
#include "adapters/http/routes/query.hpp"
#include "adapters/http/routes/records.hpp"
#include "adapters/http/routes/rejections.hpp"
#include "adapters/http/text.hpp"
#include "core/samples/vocabulary.hpp"

namespace altmind::http {
namespace {

constexpr std::string_view nothing_predicted = "nothing was predicted";

// Keys of each prediction, as JSON: looking for characters to escape would take almost a tenth of the writing.
constexpr std::string_view id_key = R"("id")";
constexpr std::string_view label_key = R"("label")";
constexpr std::string_view probabilities_key = R"("probabilities")";
constexpr std::string_view value_key = R"("value")";
constexpr std::string_view values_key = R"("values")";

/// Parses `?top_k=`. Returns default_top_k if it is absent, or an error response.
boost::system::result<std::size_t, Response> read_top_k(const Request& request) {
  using Result = boost::system::result<std::size_t, Response>;
  const std::optional<QueryValue> given = query_value(request.query, "top_k");
  if (!given) return Result(boost::system::in_place_value, default_top_k);
  std::size_t number = 0;
  const char* const end = given->text.data() + given->text.size();
  const auto [rest, error] = std::from_chars(given->text.data(), end, number);
  if (given->times > 1 || error != std::errc() || rest != end || number == 0)
    return error_response(400, "bad_top_k",
                          with_value("top_k: expected once, a whole number from 1 on, got ", given->text));
  return Result(boost::system::in_place_value, number);
}

/// Writes the predictions of samples, one after the other.
class PredictionWriter {
 public:
  /// keys: the names of the existing classes, as JSON.
  PredictionWriter(const Snapshot& snapshot, std::vector<std::string> keys, std::size_t top_k)
      : snapshot_(snapshot), keys_(std::move(keys)), order_(keys_.size()), shown_(std::min(top_k, keys_.size())) {}

  /// Writes the members of the prediction for one sample of `block`.
  void write(JsonWriter& json, const Predictions& block, std::size_t sample) {
    const std::size_t at = sample * block.outputs;
    if (snapshot_.spec.task == Task::regression)
      return write_values(json, std::span(block.exact).subspan(at, block.outputs));
    const auto values = std::span(block.values).subspan(at, block.outputs);
    const std::uint32_t label = block.label[sample];
    json.raw_key(label_key);
    if (label >= keys_.size()) {
      json.null();  // named labels, and no class has been seen yet
    } else if (snapshot_.spec.labels == LabelKind::named) {
      json.raw(keys_[label]);
    } else {
      json.number(label);
    }
    json.raw_key(probabilities_key).begin_object();
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (shown_ < order_.size())
      std::partial_sort(
          order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(shown_), order_.end(),
          [&](std::size_t a, std::size_t b) { return values[a] > values[b] || (values[a] == values[b] && a < b); });
    for (std::size_t i = 0; i < shown_; ++i) json.raw_key(keys_[order_[i]]).number(values[order_[i]]);
    json.end_object();
  }

 private:
  static void write_values(JsonWriter& json, std::span<const double> values) {
    const bool one = values.size() == 1;
    json.raw_key(one ? value_key : values_key);
    if (!one) json.begin_array();
    for (const double value : values) {
      const auto rounded = static_cast<float>(value);
      if (static_cast<double>(rounded) == value) {
        json.number(rounded);
      } else {
        json.number(value);
      }
    }
    if (!one) json.end_array();
  }

  const Snapshot& snapshot_;
  std::vector<std::string> keys_;
  std::vector<std::size_t> order_;  ///< class indices, the first `shown_` by probability
  std::size_t shown_;
};

/// Returns the names, as JSON, of the classes that exist: all for labels by index, those seen so far for labels by
/// name.
std::vector<std::string> class_keys(const Snapshot& snapshot) {
  const bool named = snapshot.spec.labels == LabelKind::named;
  std::vector<std::string> keys(named ? snapshot.labels.size() : snapshot.spec.outputs);
  for (std::size_t i = 0; i < keys.size(); ++i)
    append_json_string(keys[i], snapshot.class_name(static_cast<std::uint32_t>(i)));
  return keys;
}

}  // namespace

Response predict(const Request& request, std::size_t max_samples, const AnswerLimits& limits, const Services& services,
                 formats::SampleParser& parser) {
  const auto kind = body_kind(request);
  if (kind.has_error()) return kind.error();
  const auto top_k = read_top_k(request);
  if (top_k.has_error()) return top_k.error();
  const auto records = split_records(request.body, *kind, max_samples);
  if (records.has_error()) return records.error();

  Samples samples;
  std::vector<std::string> ids(records->size());
  std::vector<ingest::RejectedRecord> rejected;
  for (std::size_t i = 0; i < records->size(); ++i)
    if (std::optional<ingest::Rejection> rejection = parser.parse_features((*records)[i], samples, &ids[i]))
      rejected.push_back({i, std::move(*rejection)});
  if (!rejected.empty()) return all_rejected(nothing_predicted, rejected, rejected.size());

  const std::shared_ptr<const Snapshot> snapshot = services.snapshots.load();
  if (snapshot->categories) look_up_words(snapshot->spec, *snapshot->categories, samples);
  PredictionWriter writer(*snapshot, class_keys(*snapshot), *top_k);
  const auto claim = limits.budget ? std::make_shared<AnswerClaim>(limits.budget) : nullptr;
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("predictions").begin_array();
  const auto append = [&](const Predictions& block, std::size_t first) {
    for (std::size_t i = 0; i < block.count; ++i) {
      const std::string& id = ids[first + i];
      json.begin_object().raw_key(id_key);
      if (id.empty()) {
        json.string(services.prediction_id());
      } else {
        json.raw(id);
      }
      writer.write(json, block, i);
      json.end_object();
      if (body.size() > limits.most) break;
    }
    return body.size() > limits.most ? body.size() : std::min(body.capacity(), limits.most);
  };
  const BlocksOutcome outcome = predict_blocks(*snapshot, samples.features(), limits.most, claim.get(), append);
  for (const std::size_t i : outcome.not_finite)
    rejected.push_back({i, {ingest::Reason::not_finite, "features: the model has no finite answer for them"}});
  if (!rejected.empty()) return all_rejected(nothing_predicted, rejected, rejected.size());
  if (outcome.kind == BlocksOutcome::Kind::too_large)
    return error_response(
        413, "answer_too_large",
        answer_too_large(limits.most, "send fewer samples at once, or ask for fewer classes by ?top_k="));
  if (outcome.kind == BlocksOutcome::Kind::overloaded)
    return error_response(503, "overloaded", "too many large answers at once");
  json.end_array().key("model").begin_object().key("name").string(snapshot->name);
  json.key("step").number(snapshot->step).end_object().end_object();
  body += '\n';
  Response response = json_response(std::move(body));
  response.claim = claim;
  return response;
}

bool predicts_quickly(const Request& request, std::size_t max_samples, const Snapshot& snapshot) {
  if (request.body.size() > quick_body) return false;
  const auto kind = body_kind(request);
  const auto top_k = read_top_k(request);
  if (kind.has_error() || top_k.has_error()) return true;
  const auto records = split_records(request.body, *kind, max_samples);
  return records.has_error() || records->size() == 1 ||
         records->size() * work_of_sample(snapshot, *top_k) <= quick_work;
}

}  // namespace altmind::http
