#include "adapters/store/state_codec.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "adapters/store/sha256.hpp"

namespace altmind {

namespace {

using nlohmann::json;

template <typename T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return DType::u64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
}

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

template <typename T>
Tensor tensor(const T* data, std::vector<std::uint64_t> shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t n : shape) count *= n;
  Tensor result{dtype_of<T>(), std::move(shape), std::vector<std::byte>(count * sizeof(T))};
  if (count > 0) std::memcpy(result.bytes.data(), data, result.bytes.size());
  return result;
}

/// A column-major (r, c) matrix is a row-major (c, r) tensor.
template <typename Dense>
Tensor dense(const Dense& m) {
  if (m.cols() == 1 && Dense::ColsAtCompileTime == 1) return tensor(m.data(), {static_cast<std::uint64_t>(m.rows())});
  return tensor(m.data(), {static_cast<std::uint64_t>(m.cols()), static_cast<std::uint64_t>(m.rows())});
}

template <typename T>
Tensor list(const std::vector<T>& values) {
  return tensor(values.data(), {values.size()});
}

std::string numbered(const char* name, std::size_t l, const char* part = "") {
  return name + std::to_string(l) + part;
}

std::map<std::string, Tensor> tensors_of(const LearnerState& state) {
  std::map<std::string, Tensor> tensors;
  for (std::size_t l = 0; l < state.network.weights.size(); ++l) {
    tensors[numbered("weight.", l)] = dense(state.network.weights[l]);
  }
  for (std::size_t l = 0; l < state.memories.size(); ++l) {
    tensors[numbered("memory.", l, ".a")] = dense(state.memories[l].a);
    tensors[numbered("memory.", l, ".b")] = dense(state.memories[l].b);
  }
  for (std::size_t l = 0; l < state.moments.size(); ++l) {
    tensors[numbered("moments.", l, ".first")] = dense(state.moments[l].first);
    tensors[numbered("moments.", l, ".second")] = dense(state.moments[l].second);
  }
  if (state.output.first.size() > 0) {
    tensors["output.first"] = dense(state.output.first);
    tensors["output.second"] = dense(state.output.second);
  }
  for (std::size_t l = 0; l < state.norm_vectors.size(); ++l) {
    tensors[numbered("norm_vector.", l)] = dense(state.norm_vectors[l]);
  }
  if (state.statistics.mean.size() > 0) {
    tensors["normaliser.mean"] = dense(state.statistics.mean);
    tensors["normaliser.squares"] = dense(state.statistics.squares);
  }
  if (!state.statistics.present.empty()) tensors["normaliser.present"] = list(state.statistics.present);
  if (state.targets.mean.size() > 0) {
    tensors["targets.mean"] = dense(state.targets.mean);
    tensors["targets.squares"] = dense(state.targets.squares);
  }
  const Prequential::State& p = state.prequential.state();
  tensors["prequential.class_samples"] = list(p.class_samples);
  tensors["prequential.class_correct"] = list(p.class_correct);
  tensors["prequential.window_loss"] = list(p.window_loss);
  tensors["prequential.window_correct"] = list(p.window_correct);
  return tensors;
}

/// Scalars of the state in the order in which they are hashed.
std::vector<std::pair<std::string, std::uint64_t>> scalars_of(const LearnerState& state) {
  const Prequential::State& p = state.prequential.state();
  std::vector<std::pair<std::string, std::uint64_t>> scalars = {
      {"step", state.step},
      {"samples", state.samples},
      {"skipped", state.skipped},
      {"normaliser.samples", state.statistics.samples},
      {"output.steps", state.output.steps},
      {"prequential.samples", p.samples},
      {"prequential.correct", p.correct},
      {"prequential.loss_bits", std::bit_cast<std::uint64_t>(p.loss)},
      {"prequential.head", p.head},
  };
  for (std::size_t l = 0; l < state.moments.size(); ++l) {
    scalars.emplace_back(numbered("moments.", l, ".steps"), state.moments[l].steps);
  }
  if (state.targets.mean.size() > 0) scalars.emplace_back("targets.samples", state.targets.samples);
  return scalars;
}

