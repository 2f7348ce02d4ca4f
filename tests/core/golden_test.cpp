// The learner against an independent float64 implementation (golden/am_step.json).

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/step/learner.hpp"
#include "core/weights/bcd.hpp"
#include "tests/support/data_path.hpp"
#include "tests/support/fixed_rule.hpp"

using namespace altmind;
using nlohmann::json;

namespace {

Matrix matrix(const json& rows) {
  Matrix m(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (Index i = 0; i < m.rows(); ++i) {
    for (Index j = 0; j < m.cols(); ++j) {
      m(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<float>();
    }
  }
  return m;
}

/// Returns the largest difference relative to the largest entry.
double apart(const Matrix& a, const Matrix& b) {
  REQUIRE(a.rows() == b.rows());
  REQUIRE(a.cols() == b.cols());
  return static_cast<double>((a - b).cwiseAbs().maxCoeff()) / static_cast<double>(b.cwiseAbs().maxCoeff());
}

Matrix lower(const Matrix& m) {
  return m.triangularView<Eigen::Lower>();
}

std::optional<json> golden() {
  const auto file = test::shared_file("golden/am_step.json");
  if (!file) return std::nullopt;
  std::ifstream in(*file);
  return json::parse(in);
}

}  // namespace

TEST_CASE("four consecutive steps agree with the golden values") {
  const auto g = golden();
  if (!g) return;
  const json& o = (*g)["options"];
  LearnerOptions options = test::fixed_rule();
  const auto sizes = (*g)["sizes"].get<std::vector<std::size_t>>();
  options.model.spec = {Task::classification, LabelKind::index, sizes.front(), sizes.back()};
  options.model.hidden.assign(sizes.begin() + 1, sizes.end() - 1);
  options.learning.mu = o["mu"];
  options.learning.code_rate = o["code_rate"].get<double>();
  options.learning.momentum = o["momentum"];
  options.learning.code_steps = o["code_steps"];
  REQUIRE(o["code_steps"] == o["hidden_code_steps"]);
  options.learning.norm = NormRule::exact;
  options.learning.output_rule = OutputRule::sgd;
  options.learning.output_rate = o["output_rate"];
  options.memory.horizon = o["horizon"].get<double>();
  options.memory.gain = Gain::fixed(o["gain"].get<double>());
  options.memory.damping = o["damping"].get<double>();
  options.memory.sweeps = o["sweeps"];

  LearnerState state = fresh_state(options);
  for (std::size_t l = 0; l < state.arms[0].network.weights.size(); ++l)
    state.arms[0].network.weights[l] = matrix((*g)["weights0"][l]);
  Learner learner(options, state);
  constexpr double tolerance = 2e-5;
  for (const json& step : (*g)["steps"]) {
    const Matrix x = matrix(step["x"]).transpose();
    Batch batch;
    batch.samples.count = static_cast<std::size_t>(x.cols());
    batch.samples.x.assign(x.data(), x.data() + x.size());
    batch.samples.label = step["y"].get<std::vector<std::uint32_t>>();
    const StepReport report = learner.step(batch);
    CHECK(report.loss == doctest::Approx(step["loss_before"].get<double>()).epsilon(tolerance));
    for (std::size_t l = 0; l < options.model.hidden.size(); ++l) {
      CAPTURE(l);
      const Memory& memory = learner.state().arms[0].memories[l];
      CHECK(apart(memory.a, lower(matrix(step["memory_a"][l]))) < tolerance);
      CHECK(apart(memory.b, matrix(step["memory_b"][l])) < tolerance);
      // Of the codes the report keeps only residual_ratio.
      const Matrix c0 = matrix(step["codes"][l]);
      const Matrix c1 = matrix(step["new_codes"][l]);
      CHECK(report.layers[l].residual_ratio == doctest::Approx((c1 - c0).norm() / c0.norm()).epsilon(1e-4));
    }
    for (std::size_t l = 0; l < state.arms[0].network.weights.size(); ++l) {
      CAPTURE(l);
      CHECK(apart(learner.state().arms[0].network.weights[l], matrix(step["weights"][l])) < tolerance);
    }
  }
}

TEST_CASE("single block coordinate descent updates agree with the golden values") {
  const auto g = golden();
  if (!g) return;
  const json& b = (*g)["bcd"];
  const Memory memory{lower(matrix(b["memory_a"])), matrix(b["memory_b"])};
  BcdWorkspace workspace;
  for (const Index block : {1, 2, 4, 64}) {
    CAPTURE(block);
    BcdOptions options;
    options.block = block;
    Matrix w = matrix(b["weight"]);
    bcd_update(memory, options, workspace, w);
    CHECK(apart(w, matrix(b["plain_1_sweep"])) < 1e-5);
    options.sweeps = 500;
    w = matrix(b["weight"]);
    bcd_update(memory, options, workspace, w);
    CHECK(apart(w, matrix(b["plain_500_sweeps"])) < 1e-4);
    CHECK(apart(w, matrix(b["least_squares"])) < 1e-3);
    options.sweeps = 1;
    options.damping = 0.5;
    w = matrix(b["weight"]);
    bcd_update(memory, options, workspace, w);
    CHECK(apart(w, matrix(b["damped_1_sweep"])) < 1e-5);
  }
}
