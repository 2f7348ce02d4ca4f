// Learners with convolutions, recurrent layers and sign units: that they learn, resume and predict correctly.

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "core/codes/codes.hpp"
#include "core/continual/consolidation.hpp"
#include "core/linalg/blas.hpp"
#include "core/model/layer_activation.hpp"
#include "core/model/linear_map.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/layered.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/state_bits.hpp"

using namespace altmind;

namespace {

LearnerOptions of(ModelOptions model) {
  use_one_blas_thread();
  LearnerOptions options;
  options.model = std::move(model);
  return options;
}

std::vector<LearnerOptions> kinds() {
  return {of(test::layered({1, 8, 8}, {test::convolution(6, 3, 2), test::convolution(8, 2), test::dense(20)}, 4)),
          of(test::layered({2, 4, 8}, {test::convolution(5, 3), test::recurrent(8, 2), test::dense(9)}, 4)),
          of(test::layered({1, 8, 8}, {test::recurrent(12, 8)}, 4)),
          of(test::layered({1, 8, 8}, {test::dense(40, Activation::sign), test::dense(30, Activation::sign)}, 4)),
          of(test::layered({1, 8, 8},
                           {test::dropped(test::convolution(8, 3, 2), 0.1), test::dropped(test::dense(40), 0.3)}, 4)),
          of(test::layered({1, 8, 8}, {test::dropped(test::dense(60), 0.2)}, 4))};
}

/// Returns images of 64 numbers; the class is the quarter that contains a bright 2x2 square.
Batch squares(std::size_t m, Random& random) {
  Batch batch;
  batch.samples.count = m;
  for (std::size_t i = 0; i < m; ++i) {
    std::array<float, 64> image{};
    for (float& x : image) x = static_cast<float>(0.3 * random.normal());
    const auto label = static_cast<std::uint32_t>(random.below(4));
    const std::size_t top = label / 2 * 4 + random.below(3);
    const std::size_t left = label % 2 * 4 + random.below(3);
    for (const std::size_t at : {0U, 1U, 8U, 9U}) image[top * 8 + left + at] += 2.0F;
    batch.samples.x.insert(batch.samples.x.end(), image.begin(), image.end());
    batch.samples.label.push_back(label);
  }
  return batch;
}

/// Learns `steps` mini-batches of a hundred, and checks every report.
void learn_squares(int steps, Random& random, Learner& learner) {
  for (int i = 0; i < steps; ++i) {
    const StepReport report = learner.step(squares(100, random));
    REQUIRE_FALSE(report.skipped);
    REQUIRE_FALSE(report.undone);
  }
}

double accuracy(const Learner& learner, const Batch& batch) {
  const auto label = snapshot_of(learner)->predict(batch.samples.features()).label;
  std::size_t right = 0;
  for (std::size_t i = 0; i < label.size(); ++i) right += label[i] == batch.samples.label[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(label.size());
}

}  // namespace

TEST_CASE("networks of every type of layer learn where a bright square lies") {
  for (const LearnerOptions& options : kinds()) {
    CAPTURE(options.model.layers.size());
    Learner learner(options);
    Random random(5);
    learn_squares(60, random, learner);
    CHECK(accuracy(learner, squares(500, random)) > 0.93);
  }
}

TEST_CASE("a learner that goes on from a copied state comes to the same bits, whatever its layers") {
  for (const LearnerOptions& options : kinds()) {
    Learner one(options);
    Random random(6);
    std::vector<Batch> batches;
    for (int i = 0; i < 24; ++i) batches.push_back(squares(i % 5 == 4 ? 3 : 60, random));
    for (int i = 0; i < 12; ++i) one.step(batches[static_cast<std::size_t>(i)]);
    Learner other(options, one.state());
    for (int i = 12; i < 24; ++i) {
      one.step(batches[static_cast<std::size_t>(i)]);
      other.step(batches[static_cast<std::size_t>(i)]);
    }
    CHECK(test::difference(one.state(), other.state()).empty());
  }
}

TEST_CASE("a batch and its samples one by one are predicted alike") {
  for (const LearnerOptions& options : kinds()) {
    Learner learner(options);
    Random random(7);
    for (int i = 0; i < 5; ++i) learner.step(squares(50, random));
    const auto snapshot = snapshot_of(learner);
    const Batch batch = squares(9, random);
    const Predictions together = snapshot->predict(batch.samples.features());
    for (std::size_t i = 0; i < 9; ++i) {
      const Predictions alone = snapshot->predict(batch.samples.features().part(i * 64, 64));
      for (std::size_t k = 0; k < 4; ++k) {
        CHECK(alone.values[k] == doctest::Approx(together.values[i * 4 + k]).epsilon(1e-4).scale(1e-3));
      }
    }
  }
}

TEST_CASE("what is answered and tested comes from all units, also of a network with dropout") {
  LearnerOptions with = of(test::layered({1, 8, 8}, {test::dropped(test::dense(60), 0.4)}, 4));
  LearnerOptions without = with;
  without.model.layers[0].dropout = 0.0;
  Learner masked(with), plain(without);
  Random random(8);
  const Batch first = squares(100, random), second = squares(100, random);
  // The first batch is evaluated with the same weights, but learned differently.
  const StepReport of_masked = masked.step(first), of_plain = plain.step(first);
  CHECK(of_masked.loss == of_plain.loss);
  CHECK(of_masked.accuracy == of_plain.accuracy);
  CHECK(masked.state().arms[0].network.weights[1] != plain.state().arms[0].network.weights[1]);
  // The next batch is evaluated with the predictions that are served.
  const auto answers = snapshot_of(masked)->predict(second.samples.features());
  double loss = 0.0;
  for (std::size_t i = 0; i < 100; ++i) loss -= std::log(answers.values[i * 4 + second.samples.label[i]]) / 100.0;
  CHECK(masked.step(second).loss == doctest::Approx(loss).epsilon(1e-5));
}

TEST_CASE("code updates keep their step short enough for what a mask scales up") {
  LearnerOptions options =
      of(test::layered({1, 8, 8}, {test::dropped(test::dense(64), 0.9), test::dropped(test::dense(64), 0.9)}, 1));
  options.model.spec.task = Task::regression;
  Learner learner(options);
  Random random(6);
  for (int i = 0; i < 150; ++i) {
    Batch batch = squares(50, random);
    for (const std::uint32_t label : batch.samples.label) batch.samples.target.push_back(static_cast<float>(label));
    batch.samples.label.clear();
    const StepReport report = learner.step(batch);
    REQUIRE_FALSE(report.skipped);
    CHECK(report.loss < 100.0);
  }
}

TEST_CASE("a network with batch normalisation learns by gradients, and answers by its running statistics") {
  for (const Rule rule : {Rule::am_sgd, Rule::am_adam}) {
    LayerOptions normalised = test::dense(40);
    normalised.batch_norm = true;
    LearnerOptions options =
        of(test::layered({1, 8, 8}, {normalised, test::dropped(normalised, 0.1), test::dense(20)}, 4));
    options.learning.rule = rule;
    options.learning.local_rate = options.learning.output_rate = rule == Rule::am_sgd ? 0.05 : 0.005;
    options.learning.output_rule = rule == Rule::am_sgd ? OutputRule::sgd : OutputRule::adam;
    Learner learner(options);
    Random random(5);
    learn_squares(200, random, learner);
    CHECK(accuracy(learner, squares(500, random)) > 0.93);
    const Batch next = squares(100, random);
    const auto answers = snapshot_of(learner)->predict(next.samples.features());
    double loss = 0.0;
    for (std::size_t i = 0; i < 100; ++i) loss -= std::log(answers.values[i * 4 + next.samples.label[i]]) / 100.0;
    Learner other(options, learner.state());
    CHECK(learner.step(next).loss == doctest::Approx(loss).epsilon(1e-4));
    other.step(next);
    CHECK(test::difference(learner.state(), other.state()) == "");
    const BatchNorm before = learner.state().arms[0].norms[0];
    learner.step(squares(1, random));  // a single sample has no variance
    CHECK(learner.state().arms[0].norms[0].statistics == before.statistics);
    CHECK(learner.state().arms[0].norms[0].weight == before.weight);
    LearnerOptions without = options;
    without.model.layers[1].batch_norm = false;
    CHECK_THROWS_WITH_AS(Learner(without, learner.state()),
                         "model.layer[1].batch_norm of the configuration is not the state's", std::invalid_argument);
  }
}

TEST_CASE("as many samples are predicted together as keep the largest table small") {
  LearnerOptions options = of(test::layered({1, 100, 100}, {test::convolution(4, 5, 2)}, 4));  // 96 x 96 x 26 numbers
  const auto snapshot = snapshot_of(Learner(options));
  CHECK(snapshot->block_samples() == (1U << 20) / (96 * 96 * 26));
  CHECK(snapshot->hidden == std::vector<std::size_t>{4 * 48 * 48});
  CHECK(snapshot->multiplications == 96 * 96 * 4 * 25 + 4 * 48 * 48 * 4);
  CHECK(snapshot_of(Learner(kinds()[3]))->block_samples() == 512);
}

TEST_CASE("the memory of a convolution is that of the dense layer that learns its patches") {
  const LearnerOptions options = of(test::layered({1, 8, 8}, {test::convolution(6, 3)}, 4));
  Learner learner(options);
  Random random(8);
  const Batch batch = squares(20, random);  // 20 x 36 places: all of them are used
  learner.step(batch);

  LearnerOptions unfolded = of({});
  unfolded.model.spec.inputs = 9;
  unfolded.model.spec.outputs = 4;
  unfolded.model.hidden = {6};
  Batch patches;
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t y = 0; y < 6; ++y) {
      for (std::size_t x = 0; x < 6; ++x) {
        for (std::size_t k = 0; k < 9; ++k) {
          patches.samples.x.push_back(batch.samples.x[i * 64 + (y + k / 3) * 8 + x + k % 3]);
        }
        patches.samples.label.push_back(0);
      }
    }
  }
  patches.samples.count = patches.samples.label.size();
  Learner dense(unfolded);
  dense.step(patches);
  const Curvature& shared = learner.state().arms[0].tuning.layers[0];
  const Curvature& plain = dense.state().arms[0].tuning.layers[0];
  CHECK(shared.a == plain.a);
  CHECK(shared.lambda == plain.lambda);
  CHECK(shared.factor == plain.factor);
}

