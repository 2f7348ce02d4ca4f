// A learner with any configuration, driven by a script over stdin and stdout with samples that the script makes.
//
//   command (a line)   then on stdin                                      answer
//   new BYTES          a whole configuration as TOML                      a line of JSON: kernel, inputs, outputs
//   learn COUNT SIZE   COUNT * inputs float32, COUNT uint32 labels        a line of JSON: size, correct, loss, ms and
//                                                                         report of every batch
//   predict COUNT      COUNT * inputs float32                             COUNT uint32 labels, no line
//   state              -                                                  a line of JSON: step, samples, skipped,
//                                                                         report
//   weights            -                                                  a line of JSON: the shape of every layer's,
//                                                                         then all as float32, each column by column
//
// `new` starts a fresh learner; the text determines everything that affects learning, including the seed. `learn` cuts
// batches of SIZE, the last may be shorter; `correct` and `loss` (mean) are those of the predictions served before the
// batch was learned; `ms` is processor time. `predict` uses the snapshot that readers would get. Numbers have the byte
// order of the machine. A regression has COUNT * outputs float32 targets in place of the labels, `loss` is its squared
// error in their unit, and `correct` is 0. Exits at the end of stdin; on an error, with a message on stderr.

#include <array>
#include <cmath>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clock.hpp"
#include "config/load.hpp"
#include "core/linalg/blas.hpp"
#include "core/linalg/blas_kernel.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"

using namespace altmind;
using nlohmann::json;

namespace {

/// Returns the parts of a step's report to store besides accuracy and loss.
json report_json(const StepReport& report) {
  json layers = json::array();
  for (const LayerReport& layer : report.layers) {
    layers.push_back({{"residual_ratio", layer.residual_ratio},
                      {"damping", layer.damping},
                      {"weight_change_ratio", layer.weight_change_ratio},
                      {"dead_units", layer.dead_units},
                      {"units", layer.units}});
  }
  json alarms = json::array();
  for (const DriftAlarm& alarm : report.alarms) {
    alarms.push_back(detector_names.at(static_cast<std::size_t>(alarm.detector)));
  }
  if (report.consolidation.action != ConsolidationAction::none) alarms.push_back("novelty");
  constexpr std::array<const char*, 4> actions = {"none", "consolidated", "released", "yielded"};
  return {{"step", report.step},
          {"skipped", report.skipped},
          {"alarms", std::move(alarms)},
          {"action", actions.at(static_cast<std::size_t>(report.consolidation.action))},
          {"layers", std::move(layers)}};
}

template <typename T>
std::vector<T> read(std::size_t count) {
  std::vector<T> values(count);
  std::cin.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(T)));
  if (!std::cin) throw std::runtime_error("stdin ended within the numbers of a command");
  return values;
}

class Server {
 public:
  /// Executes one command and writes its answer.
  void answer(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "new") {
      fresh(number(words, line));
    } else if (verb == "learn") {
      const std::size_t count = number(words, line);
      learn(count, number(words, line));
    } else if (verb == "predict") {
      predict(number(words, line));
    } else if (verb == "state") {
      state();
    } else if (verb == "weights") {
      weights();
    } else {
      throw std::invalid_argument("unknown command: " + line);
    }
    std::cout.flush();
  }

 private:
  static std::size_t number(std::istream& words, const std::string& line) {
    std::size_t value = 0;
    if (!(words >> value)) throw std::invalid_argument("arguments missing or not numbers: " + line);
    return value;
  }

  void fresh(std::size_t bytes) {
    const std::vector<char> text = read<char>(bytes);
    LearnerOptions options = config::parse_config({text.begin(), text.end()}, "new", {}).learner;
    if (options.model.spec.labels != LabelKind::index) throw std::invalid_argument("new: index labels only");
    const SampleSpec spec = options.model.spec;
    learner_.emplace(std::move(options));
    last_ = StepReport{};
    std::cout << json{{"kernel", blas_kernel()}, {"inputs", spec.inputs}, {"outputs", spec.outputs}} << '\n';
  }

  void learn(std::size_t count, std::size_t size) {
    if (size == 0) throw std::invalid_argument("learn: SIZE must be at least 1");
    const SampleSpec spec = learner().options().model.spec;
    const std::vector<float> x = read<float>(count * spec.inputs);
    const bool regression = spec.task == Task::regression;
    const std::vector<std::uint32_t> label = read<std::uint32_t>(regression ? 0 : count);
    const std::vector<float> target = read<float>(regression ? count * spec.outputs : 0);
    for (const std::uint32_t y : label) {
      if (y >= spec.outputs) throw std::invalid_argument("learn: label " + std::to_string(y) + " is no class");
    }
    json answer{{"size", json::array()},
                {"correct", json::array()},
                {"loss", json::array()},
                {"ms", json::array()},
                {"reports", json::array()}};
    const auto at = [](std::size_t i) { return static_cast<std::ptrdiff_t>(i); };
    for (std::size_t first = 0; first < count; first += size) {
      const std::size_t end = std::min(count, first + size);
      Batch batch;
      batch.samples.count = end - first;
      batch.samples.x.assign(x.begin() + at(first * spec.inputs), x.begin() + at(end * spec.inputs));
      if (regression) {
        batch.samples.target.assign(target.begin() + at(first * spec.outputs), target.begin() + at(end * spec.outputs));
      } else {
        batch.samples.label.assign(label.begin() + at(first), label.begin() + at(end));
      }
      batch.last_sequence = learner().state().sequence + batch.samples.count;
      const bench::Time start = bench::now();
      last_ = learner().step(batch);
      answer["ms"].push_back((bench::now() - start).cpu);
      answer["size"].push_back(batch.samples.count);
      answer["correct"].push_back(std::lround(last_.accuracy * static_cast<double>(batch.samples.count)));
      answer["loss"].push_back(last_.loss);
      answer["reports"].push_back(report_json(last_));
    }
    std::cout << answer << '\n';
  }

  void predict(std::size_t count) {
    const std::vector<float> x = read<float>(count * learner().options().model.spec.inputs);
    const Predictions found = snapshot_of(learner())->predict(x);
    if (learner().options().model.spec.task == Task::regression) {
      write(found.values);
    } else {
      write(found.label);
    }
  }

  template <typename T>
  static void write(const std::vector<T>& values) {
    std::cout.write(reinterpret_cast<const char*>(values.data()),
                    static_cast<std::streamsize>(values.size() * sizeof(T)));
  }

  void state() {
    const LearnerState& now = learner().state();
    std::cout << json{{"step", now.step},
                      {"samples", now.samples},
                      {"skipped", now.skipped},
                      {"report", report_json(last_)}}
              << '\n';
  }

  void weights() {
    json shapes = json::array();
    for (const Matrix& weight : learner().state().arms[0].network.weights)
      shapes.push_back({weight.rows(), weight.cols()});
    std::cout << shapes << '\n';
    for (const Matrix& weight : learner().state().arms[0].network.weights) {
      std::cout.write(reinterpret_cast<const char*>(weight.data()),
                      weight.size() * static_cast<std::streamsize>(sizeof(Scalar)));
    }
  }

  Learner& learner() {
    if (!learner_) throw std::invalid_argument("no learner: send `new`");
    return *learner_;
  }

  std::optional<Learner> learner_;
  StepReport last_;
};

}  // namespace

int main() try {
  std::ios::sync_with_stdio(false);
  start_blas();
  Server server;
  for (std::string line; std::getline(std::cin, line);) server.answer(line);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "learning_server: " << error.what() << '\n';
  return 1;
}
