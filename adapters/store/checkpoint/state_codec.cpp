#include "adapters/store/checkpoint/state_codec.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/store/checkpoint/evaluation_codec.hpp"
#include "adapters/store/checkpoint/sha256.hpp"
#include "adapters/store/checkpoint/state_tensors.hpp"
#include "adapters/store/checkpoint/statistics_codec.hpp"
#include "core/step/state_parts.hpp"

namespace altmind::store {

namespace {

using nlohmann::json;

void put_arm(const Arm& arm, const std::string& prefix, Tensors& tensors) {
  const auto put = [&](const std::string& name, const auto& m) { tensors[prefix + name] = dense(m); };
  for_each_layer_matrix(arm, put);
  for_each_tuning_matrix(arm.tuning, put);
  for_each_protection_matrix(arm.protections, [&](const std::string& name, const auto& m, Index, Index) {
    if (m.size() > 0) put(name, m);
  });
  for_each_twin_matrix(arm.twin, put);
}

Tensors tensors_of(const LearnerState& state) {
  Tensors tensors;
  for (std::size_t i = 0; i < state.arms.size(); ++i) put_arm(state.arms[i], arm_prefix(i), tensors);
  put_statistics("normaliser", state.statistics, tensors);
  put_statistics("targets", state.targets, tensors);
  put_statistics("fourier", state.fourier, tensors);
  if (state.protects()) {
    for_each_profile_matrix(state, [&](const std::string& name, const auto& m, Index, Index) {
      if (m.size() > 0) tensors[name] = dense(m);
    });
    tensors["consolidation.first"] = list(state.consolidation.first);
  }
  put_evaluation(state, tensors);
  return tensors;
}

/// Returns the counters of rare incidents.
template <typename State>
auto incidents_of(State& state) {
  return std::array{std::pair("undone", &state.undone), std::pair("unlearned", &state.unlearned),
                    std::pair("renewals", &state.renewals)};
}

/// The counters of an arm's rule.
template <typename OneArm, typename Use>
void for_each_rule_counter(OneArm& arm, const Use& use) {
  use("output.steps", arm.output.steps);
  use("memory.since", arm.memory_since);
}

template <typename OneArm, typename Use>
void for_each_moment_counter(OneArm& arm, const Use& use) {
  for (std::size_t l = 0; l < arm.moments.size(); ++l) use(numbered("moments.", l, ".steps"), arm.moments[l].steps);
  for (std::size_t l = 0; l < arm.norm_moments.size(); ++l) {
    use(numbered("batch_norm.", l, ".steps"), arm.norm_moments[l].steps);
  }
}

/// Adds the number of rows of each matrix of the consolidated memory; 0: absent.
template <typename Add>
auto rows_to(const Add& add) {
  return [&add](const std::string& name, const auto& m, Index, Index) {
    add(name + ".rows", static_cast<std::uint64_t>(m.rows()));
  };
}

/// Returns the scalars of the state in the order in which they are hashed: those of the only arm among the others, as
/// before there were several, then those of further arms.
Scalars scalars_of(const LearnerState& state) {
  const Arm& first = state.arms[0];
  Scalars scalars = {
      {"step", state.step},
      {"samples", state.samples},
      {"skipped", state.skipped},
      {"normaliser.samples", state.statistics.samples},
  };
  const auto add = [&](const std::string& name, const auto& value) {
    scalars.emplace_back(name, std::bit_cast<std::uint64_t>(value));
  };
  for_each_rule_counter(first, add);
  put_evaluation(state, scalars);
  for_each_moment_counter(first, add);
  for_each_tuning_scalar(first.tuning, add);
  if (state.protects()) for_each_consolidation_scalar(state.consolidation, add);
  for_each_protection_matrix(first.protections, rows_to(add));
  if (state.protects()) {
    for_each_profile_matrix(state, rows_to(add));
    add("twin.there", static_cast<std::uint64_t>(first.twin.there()));
  }
  for_each_twin_scalar(first.twin, add);
  for (std::size_t i = 1; i < state.arms.size(); ++i) {
    const Arm& arm = state.arms[i];
    const auto add_to_arm = [&](const std::string& name, const auto& value) { add(arm_prefix(i) + name, value); };
    for_each_rule_counter(arm, add_to_arm);
    for_each_moment_counter(arm, add_to_arm);
    for_each_tuning_scalar(arm.tuning, add_to_arm);
    for_each_protection_matrix(arm.protections, rows_to(add_to_arm));
    for_each_twin_scalar(arm.twin, add_to_arm);
  }
  if (state.arms.size() > 1) {
    add("arms", static_cast<std::uint64_t>(state.arms.size()));
    for (std::size_t i = 0; i < state.arms.size(); ++i) add(arm_prefix(i) + "loss_sum_bits", state.arms[i].loss_sum);
    add("loss_count_bits", state.loss_count);
  }
  if (state.fourier.columns() > 0) scalars.emplace_back("fourier.samples", state.fourier.samples);
  if (state.targets.columns() > 0) scalars.emplace_back("targets.samples", state.targets.samples);
  // Omitted while zero, so that checkpoints without incidents are the same as before these counters existed.
  for (const auto& [name, value] : incidents_of(state)) {
    if (*value > 0) scalars.emplace_back(name, *value);
  }
  return scalars;
}

std::string hash(const Tensors& tensors, const LearnerState& state) {
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
  for (const LabelTable& vocabulary : *state.categories) {
    number(vocabulary.size());
    for (const std::string& name : vocabulary.names()) text(name);
  }
  return sha.hex();
}

/// Returns why a consolidated memory that was read is inconsistent; empty if it is consistent.
std::string inconsistent(const Protections& layers) {
  const bool kept = protecting(layers);
  for (const Protection& layer : layers) {
    if ((layer.kept.size() > 0) != kept) return "consolidation.kept is there for some layers only";
    if (kept && (layer.kept_output.size() > 0) != (layer.pending_output.size() > 0)) {
      return "consolidation.kept_output does not go with kept";
    }
    if ((layer.basis.size() > 0) != (layer.stiffness.size() > 0)) return "consolidation.basis lacks its stiffness";
    if ((layer.output_basis.size() > 0) != (layer.output_stiffness.size() > 0)) {
      return "consolidation.output_basis lacks its stiffness";
    }
  }
  return {};
}

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

/// Reads when each class first occurred. The former format records only whether it has occurred.
void take_classes(const ImageReader& reader, bool former, Consolidation& consolidation) {
  std::vector<std::uint64_t>& first = consolidation.first;
  if (!former) return reader.into("consolidation.first", first, first.size());
  std::vector<std::uint8_t> seen;
  reader.into("consolidation.seen", seen, first.size());
  first.assign(seen.begin(), seen.end());
}

/// Reads a matrix that is absent if it was stored as one of no rows; else it must have the expected shape.
template <typename Dense>
void take_optional(const ImageReader& reader, const std::string& name, std::uint64_t found, Index rows, Index columns,
                   Dense& m) {
  if (found == 0 && m.size() == 0) return;
  if (found != static_cast<std::uint64_t>(rows)) {
    throw CheckpointError(name + ".rows is " + std::to_string(found) + ", expected " + std::to_string(rows));
  }
  m.resize(rows, columns);
  reader.into(name, m);
}

/// Reads an arm of the expected shapes, whose names begin with `prefix`.
void take_arm(const ImageReader& reader, const json& scalars, bool former, const std::string& prefix, Arm& arm) {
  const auto take = [&](const std::string& name, auto& m) { reader.into(prefix + name, m); };
  const auto scalar = [&](const std::string& name) { return scalars.at(prefix + name).get<std::uint64_t>(); };
  const auto read = [&](const std::string& name, auto& value) {
    if (former && !scalars.contains(name)) return;
    value = std::bit_cast<std::remove_reference_t<decltype(value)>>(scalar(name));
  };
  for_each_layer_matrix(arm, take);
  for_each_tuning_matrix(arm.tuning, take);
  for_each_rule_counter(arm, read);
  for_each_moment_counter(arm, read);
  for_each_tuning_scalar(arm.tuning, read);
  for_each_protection_matrix(arm.protections, [&](const std::string& name, auto& m, Index rows, Index columns) {
    take_optional(reader, prefix + name, scalar(name + ".rows"), rows, columns, m);
  });
  if (former || arm.protections.empty() || scalars.at("twin.there").get<std::uint64_t>() == 0) return;
  arm.twin = twin_of(arm);  // allocates the expected shapes
  for_each_twin_matrix(arm.twin, take);
  for_each_twin_scalar(arm.twin, read);
}

/// Reads everything except the statistics: the arms, counters and other scalars, consolidation, evaluation, names.
void take_numbers(const ImageReader& reader, const json& scalars, bool former, const LearnerOptions& options,
                  LearnerState& state) {
  const auto scalar = [&scalars](const std::string& name) { return scalars.at(name).get<std::uint64_t>(); };
  state.step = scalar("step");
  state.samples = scalar("samples");
  state.skipped = scalar("skipped");
  state.statistics.samples = scalar("normaliser.samples");
  for (const auto& [name, value] : incidents_of(state)) {
    if (scalars.contains(name)) *value = scalar(name);
  }
  const auto read = [&](const std::string& name, auto& value) {
    if (former && !scalars.contains(name)) return;
    value = std::bit_cast<std::remove_reference_t<decltype(value)>>(scalar(name));
  };
  for (std::size_t i = 0; i < state.arms.size(); ++i) {
    take_arm(reader, scalars, former, arm_prefix(i), state.arms[i]);
    if (state.arms.size() > 1) read(arm_prefix(i) + "loss_sum_bits", state.arms[i].loss_sum);
  }
  if (state.arms.size() > 1) read("loss_count_bits", state.loss_count);
  if (state.protects()) {
    for_each_consolidation_scalar(state.consolidation, read);
    for_each_profile_matrix(state, [&](const std::string& name, auto& m, Index rows, Index columns) {
      take_optional(reader, name, scalar(name + ".rows"), rows, columns, m);
    });
    take_classes(reader, former, state.consolidation);
  }
  take_evaluation(reader, scalar, options, state);
  if (state.targets.columns() > 0) state.targets.samples = scalar("targets.samples");
  if (state.fourier.columns() > 0) state.fourier.samples = scalar("fourier.samples");
  state.labels = LabelTable(json::parse(reader.metadata("labels")).get<std::vector<std::string>>());
  if (const auto& columns = options.model.spec.columns; !columns.empty()) {
    state.categories = std::make_shared<const Vocabularies>(categories_from(reader.metadata("categories"), columns));
  }
  state.sequence = std::stoull(reader.metadata("sequence"));
}

void take_all_statistics(const ImageReader& reader, bool former, const LearnerOptions& options, LearnerState& state) {
  if (former) {
    const bool counted = !options.model.spec.columns.empty();
    take_plain_statistics(reader, "normaliser", counted ? "normaliser.present" : "", state.statistics);
    take_plain_statistics(reader, "targets", "", state.targets);
  } else {
    take_statistics(reader, "normaliser", state.statistics);
    take_statistics(reader, "targets", state.targets);
    take_statistics(reader, "fourier", state.fourier);
  }
}

/// Rejects values that no learner can reach.
void require_consistent(const LearnerOptions& options, const LearnerState& state) {
  for (std::size_t i = 0; i < state.arms.size(); ++i) {
    const Tuning& tuning = state.arms[i].tuning;
    const std::string prefix = arm_prefix(i);
    if (tuning.sets.served >= tuning.sets.loss.size()) {
      throw CheckpointError(prefix + "sets.served is " + std::to_string(tuning.sets.served) + ", there are 3 sets");
    }
    if (tuning.refreshed > tuning.steps || tuning.restarted > tuning.steps || tuning.forgotten > tuning.steps) {
      throw CheckpointError(prefix + "tuning.refreshed, tuning.restarted or tuning.forgotten is beyond tuning.steps");
    }
    if (state.arms[i].loss_sum < 0.0 || state.loss_count < 0.0) {
      throw CheckpointError(prefix + "loss_sum_bits or loss_count_bits is negative");
    }
    if (const std::string text = inconsistent(state.arms[i].protections); !text.empty()) {
      throw CheckpointError(prefix + text);
    }
  }
  const bool classes = options.model.spec.task == Task::classification;
  if (state.protects() && state.consolidation.first.size() != (classes ? options.model.spec.outputs : 0)) {
    throw CheckpointError("consolidation.first is not one number a class");
  }
}

/// Rejects a checkpoint with the full second moment of a layer that is now too wide to keep it.
void refuse_whole_moments(const CheckpointImage& image, const Tuning& tuning) {
  for (std::size_t l = 0; l < tuning.layers.size(); ++l) {
    if (keeps_square(tuning.layers[l]) || !image.tensors.contains(numbered("tuning.", l, ".a"))) continue;
    throw CheckpointError("it is of a version that kept the whole second moment of a layer of " +
                          std::to_string(width(tuning.layers[l])) + " inputs; learn anew, or go on with that version");
  }
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
  if (!state.categories->empty()) image.metadata["categories"] = categories_json(*state.categories);
  image.metadata["state_sha256"] = hash(image.tensors, state);
  return image;
}

std::string state_sha256(const LearnerState& state) {
  return hash(tensors_of(state), state);
}

LearnerState decode_state(const CheckpointImage& image, const LearnerOptions& options) {
  const ImageReader reader(image);
  const bool former = reader.metadata("format") == former_checkpoint_format;
  if (!former && reader.metadata("format") != checkpoint_format) {
    throw CheckpointError("its format is " + reader.metadata("format") + ", this program reads " + checkpoint_format);
  }
  LearnerState state = fresh_state(options);  // allocates the expected shapes
  refuse_whole_moments(image, state.arms[0].tuning);
  try {
    take_numbers(reader, json::parse(reader.metadata("scalars")), former, options, state);
  } catch (const json::exception& error) {
    throw CheckpointError(std::string("metadata is not as expected: ") + error.what());
  } catch (const std::logic_error& error) {
    throw CheckpointError(std::string("metadata sequence is not a number: ") + error.what());
  }
  take_all_statistics(reader, former, options, state);
  require_consistent(options, state);
  if (!former && state_sha256(state) != reader.metadata("state_sha256")) {
    throw CheckpointError("state_sha256 does not match the state");
  }
  return state;
}

}  // namespace altmind::store