std::string hash(const std::map<std::string, Tensor>& tensors, const LearnerState& state) {
  Sha256 sha;
  const auto number = [&sha](std::uint64_t n) { sha.update(std::as_bytes(std::span(&n, 1))); };
  const auto text = [&](const std::string& s) {
    number(s.size());
    sha.update(s);
  };
  for (const auto& [name, value] : tensors) {
    text(name);
    number(static_cast<std::uint64_t>(value.dtype));
    number(value.shape.size());
    for (const std::uint64_t n : value.shape) number(n);
    sha.update(value.bytes);
  }
  for (const auto& [name, value] : scalars_of(state)) {
    text(name);
    number(value);
  }
  number(state.labels.size());
  for (const std::string& name : state.labels.names()) text(name);
  for (const LabelTable& vocabulary : state.categories) {
    number(vocabulary.size());
    for (const std::string& name : vocabulary.names()) text(name);
  }
  return sha.hex();
}

/// Reads the parts of an image; every miss is a sentence.
class Reader {
 public:
  explicit Reader(const CheckpointImage& image) : image_(image) {}

  template <typename Dense>
  void into(const std::string& name, Dense& m) const {
    const Tensor expected = dense(m);
    const Tensor& found = get(name);
    if (found.dtype != expected.dtype || found.shape != expected.shape) {
      throw CheckpointError("tensor " + name + " has shape " + text(found.shape) + ", expected " +
                            text(expected.shape));
    }
    if (!found.bytes.empty()) std::memcpy(m.data(), found.bytes.data(), found.bytes.size());
  }
  template <typename T>
  void into(const std::string& name, std::vector<T>& values, std::size_t most) const {
    const Tensor& found = get(name);
    if (found.dtype != dtype_of<T>() || found.shape.size() != 1 || found.shape[0] > most) {
      throw CheckpointError("tensor " + name + " has shape " + text(found.shape) + ", expected a list of at most " +
                            std::to_string(most));
    }
    values.resize(found.shape[0]);
    if (!values.empty()) std::memcpy(values.data(), found.bytes.data(), found.bytes.size());
  }
  const std::string& metadata(const std::string& name) const {
    const auto at = image_.metadata.find(name);
    if (at == image_.metadata.end()) throw CheckpointError("metadata has no " + name);
    return at->second;
  }

 private:
  const Tensor& get(const std::string& name) const {
    const auto at = image_.tensors.find(name);
    if (at == image_.tensors.end()) throw CheckpointError("there is no tensor " + name);
    return at->second;
  }
  static std::string text(const std::vector<std::uint64_t>& shape) {
    std::string result = "[";
    for (const std::uint64_t n : shape) result += (result.size() > 1 ? ", " : "") + std::to_string(n);
    return result + "]";
  }
  const CheckpointImage& image_;
};

}  // namespace

namespace {

std::string categories_json(const Vocabularies& categories) {
  json columns = json::array();
  for (const LabelTable& vocabulary : categories) columns.push_back(vocabulary.names());
  return columns.dump();
}

Vocabularies categories_from(const std::string& text, const std::vector<Column>& columns) {
  const auto lists = json::parse(text).get<std::vector<std::vector<std::string>>>();
  if (lists.size() != columns.size()) {
    throw CheckpointError("metadata categories is of " + std::to_string(lists.size()) + " columns, expected " +
                          std::to_string(columns.size()));
  }
  Vocabularies categories;
  for (std::size_t j = 0; j < lists.size(); ++j) {
    if (lists[j].size() > (columns[j].has_vocabulary() ? columns[j].size : 0)) {
      throw CheckpointError("metadata categories: column " + columns[j].name +
                            " has more names than there is room for");
    }
    categories.emplace_back(lists[j]);
  }
  return categories;
}

}  // namespace

CheckpointImage encode_state(const LearnerState& state) {
  CheckpointImage image;
  image.tensors = tensors_of(state);
  json scalars = json::object();
  for (const auto& [name, value] : scalars_of(state)) scalars[name] = value;
  image.metadata["scalars"] = scalars.dump();
  image.metadata["format"] = checkpoint_format;
  image.metadata["sequence"] = std::to_string(state.sequence);
  image.metadata["labels"] = json(state.labels.names()).dump();
  if (!state.categories.empty()) image.metadata["categories"] = categories_json(state.categories);
  image.metadata["state_sha256"] = hash(image.tensors, state);
  return image;
}

