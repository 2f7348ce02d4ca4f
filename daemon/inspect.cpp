#include "daemon/inspect.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "adapters/formats/framing/line_framer.hpp"
#include "adapters/formats/json/sample_parser.hpp"
#include "adapters/sources/file/byte_stream.hpp"
#include "adapters/sources/file/sample_reader.hpp"
#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/checkpoint/state_codec.hpp"
#include "adapters/store/journal/journal_head.hpp"
#include "adapters/telemetry/printable.hpp"
#include "config/load.hpp"
#include "config/memory_need.hpp"
#include "core/linalg/blas.hpp"
#include "core/model/mixture.hpp"
#include "core/serve/publish.hpp"
#include "core/step/finite.hpp"
#include "core/step/state_parts.hpp"
#include "daemon/recovery.hpp"

namespace altmind::daemon {

namespace {

using nlohmann::json;

/// Escapes what a terminal interprets: names in `value` may be anything.
std::string safe_text(const json& value) {
  return telemetry::printable(value.dump(2, ' ', false, json::error_handler_t::replace));
}

/// Lists the arms of a checkpoint with their weights in the mixture and mean losses; empty if there is one learner.
json arms_of(const json& scalars, const std::string& learning) {
  json arms = json::array();
  if (!scalars.is_object() || !scalars.contains("loss_count_bits")) return arms;
  const auto number = [&scalars](const std::string& name) {
    return std::bit_cast<double>(scalars.at(name).get<std::uint64_t>());
  };
  const LearnerOptions options = config::learner_options_from_json(learning);
  std::vector<double> sums;
  for (std::size_t i = 0; i < options.arms(); ++i) sums.push_back(number(arm_prefix(i) + "loss_sum_bits"));
  const double count = number("loss_count_bits");
  const std::vector<double> weights = mixture_weights(options.model.spec.task, sums, count);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const ArmOptions& arm = options.learning.arms.at(i);
    arms.push_back({{"arm", i + 1},
                    {"reach", arm.reach},
                    {"damping", arm.damping},
                    {"fourier_features", arm.fourier_features},
                    {"weight", weights[i]},
                    {"loss", count > 0 ? sums[i] / count : 0.0}});
  }
  return arms;
}

json describe(const store::CheckpointImage& image) {
  json result = json::object();
  for (const auto& [name, text] : image.metadata) {
    json parsed = json::parse(text, nullptr, false);
    const bool structured = parsed.is_object() || parsed.is_array() || name == "sequence";
    result[name] = structured ? std::move(parsed) : json(text);
  }
  if (result.contains("learning") && result.contains("scalars")) {
    try {
      json arms = arms_of(result["scalars"], image.metadata.at("learning"));
      if (!arms.empty()) result["arms"] = std::move(arms);
    } catch (const std::exception& error) {  // of another version, say: the rest is shown nevertheless
      result["arms"] = std::string("unreadable: ") + error.what();
    }
  }
  json tensors = json::object();
  for (const auto& [name, tensor] : image.tensors) tensors[name] = tensor.shape;
  result["tensors"] = std::move(tensors);
  return result;
}

/// Throws ConfigError if a command that learns would need more memory than there is.
void permit(const LearnerOptions& recorded) {
  config::Config config;
  config.learner = recorded;
  config.queue_samples = recorded.learning.batch_size;  // nothing waits
  check_memory_need(config, memory_limit(config));
}

/// Returns a checkpoint's options and state.
std::pair<LearnerOptions, LearnerState> load_state(const std::filesystem::path& file) {
  std::error_code unreadable;  // reading the file reports it better
  if (const auto bytes = std::filesystem::file_size(file, unreadable); !unreadable) {
    config::check_checkpoint_need(file.string(), bytes, config::memory_limit({}));
  }
  const store::CheckpointImage image = store::read_checkpoint(file);
  const auto recorded = image.metadata.find("learning");
  if (recorded == image.metadata.end()) throw store::CheckpointError(file.string() + ": metadata has no learning");
  LearnerOptions options = config::learner_options_from_json(recorded->second);
  LearnerState state = decode_state(image, options);
  if (const std::string part = not_finite(state); !part.empty()) {
    throw store::CheckpointError(file.string() + ": what it holds is not finite (" + part +
                                 "); name an earlier checkpoint");
  }
  return {std::move(options), std::move(state)};
}

/// Returns a checkpoint's learner, to predict a file with.
Learner load_learner(const std::filesystem::path& path) {
  std::filesystem::path file = path;
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> files;
    if (std::filesystem::exists(checkpoint_directory(path)))
      files = store::checkpoint_files(checkpoint_directory(path));
    if (files.empty()) throw store::CheckpointError(path.string() + " holds no checkpoint");
    file = files.back();
  }
  auto [options, state] = load_state(file);
  return Learner(std::move(options), std::move(state));
}

