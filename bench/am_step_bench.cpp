// Measures the cost of one AM step: processor time and GFLOP/s of every phase, compared with a large matrix product in
// the same run. One BLAS thread. All settings take turns, a few steps each, so that a busy machine slows them alike.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clock.hpp"
#include "bench/digits.hpp"
#include "bench/mnist_setting.hpp"
#include "bench/step_cost.hpp"
#include "core/linalg/blas.hpp"
#include "core/linalg/blas_kernel.hpp"
#include "core/step/learner.hpp"
#include "core/weights/bcd.hpp"

using namespace altmind;
using bench::now;
using bench::Time;
using nlohmann::json;

namespace {

constexpr std::array<const char*, phase_count> phase_names = {"encode", "codes", "memory", "weights", "output"};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Returns GFLOP/s from FLOP and ms.
double rate(double flop, double ms) {
  return flop / ms * 1e-6;
}

/// Measures the processor's practical peak: a product so large that overheads do not count.
class Peak {
 public:
  Peak() { run(); }  // first touch of the matrices

  void measure() { times_.push_back(run()); }
  double gflops() const { return rate(2.0 * size * size * size, median(times_)); }

  static constexpr Index size = 768;

 private:
  double run() {
    const Time start = now();
    gemm(1.0F, a_, Op::none, b_, Op::none, 0.0F, c_);
    return (now() - start).cpu;
  }

  Matrix a_ = Matrix::Random(size, size);
  Matrix b_ = Matrix::Random(size, size);
  Matrix c_ = Matrix::Zero(size, size);
  std::vector<double> times_;
};

/// A learner with one setting, and the times of its steps.
struct Variant {
  std::string name;
  std::string origin;
  std::vector<Batch> batches;
  LearnerOptions options;
  Learner learner;
  std::size_t next = 0;
  std::array<std::vector<double>, phase_count> phase = {};
  std::vector<double> whole = {};
  std::vector<double> wall = {};

  Variant(std::string label, bench::Digits data, const LearnerOptions& setting)
      : name(std::move(label)),
        origin(std::move(data.origin)),
        batches(std::move(data.batches)),
        options(setting),
        learner(setting) {}

  void step(bool timed) {
    const Batch& batch = batches[next++ % batches.size()];
    std::array<Time, phase_count> ended{};
    const Time start = now();
    const StepReport report = learner.step(batch, [&](Phase p) { ended[static_cast<std::size_t>(p)] = now(); });
    if (report.skipped) throw std::runtime_error(name + ": a step was skipped");
    if (!timed) return;
    const Time taken = ended.back() - start;
    whole.push_back(taken.cpu);
    wall.push_back(taken.wall);
    for (std::size_t p = 0; p < phase_count; ++p) phase[p].push_back((ended[p] - (p == 0 ? start : ended[p - 1])).cpu);
  }

  json report(double peak) const {
    const auto flop = bench::step_flop(options);
    double all = 0.0;
    json phases;
    for (std::size_t p = 0; p < phase_count; ++p) {
      const double ms = median(phase[p]);
      const double speed = rate(flop[p], ms);
      phases[phase_names[p]] = {
          {"ms", ms}, {"mflop", flop[p] * 1e-6}, {"gflops", speed}, {"share_of_peak", speed / peak}};
      all += flop[p];
    }
    const double ms = median(whole);
    return {{"name", name},
            {"data", origin},
            {"inputs", options.model.spec.inputs},
            {"rows", options.memory.rows.value_or(1.0)},
            {"sweep_parts", options.memory.sweep_parts},
            {"steps", whole.size()},
            {"ms", ms},
            {"wall_ms", median(wall)},
            {"mflop", all * 1e-6},
            {"gflops", rate(all, ms)},
            {"share_of_peak", rate(all, ms) / peak},
            {"phases", phases}};
  }
};

/// Describes rows and sweep_parts for the report.
std::string describe(const MemoryOptions& memory) {
  std::ostringstream text;
  text << "rows " << memory.rows.value_or(1.0) << ", sweep_parts " << memory.sweep_parts;
  return text.str();
}

/// Measures one sweep of the first layer alone, by block size.
class BlockSizes {
 public:
  explicit BlockSizes(const LearnerState& state)
      : memory_(state.arms[0].memories[0]), weight_(state.arms[0].network.weights[0]) {}

  void measure() {
    for (auto& [size, times] : times_) {
      BcdOptions options;
      options.damping = 30.0;
      options.block = size;
      Matrix weight = weight_;
      const Time start = now();
      bcd_update(memory_, options, workspace_, weight);
      times.push_back((now() - start).cpu);
    }
  }

  json report(double peak) const {
    const auto n = static_cast<double>(weight_.cols());
    const double flop = 2.0 * static_cast<double>(weight_.rows()) * n * n;
    json result = json::array();
    for (const auto& [size, times] : times_) {
      const double ms = median(times);
      result.push_back(
          {{"block", size}, {"ms", ms}, {"gflops", rate(flop, ms)}, {"share_of_peak", rate(flop, ms) / peak}});
    }
    return result;
  }