TEST_CASE("codes below a convolution ask for what would bring its codes nearer, by finite differences") {
  LearnerOptions options =
      of(test::layered({1, 8, 8}, {test::convolution(3, 3, 2), test::convolution(4, 2), test::dense(5)}, 4));
  Network network = initialise(options.model);
  Random random(12);
  const Batch batch = squares(4, random);
  Encoding encoding;
  resize(network, 4, encoding);
  encoding.activation[0].topRows(64) = Eigen::Map<const Matrix>(batch.samples.x.data(), 64, 4);
  encode(network, encoding);
  CodeUpdate update;
  std::vector<Vector> norm_vectors(3, Vector::Ones(5));
  norm_vectors[0] = Vector::Ones(27);
  norm_vectors[1] = Vector::Ones(16);
  altmind::update_codes(network, encoding, {Task::classification, batch.samples.label, {}, 4}, options.learning, false,
                        norm_vectors, update);
  const Matrix d = update.code[0] - encoding.code[0];
  const Matrix above = update.code[1] - encoding.code[1];
  CHECK(d.norm() == doctest::Approx(above.norm()).epsilon(1e-4));

  // -1/2 ||c_new - W sigma(c)||^2 as a function of the first layer's code, near c0.
  const auto towards = [&](const Matrix& code) {
    Matrix a(network.layers[0].outputs + 1, 4), table, codes;
    Winners winners;
    a.row(a.rows() - 1).setOnes();
    activate(network.layers[0], code, Matrix(), a.topRows(network.layers[0].outputs), winners);
    apply(network.layers[1], network.weights[1], a, table, codes);
    return -0.5 * (update.code[1] - codes).cast<double>().squaredNorm();
  };
  Matrix slope(d.rows(), 4);
  for (Index i = 0; i < d.size(); ++i) {
    constexpr float small = 2e-3F;
    Matrix more = encoding.code[0], less = more;
    more.data()[i] += small;
    less.data()[i] -= small;
    slope.data()[i] = static_cast<float>((towards(more) - towards(less)) / (2.0 * small));
  }
  REQUIRE(slope.norm() > 0);
  CHECK(d.cwiseProduct(slope).sum() / (d.norm() * slope.norm()) > 0.999F);  // scaled, but in the same direction
}