/// Prints predictions in blocks, so that many samples share one matrix product.
class Printer {
 public:
  explicit Printer(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}

  void add(Samples& samples) {
    look_up_words(snapshot_->spec, *snapshot_->categories, samples);
    residuals_.append(samples.x_residual, 0, samples.x.size(), x_.size());
    x_.insert(x_.end(), samples.x.begin(), samples.x.end());
    if (x_.size() >= snapshot_->spec.inputs * snapshot_->block_samples()) flush();
  }
  void reject(std::uint64_t record, const ingest::Rejection& rejection) {
    flush();
    print_rejection(record, rejection);
  }
  void flush() {
    const Predictions predictions = snapshot_->predict(Values(x_, residuals_));
    for (std::size_t i = 0; i < predictions.count; ++i) {
      if (finite(predictions, i)) {
        print(predictions, i);
      } else {
        print_rejection(printed_, {ingest::Reason::not_finite, "features: the model has no finite answer for them"});
      }
    }
    x_.clear();
    residuals_.cut(0);
  }
  bool rejected() const { return rejected_; }

 private:
  static bool finite(const Predictions& predictions, std::size_t i) {
    const float* const values = predictions.values.data() + i * predictions.outputs;
    return std::all_of(values, values + predictions.outputs, [](float value) { return std::isfinite(value); });
  }

  void print_rejection(std::uint64_t record, const ingest::Rejection& rejection) {
    rejected_ = true;
    ++printed_;
    std::cout << json{{"error",
                       {{"record", record}, {"reason", name(rejection.reason)}, {"message", rejection.message}}}}
                     .dump(-1, ' ', false, json::error_handler_t::replace)
              << '\n';
  }

  void print(const Predictions& predictions, std::size_t i) {
    ++printed_;
    const float* values = predictions.values.data() + i * predictions.outputs;
    json line;
    if (snapshot_->spec.task == Task::regression) {
      const double* exact = predictions.exact.data() + i * predictions.outputs;
      if (predictions.outputs == 1) {
        line["value"] = exact[0];
      } else {
        line["values"] = std::vector<double>(exact, exact + predictions.outputs);
      }
    } else {
      json& probabilities = line["probabilities"] = json::object();
      const bool named = snapshot_->spec.labels == LabelKind::named;
      const std::size_t seen = named ? snapshot_->labels.size() : predictions.outputs;
      json& label = line["label"];  // as POST /v1/predict writes it
      if (!named) {
        label = predictions.label[i];
      } else if (predictions.label[i] < seen) {
        label = snapshot_->class_name(predictions.label[i]);
      }
      for (std::size_t k = 0; k < seen; ++k) {
        probabilities[snapshot_->class_name(static_cast<std::uint32_t>(k))] = values[k];
      }
    }
    std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  }

  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<float> x_;
  Residuals residuals_;
  std::uint64_t printed_ = 0;  ///< records, including rejected ones
  bool rejected_ = false;
};

