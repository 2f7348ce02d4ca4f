// [[model.layer]]: the layers of the network.

#include <doctest/doctest.h>

#include "config/load.hpp"
#include "config/memory_need.hpp"
#include "config/read_layers.hpp"
#include "tests/config/support.hpp"

using namespace altmind;
using namespace altmind::config;
using test::error_of;

namespace {

const std::string model = "[model]\ninputs = 64\nmax_classes = 4\n";
const std::string image = model + "image = [1, 8, 8]\n";

std::string layer(const std::string& keys) {
  return "[[model.layer]]\n" + keys + "\n";
}

const std::string conv = layer("type = \"conv2d\"\nchannels = 6\nkernel = 3\npool = 2");

}  // namespace

TEST_CASE("layers are read in their order, with the activation of the model where they name none") {
  const Config config = parse_config(image + "activation = \"tanh\"\n" + conv +
                                         layer("type = \"conv2d\"\nchannels = 2\nkernel = 2\nstride = 2\npadding = 1\n"
                                               "activation = \"relu\"") +
                                         layer("type = \"recurrent\"\nhidden = 5\nsteps = 2") + layer("units = 7"),
                                     "f.toml", {});
  const auto& layers = config.learner.model.layers;
  REQUIRE(layers.size() == 4);
  CHECK(layers[0].type == LayerType::conv2d);
  CHECK(layers[0].units == 6);
  CHECK(layers[0].stride == 1);
  CHECK(layers[0].pool == 2);
  CHECK(layers[0].activation == Activation::tanh);
  CHECK(layers[1].stride == 2);
  CHECK(layers[1].padding == 1);
  CHECK(layers[1].activation == Activation::relu);
  CHECK(layers[2].type == LayerType::recurrent);
  CHECK(layers[2].steps == 2);
  CHECK(layers[3].type == LayerType::dense);
  CHECK(layers[3].units == 7);
}

TEST_CASE("layers come back from the file and from the record in the journal as they were") {
  const Config config =
      parse_config(image + conv + layer("type = \"recurrent\"\nhidden = 5\nsteps = 3\nactivation = \"tanh\"") +
                       layer("units = 7\ndropout = 0.25"),
                   "f.toml", {});
  CHECK(config.learner.model.layers[2].dropout == 0.25);
  const Config normalised =
      parse_config(model + layer("units = 7\nbatch_norm = true") + "[learning]\nrule = \"am-adam\"\n", "f.toml", {});
  CHECK(normalised.learner.model.layers[0].batch_norm);
  CHECK(parse_config(to_toml(normalised), "again.toml", {}).learner == normalised.learner);
  CHECK(parse_config(to_toml(config), "again.toml", {}).learner == config.learner);
  CHECK(learner_options_from_json(learner_options_to_json(config.learner)) == config.learner);
}

TEST_CASE("what is no layer is refused where it stands") {
  CHECK(error_of(image + layer("type = \"conv3d\"")) ==
        "f.toml:6: model.layer[0].type: must be \"dense\", \"conv2d\" or \"recurrent\", got \"conv3d\"");
  CHECK(error_of(image + layer("units = 3\nkernel = 5")) ==
        "f.toml:7: model.layer[0].kernel: is no key of a layer of type \"dense\"");
  CHECK(error_of(image + layer("type = \"conv2d\"\nchannels = 5")) ==
        "f.toml:5: model.layer[0].kernel: is required: the side of the square that an output sees, a whole number from "
        "1");
  CHECK(error_of(image + layer("units = 3\ndropout = 0.99")) ==
        "f.toml:7: model.layer[0].dropout: must be a number from 0 to 0.95, got 0.99");
  CHECK(error_of(image + layer("units = 3\nbatch_norm = true")) ==
        "f.toml:7: model.layer[0].batch_norm: is learned by learning.rule = \"am-sgd\" or \"am-adam\" only: to a "
        "memory it "
        "is of no use");
  CHECK(error_of(model + layer("units = 3\nbatch_norm = true") + "[learning]\nrule = \"am-sgd\"\nbatch_size = 1\n") ==
        "f.toml:6: model.layer[0].batch_norm: needs a learning.batch_size of at least 2: one sample has no variance");
  CHECK(error_of(image + layer("type = \"recurrent\"\nhidden = 4\nsteps = 4\nbatch_norm = true")) ==
        "f.toml:9: model.layer[0].batch_norm: is no key of a layer of type \"recurrent\"");
  CHECK(error_of(image + layer("unit = 3"))
            .starts_with("f.toml:6: model.layer[0].unit: unknown key; did you mean units?"));
  CHECK(error_of(image + "hidden = [5]\n" + conv) ==
        "f.toml:5: model.hidden: contradicts [[model.layer]]: the layers are either here or there");
  CHECK(error_of(model + "image = [8, 8]\n") ==
        "f.toml:4: model.image: must be [channels, height, width], each from 1 to 100000, got [8, 8]");
  CHECK(error_of(model + conv).starts_with("f.toml:4: model.layer[0]: a convolution reads an image: model.image"));
  CHECK(error_of(model + "image = [1, 8, 9]\n" + conv) ==
        "f.toml:4: model.image: 1x8x9 are not the 64 inputs of the network");
  CHECK(error_of(image + conv + layer("type = \"conv2d\"\nchannels = 2\nkernel = 4")) ==
        "f.toml:10: model.layer[1]: a kernel of 4 does not fit into an image of 6x3x3 with a padding of 0");
  CHECK(error_of(image + layer("type = \"recurrent\"\nhidden = 4\nsteps = 5")) ==
        "f.toml:5: model.layer[0]: its 64 inputs are no sequence of 5 steps of one length");
  CHECK(error_of(image + conv + "[learning]\nrule = \"am-adam\"\n").find("is learned by self-tuned steps only") !=
        std::string::npos);
  CHECK(error_of(image + conv + "[learning]\ncode_rate = 1.0\n").find("learning.code_rate = \"auto\"") !=
        std::string::npos);
}