std::string state_sha256(const LearnerState& state) {
  return hash(tensors_of(state), state);
}

LearnerState decode_state(const CheckpointImage& image, const LearnerOptions& options) {
  const Reader reader(image);
  if (reader.metadata("format") != checkpoint_format) {
    throw CheckpointError("its format is " + reader.metadata("format") + ", this program reads " + checkpoint_format);
  }
  LearnerState state = fresh_state(options);  // right shapes to read into
  for (std::size_t l = 0; l < state.network.weights.size(); ++l) {
    reader.into(numbered("weight.", l), state.network.weights[l]);
  }
  for (std::size_t l = 0; l < state.memories.size(); ++l) {
    reader.into(numbered("memory.", l, ".a"), state.memories[l].a);
    reader.into(numbered("memory.", l, ".b"), state.memories[l].b);
  }
  for (std::size_t l = 0; l < state.moments.size(); ++l) {
    reader.into(numbered("moments.", l, ".first"), state.moments[l].first);
    reader.into(numbered("moments.", l, ".second"), state.moments[l].second);
  }
  if (state.output.first.size() > 0) {
    reader.into("output.first", state.output.first);
    reader.into("output.second", state.output.second);
  }
  for (std::size_t l = 0; l < state.norm_vectors.size(); ++l) {
    reader.into(numbered("norm_vector.", l), state.norm_vectors[l]);
  }
  if (state.statistics.mean.size() > 0) {
    reader.into("normaliser.mean", state.statistics.mean);
    reader.into("normaliser.squares", state.statistics.squares);
  }
  if (!state.statistics.present.empty()) {
    reader.into("normaliser.present", state.statistics.present, options.model.spec.inputs);
  }
  if (state.targets.mean.size() > 0) {
    reader.into("targets.mean", state.targets.mean);
    reader.into("targets.squares", state.targets.squares);
  }
  Prequential::State p;
  reader.into("prequential.class_samples", p.class_samples, options.model.spec.outputs);
  reader.into("prequential.class_correct", p.class_correct, options.model.spec.outputs);
  reader.into("prequential.window_loss", p.window_loss, Prequential::window_size);
  reader.into("prequential.window_correct", p.window_correct, Prequential::window_size);
  try {
    const json scalars = json::parse(reader.metadata("scalars"));
    const auto scalar = [&scalars](const std::string& name) { return scalars.at(name).get<std::uint64_t>(); };
    state.step = scalar("step");
    state.samples = scalar("samples");
    state.skipped = scalar("skipped");
    state.statistics.samples = scalar("normaliser.samples");
    state.output.steps = scalar("output.steps");
    for (std::size_t l = 0; l < state.moments.size(); ++l) {
      state.moments[l].steps = scalar(numbered("moments.", l, ".steps"));
    }
    if (state.targets.mean.size() > 0) state.targets.samples = scalar("targets.samples");
    p.samples = scalar("prequential.samples");
    p.correct = scalar("prequential.correct");
    p.loss = std::bit_cast<double>(scalar("prequential.loss_bits"));
    p.head = scalar("prequential.head");
    state.labels = LabelTable(json::parse(reader.metadata("labels")).get<std::vector<std::string>>());
    if (const auto& columns = options.model.spec.columns; !columns.empty()) {
      state.categories = categories_from(reader.metadata("categories"), columns);
    }
    state.sequence = std::stoull(reader.metadata("sequence"));
  } catch (const json::exception& error) {
    throw CheckpointError(std::string("metadata is not as expected: ") + error.what());
  } catch (const std::logic_error& error) {
    throw CheckpointError(std::string("metadata sequence is not a number: ") + error.what());
  }
  if (state.statistics.present.size() != options.model.spec.columns.size() && state.statistics.mean.size() > 0) {
    throw CheckpointError("tensor normaliser.present does not have the model's columns");
  }
  if (p.head >= Prequential::window_size || p.window_loss.size() != p.window_correct.size()) {
    throw CheckpointError("the prequential window is inconsistent");
  }
  state.prequential = Prequential(std::move(p));
  if (state_sha256(state) != reader.metadata("state_sha256")) {
    throw CheckpointError("state_sha256 does not match the state");
  }
  return state;
}

}  // namespace altmind