 private:
  Memory memory_;
  Matrix weight_;
  BcdWorkspace workspace_;
  std::map<Index, std::vector<double>> times_ = {{32, {}}, {64, {}}, {96, {}}, {128, {}}, {192, {}}};
};

json measure(std::size_t steps) {
  const char* const folder = std::getenv("ALTMIND_DATA");
  const std::string data = folder != nullptr ? folder : "../shared/data";
  constexpr std::size_t wide = 3072;
  std::vector<Variant> variants;
  const auto add = [&](const std::string& name, const LearnerOptions& options) {
    const std::size_t inputs = options.model.spec.inputs;
    variants.emplace_back(name, bench::digits(data, inputs, inputs == wide ? 5 : 20, 200), options);
  };
  for (const std::size_t inputs : {std::size_t{784}, wide}) {
    const std::string prefix = inputs == wide ? "3072 inputs, " : "";
    const LearnerOptions shipped = bench::mnist_setting(inputs);
    const auto change = [&](double rows, std::size_t parts) {
      LearnerOptions options = shipped;
      options.memory.rows = rows;
      options.memory.sweep_parts = parts;
      const bool exact = rows == 1.0 && parts == 1;
      add(prefix + (exact ? "exact" : describe(options.memory)), options);
    };
    change(1.0, 1);
    add(prefix + "shipped (" + describe(shipped.memory) + ")", shipped);
    change(0.25, 1);
    change(0.25, 2);
    if (inputs == wide) continue;
    change(0.125, 1);
    change(1.0, 2);
  }

  constexpr std::size_t turn = 20;
  constexpr std::size_t slower = 10;  // a wide step costs about ten times as much: run fewer of them
  Peak peak;
  for (Variant& variant : variants) {
    for (std::size_t i = 0; i < (variant.options.model.spec.inputs == wide ? 2 : turn); ++i) variant.step(false);
  }
  BlockSizes blocks(variants.front().learner.state());
  for (std::size_t done = 0; done < steps; done += turn) {
    for (Variant& variant : variants) {
      peak.measure();
      const std::size_t count = variant.options.model.spec.inputs == wide ? turn / slower : turn;
      for (std::size_t i = 0; i < count; ++i) variant.step(true);
    }
    for (std::size_t i = 0; i < turn; ++i) blocks.measure();
  }

  json result{{"kernel", blas_kernel()}, {"batch_size", 200}, {"net", "inputs-100-100-10"}};
  result["peak"] = {{"gflops", peak.gflops()}, {"size", Peak::size}};
  for (const Variant& variant : variants) result["variants"].push_back(variant.report(peak.gflops()));
  result["block_size"] = blocks.report(peak.gflops());
  return result;
}

void print(const json& result) {
  std::printf("BLAS kernel %s, one thread; peak: sgemm of %d^3 at %.1f GFLOP/s; processor time, medians\n",
              result["kernel"].get<std::string>().c_str(), result["peak"]["size"].get<int>(),
              result["peak"]["gflops"].get<double>());
  const auto line = [](const char* name, const json& row) {
    std::printf("  %-9s %8.3f ms %9.2f MFLOP %7.1f GFLOP/s %5.0f %% of peak\n", name, row["ms"].get<double>(),
                row["mflop"].get<double>(), row["gflops"].get<double>(), 100 * row["share_of_peak"].get<double>());
  };
  for (const json& variant : result["variants"]) {
    std::printf("\n%s (%zu steps, data: %s)\n", variant["name"].get<std::string>().c_str(),
                variant["steps"].get<std::size_t>(), variant["data"].get<std::string>().c_str());
    for (const char* phase : phase_names) line(phase, variant["phases"][phase]);
    line("step", variant);
    std::printf("  %-9s %8.3f ms\n", "on wall", variant["wall_ms"].get<double>());
  }
  std::printf("\none sweep of the first layer (100 x 785) by block size\n");
  for (const json& row : result["block_size"]) {
    std::printf("  %-9d %8.3f ms %7.1f GFLOP/s %5.0f %% of peak\n", row["block"].get<int>(), row["ms"].get<double>(),
                row["gflops"].get<double>(), 100 * row["share_of_peak"].get<double>());
  }
}

}  // namespace

int main(int count, char** arguments) try {
  bool as_json = false;
  std::size_t steps = 200;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--json") == 0) {
      as_json = true;
    } else if (std::strcmp(arguments[i], "--steps") == 0 && i + 1 < count) {
      const char* const text = arguments[++i];
      if (std::from_chars(text, text + std::strlen(text), steps).ec != std::errc() || steps == 0) {
        throw std::invalid_argument(std::string("--steps: must be a whole number > 0, got ") + text);
      }
    } else {
      std::fprintf(stderr, "usage: am_step_bench [--json] [--steps N]\n");
      return 2;
    }
  }
  start_blas();
  const json result = measure(steps);
  if (as_json) {
    std::cout << result.dump(2) << '\n';
  } else {
    print(result);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "am_step_bench: %s\n", error.what());
  return 1;
}