/// Predicts NDJSON records, whose labels are optional.
void predict_ndjson(const adapters::SourceOptions& input, const SampleSpec& spec, Printer& printer) {
  formats::SampleParser parser(spec);
  formats::LineFramer framer(input.max_line);
  std::vector<char> buffer(1 << 18);
  std::uint64_t record = 0;
  const auto take = [&](const formats::Line& line) {
    Samples sample;
    std::optional<ingest::Rejection> rejection;
    if (line.too_long) {
      rejection = ingest::Rejection{ingest::Reason::line_too_long,
                                    "line: longer than " + std::to_string(input.max_line) + " bytes"};
    } else {
      rejection = parser.parse_features(line.text, sample, nullptr);
    }
    if (rejection) {
      printer.reject(record, *rejection);
    } else {
      printer.add(sample);
    }
    ++record;
  };
  for (const std::string& path : input.paths) {
    const auto bytes = file::open_bytes(path);
    while (const std::size_t n = bytes->read(buffer)) {
      framer.push({buffer.data(), n});
      while (const auto line = framer.next()) take(*line);
    }
    if (const auto line = framer.finish()) take(*line);
  }
}

}  // namespace

int inspect(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    std::cout << safe_text(describe(store::read_checkpoint(path))) << '\n';
    return 0;
  }
  json result = {{"directory", path.string()}, {"checkpoints", json::array()}};
  bool sound = true;
  if (std::filesystem::exists(checkpoint_directory(path))) {
    for (const auto& file : store::checkpoint_files(checkpoint_directory(path))) {
      try {
        json one = describe(store::read_checkpoint(file));
        one["file"] = file.string();
        result["checkpoints"].push_back(std::move(one));
      } catch (const store::CheckpointError& error) {
        result["checkpoints"].push_back({{"file", file.string()}, {"error", error.what()}});
        sound = false;
      }
    }
  }
  json segments = json::array();
  if (std::filesystem::exists(journal_directory(path))) {
    for (const auto& entry : std::filesystem::directory_iterator(journal_directory(path))) {
      if (entry.is_regular_file()) {
        segments.push_back({{"file", entry.path().string()}, {"bytes", entry.file_size()}});
      }
    }
    std::sort(segments.begin(), segments.end());
  }
  result["journal"] = std::move(segments);
  const std::string missing = store::missing_at_end(journal_directory(path));
  if (!missing.empty()) result["journal_missing"] = missing;
  std::cout << safe_text(result) << '\n';
  return sound && missing.empty() ? 0 : 1;
}

int replay(const std::filesystem::path& directory, std::optional<std::uint64_t> until) {
  ingest::Ledger live;
  ingest::Ledger learned;
  const Recovered recovered = recover(directory, nullptr, until, live, learned, {{}, {}, permit});
  for (const std::string& warning : recovered.warnings)
    std::cerr << "warning: " << telemetry::printable(warning) << '\n';
  const LearnerState& state = recovered.learner->state();
  const json result = {{"directory", directory.string()},
                       {"checkpoint_step", recovered.checkpoint_step},
                       {"replayed_batches", recovered.replayed_batches},
                       {"replayed_boundaries", recovered.replayed_boundaries},
                       {"skipped_batches", recovered.skipped_batches},
                       {"step", state.step},
                       {"samples", state.samples},
                       {"sequence", state.sequence},
                       {"waiting_samples", recovered.batcher->open_samples()},
                       {"blas_kernel", blas_kernel()},
                       {"state_sha256", store::state_sha256(state)}};
  std::cout << safe_text(result) << '\n';
  return 0;
}

int predict(const PredictOptions& options) {
  const Learner learner = load_learner(options.checkpoint);
  const SampleSpec& spec = learner.options().model.spec;
  Printer printer(snapshot_of(learner));
  if (options.input.format == adapters::Format::ndjson) {
    predict_ndjson(options.input, spec, printer);
  } else {
    const auto reader = file::open_reader(options.input, spec);
    for (;;) {
      Samples samples;
      std::vector<std::pair<std::uint64_t, ingest::Rejection>> rejected;
      const std::size_t consumed =
          reader->read(1, samples, [&](std::uint64_t record, const ingest::Rejection& why, std::string_view) {
            rejected.emplace_back(record, why);
          });
      if (consumed == 0) break;
      for (const auto& [record, why] : rejected) printer.reject(record, why);
      printer.add(samples);
    }
  }
  printer.flush();
  return printer.rejected() ? 1 : 0;
}

}  // namespace altmind::daemon