TEST_CASE("layers that do not fit are refused with a sentence that names them") {
  const auto refusal = [](const ModelOptions& model) -> std::string {
    try {
      layers_of(model);
    } catch (const std::invalid_argument& misfit) {
      return misfit.what();
    }
    return {};
  };
  CHECK(refusal(test::layered({1, 8, 8}, {test::convolution(2, 9)}, 2)) ==
        "model.layer[0]: a kernel of 9 does not fit into an image of 1x8x8 with a padding of 0");
  CHECK(refusal(test::layered({1, 8, 8}, {test::convolution(2, 3, 7)}, 2)) ==
        "model.layer[0]: a pool of 7 does not fit into its 2x6x6");
  CHECK(refusal(test::layered({1, 8, 8}, {test::dense(5), test::convolution(2, 3)}, 2)) ==
        "model.layer[1]: a convolution reads an image, but the layer below gives a row of numbers");
  CHECK(refusal(test::layered({1, 8, 8}, {test::recurrent(5, 7)}, 2)) ==
        "model.layer[0]: its 64 inputs are no sequence of 7 steps of one length");
  ModelOptions flat = test::layered({1, 8, 8}, {test::convolution(2, 3)}, 2);
  flat.image.clear();
  CHECK(refusal(flat).starts_with("model.layer[0]: a convolution reads an image: model.image"));
  flat.image = {1, 8, 9};
  CHECK(refusal(flat) == "model.image: 1x8x9 are not the 64 inputs of the network");
}

TEST_CASE("old tasks are protected in dense networks, sign units too, and in no others") {
  CHECK(can_protect(layers_of(kinds()[3].model)));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_FALSE(can_protect(layers_of(kinds()[i].model)));
    CHECK_FALSE(Learner(kinds()[i]).consolidate());
  }
}