TEST_CASE("what the numbers of a sample are follows from the image, or from a recurrent first layer") {
  const auto dimensions = [](const std::string& text) {
    return parse_config(text, "f.toml", {}).learner.model.spec.dimensions;
  };
  using Sizes = std::vector<std::size_t>;
  CHECK(dimensions(model) == Sizes{});
  CHECK(dimensions(model + layer("units = 7")) == Sizes{});
  CHECK(dimensions(image) == Sizes{1, 8, 8});
  CHECK(dimensions(image + conv) == Sizes{1, 8, 8});
  CHECK(dimensions(model + layer("type = \"recurrent\"\nhidden = 4\nsteps = 16")) == Sizes{16, 4});
  CHECK(dimensions(image + layer("type = \"recurrent\"\nhidden = 4\nsteps = 16")) == Sizes{16, 4});
  CHECK(dimensions(model + layer("units = 8") + layer("type = \"recurrent\"\nhidden = 4\nsteps = 2")) == Sizes{});
  const LearnerOptions options = parse_config(image + conv, "f.toml", {}).learner;
  CHECK(learner_options_from_json(learner_options_to_json(options)) == options);
  std::string columns;
  for (int i = 0; i < 64; ++i) columns += "[[features.column]]\nname = \"c" + std::to_string(i) + "\"\n";
  CHECK(dimensions(image + conv + columns) == Sizes{});
}

TEST_CASE("a network of which no machine could hold a table is refused for its memory") {
  std::string text = "[model]\ninputs = 1000000\nmax_classes = 2\nimage = [1, 1000, 1000]\n";
  for (int l = 0; l < 32; ++l) text += layer("type = \"conv2d\"\nchannels = 100000\nkernel = 1024\npadding = 1024");
  const Config config = parse_config(text, "f.toml", {});
  CHECK(memory_need(config).total > 1ULL << 50);
  std::string refusal;
  try {
    check_memory_need(config, memory_limit(config));
  } catch (const ConfigError& error) {
    refusal = error.what();
  }
  CHECK(refusal.find("model.layer: a network of 1000000-") != std::string::npos);
}

TEST_CASE("the memory of convolutions is counted, and the network told layer by layer") {
  const Config small = parse_config(image + conv, "f.toml", {});
  const Config large = parse_config(image + layer("type = \"conv2d\"\nchannels = 600\nkernel = 3"), "f.toml", {});
  // Codes have an entry per place: 200 samples x 36 places x 600 channels x 4 bytes, several times.
  CHECK(memory_need(large).total > memory_need(small).total + 8 * 200ULL * 36 * 590 * 4);
  CHECK(layers_text(small.learner.model) ==
        "#   layer 0: 1x8x8 -> 6x3x3, 60 parameters\n#   output: 54 -> 4, 220 parameters\n");
  const std::string told = memory_text(small, memory_limit(small));
  CHECK(told.find("old tasks are protected in networks of dense layers only") != std::string::npos);
}
