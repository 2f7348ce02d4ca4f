#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <set>

#include "adapters/store/checkpoint/state_codec.hpp"
#include "tests/adapters/store/checkpoint/every_option.hpp"

using namespace altmind;
using namespace altmind::store;
using namespace altmind::test;

namespace {

template <typename Dense>
void flip_bit(Dense& m, std::uint64_t at) {
  auto* const bytes = reinterpret_cast<unsigned char*>(m.data());
  const auto size = static_cast<std::uint64_t>(m.size()) * sizeof(*m.data());
  bytes[at % size] = static_cast<unsigned char>(bytes[at % size] ^ (1U << (at % 8)));
}

}  // namespace

TEST_CASE("state codec: the hash changes with any bit of any tensor, any scalar and any label") {
  for (const auto& [what, options] : all_options()) {
    CAPTURE(what);
    const LearnerState state = learned(options);
    const CheckpointImage image = encode_state(state);
    std::set<std::string> hashes = {state_sha256(state)};
    std::size_t changes = 1;
    const auto changed = [&](const std::string& part, const std::function<void(LearnerState&)>& change) {
      CAPTURE(part);
      LearnerState other = state;
      change(other);
      CHECK(hashes.insert(state_sha256(other)).second);
      ++changes;
    };
    for (std::size_t i = 1; i < state.arms.size(); ++i) {
      changed("weight of another arm", [&](LearnerState& s) { flip_bit(s.arms[i].network.weights[0], 13); });
      changed("its A", [&](LearnerState& s) { flip_bit(s.arms[i].tuning.layers[0].a, 13); });
      changed("its set",
              [&](LearnerState& s) { s.arms[i].tuning.sets.served = (s.arms[i].tuning.sets.served + 1) % 3; });
      changed("its pending", [&](LearnerState& s) { flip_bit(s.arms[i].protections[1].pending, 13); });
      changed("its losses", [&](LearnerState& s) { s.arms[i].loss_sum = std::nextafter(s.arms[i].loss_sum, 1e9); });
      changed("an arm less", [&](LearnerState& s) { s.arms.resize(i); });
    }
    if (state.arms.size() > 1) {
      changed("losses", [&](LearnerState& s) { s.arms[0].loss_sum = std::nextafter(s.arms[0].loss_sum, 1e9); });
      changed("count of losses", [](LearnerState& s) { s.loss_count = std::nextafter(s.loss_count, 1e9); });
      changed("z's mean", [](LearnerState& s) { s.fourier.mean[0] = std::nextafter(s.fourier.mean[0], 1e9); });
      changed("z's squares", [](LearnerState& s) { s.fourier.squares[0] = std::nextafter(s.fourier.squares[0], 1e9); });
      changed("z's counts", [](LearnerState& s) { ++s.fourier.counted[0]; });
      changed("z's samples", [](LearnerState& s) { ++s.fourier.samples; });
    }
    for (const std::uint64_t bit : {0, 13, 101}) {
      for (std::size_t l = 0; l < state.arms[0].network.weights.size(); ++l) {
        changed("weight", [&](LearnerState& s) { flip_bit(s.arms[0].network.weights[l], bit); });
      }
      for (std::size_t l = 0; l < state.arms[0].memories.size(); ++l) {
        changed("memory a", [&](LearnerState& s) { flip_bit(s.arms[0].memories[l].a, bit); });
        changed("memory b", [&](LearnerState& s) { flip_bit(s.arms[0].memories[l].b, bit); });
      }
      for (std::size_t l = 0; l < state.arms[0].moments.size(); ++l) {
        changed("first", [&](LearnerState& s) { flip_bit(s.arms[0].moments[l].first, bit); });
        changed("second", [&](LearnerState& s) { flip_bit(s.arms[0].moments[l].second, bit); });
      }
      for (std::size_t l = 0; l < state.arms[0].norm_vectors.size(); ++l) {
        changed("norm vector", [&](LearnerState& s) { flip_bit(s.arms[0].norm_vectors[l], bit); });
      }
      for (std::size_t l = 0; l < state.arms[0].tuning.layers.size(); ++l) {
        const bool wide = state.arms[0].tuning.layers[l].basis.size() > 0;
        changed("tuning a", [&](LearnerState& s) { flip_bit(s.arms[0].tuning.layers[l].a, bit); });
        changed("factor", [&](LearnerState& s) {
          flip_bit(wide ? s.arms[0].tuning.layers[l].basis : s.arms[0].tuning.layers[l].factor, bit);
        });
        if (wide) changed("values", [&](LearnerState& s) { flip_bit(s.arms[0].tuning.layers[l].values, bit); });
      }
      for (std::size_t l = 0; l < state.arms[0].tuning.sets.fast.weights.size(); ++l) {
        changed("brief", [&](LearnerState& s) { flip_bit(s.arms[0].tuning.sets.fast.weights[l], bit); });
        changed("lasting", [&](LearnerState& s) { flip_bit(s.arms[0].tuning.sets.slow.weights[l], bit); });
      }
      if (state.arms[0].output.first.size() > 0) {
        changed("output first", [&](LearnerState& s) { flip_bit(s.arms[0].output.first, bit); });
        changed("output second", [&](LearnerState& s) { flip_bit(s.arms[0].output.second, bit); });
      }
      if (state.statistics.mean.size() > 0) {
        changed("mean", [&](LearnerState& s) { flip_bit(s.statistics.mean, bit); });
        changed("squares", [&](LearnerState& s) { flip_bit(s.statistics.squares, bit); });
      }
    }
    if (state.statistics.mean.size() > 0) {
      changed("counted", [](LearnerState& s) { ++s.statistics.counted.back(); });
      changed("common", [](LearnerState& s) { s.statistics.common[0] += 1.0; });
      changed("common_count", [](LearnerState& s) { ++s.statistics.common_count[0]; });
      changed("since_common", [](LearnerState& s) { ++s.statistics.since_common[0]; });
      changed("outside", [](LearnerState& s) { ++s.statistics.outside[0]; });
      changed("run", [](LearnerState& s) { ++s.statistics.run[0]; });
      changed("run_mean", [](LearnerState& s) { s.statistics.run_mean[0] += 1.0; });
      changed("run_squares", [](LearnerState& s) { s.statistics.run_squares[0] += 1.0; });
      changed("longest_run", [](LearnerState& s) { ++s.statistics.longest_run[0]; });
      changed("settled", [](LearnerState& s) { s.statistics.settled[0] ^= 1; });
      changed("candidates", [](LearnerState& s) { s.statistics.candidates[0].push_back(1.0); });
    }
    changed("step", [](LearnerState& s) { ++s.step; });
    changed("samples", [](LearnerState& s) { ++s.samples; });
    changed("skipped", [](LearnerState& s) { ++s.skipped; });
    changed("statistics.samples", [](LearnerState& s) { ++s.statistics.samples; });
    changed("output.steps", [](LearnerState& s) { ++s.arms[0].output.steps; });
    for (std::size_t l = 0; l < state.arms[0].moments.size(); ++l) {
      changed("moments.steps", [&](LearnerState& s) { ++s.arms[0].moments[l].steps; });
    }
    const auto nudged = [](double& value) { value = std::nextafter(value, 1e9); };
    for (std::size_t l = 0; l < state.arms[0].tuning.layers.size(); ++l) {
      changed("rest", [&](LearnerState& s) { nudged(s.arms[0].tuning.layers[l].rest); });
      changed("lambda", [&](LearnerState& s) { nudged(s.arms[0].tuning.layers[l].lambda); });
      changed("step ratio", [&](LearnerState& s) { nudged(s.arms[0].tuning.layers[l].step_ratio); });
    }
    if (!state.arms[0].tuning.layers.empty()) {
      changed("tuning.steps", [](LearnerState& s) { ++s.arms[0].tuning.steps; });
      changed("tuning.refreshed", [](LearnerState& s) { ++s.arms[0].tuning.refreshed; });
      changed("tuning.restarted", [](LearnerState& s) { ++s.arms[0].tuning.restarted; });
      changed("tuning.forgotten", [](LearnerState& s) { ++s.arms[0].tuning.forgotten; });
      for (std::size_t i = 0; i < 3; ++i) {
        changed("set's loss", [&](LearnerState& s) { nudged(s.arms[0].tuning.sets.loss[i]); });
      }
      changed("scored", [](LearnerState& s) { ++s.arms[0].tuning.sets.scored; });
      changed("averaged", [](LearnerState& s) { ++s.arms[0].tuning.sets.averaged; });
      changed("served", [](LearnerState& s) { s.arms[0].tuning.sets.served = (s.arms[0].tuning.sets.served + 1) % 3; });
      changed("boldness", [&](LearnerState& s) { nudged(s.arms[0].tuning.sets.log_step_fraction); });
    }
    const auto prequential = [&](const std::string& part, const std::function<void(Prequential::State&)>& change) {
      changed(part, [&](LearnerState& s) {
        Prequential::State p = s.prequential.state();
        change(p);
        s.prequential = Prequential(std::move(p));
      });
    };
    prequential("samples", [](Prequential::State& p) { ++p.samples; });
    prequential("correct", [](Prequential::State& p) { ++p.correct; });
    prequential("loss", [](Prequential::State& p) { p.loss = std::nextafter(p.loss, 1e9); });
    prequential("head", [](Prequential::State& p) { ++p.head; });
    prequential("window loss", [](Prequential::State& p) { p.window_loss[5] = -1.0F; });
    prequential("window right", [](Prequential::State& p) { p.window_right[5] ^= 2U; });
    prequential("majority correct", [](Prequential::State& p) { ++p.majority_correct; });
    prequential("no change correct", [](Prequential::State& p) { ++p.no_change_correct; });
    if (options.model.spec.task == Task::classification) {
      prequential("class samples", [](Prequential::State& p) { ++p.class_samples[1]; });
      prequential("class correct", [](Prequential::State& p) { ++p.class_correct[1]; });
      prequential("class predicted", [](Prequential::State& p) { ++p.class_predicted[1]; });
      prequential("window label", [](Prequential::State& p) { p.window_label[5] = (p.window_label[5] + 1) % 3; });
      prequential("window predicted",
                  [](Prequential::State& p) { p.window_predicted[5] = (p.window_predicted[5] + 1) % 3; });
    } else {
      changed("spread mean", [](LearnerState& s) { s.drift.spread.mean[2] += 1.0; });
    }
    changed("memory since", [](LearnerState& s) { ++s.arms[0].memory_since; });
    changed("page-hinkley count", [](LearnerState& s) { ++s.drift.page_hinkley.count; });
    changed("page-hinkley low at", [](LearnerState& s) { ++s.drift.page_hinkley.low_at; });
    for (double PageHinkley::*const member :
         {&PageHinkley::sum, &PageHinkley::excess, &PageHinkley::lowest, &PageHinkley::low_sum}) {
      changed("page-hinkley", [member](LearnerState& s) { s.drift.page_hinkley.*member += 0.5; });
    }
    changed("adwin taken", [](LearnerState& s) { ++s.drift.adwin.taken; });
    changed("adwin sum", [](LearnerState& s) { s.drift.adwin.sum += 0.5; });
    changed("adwin squares", [](LearnerState& s) { s.drift.adwin.squares += 0.5; });
    changed("adwin bucket", [](LearnerState& s) { s.drift.adwin.rows[1].buckets[0].squares += 0.5; });
    changed("adwin row", [](LearnerState& s) { ++s.drift.adwin.rows[2].count; });
    changed("spread squares", [](LearnerState& s) { s.drift.spread.squares += 1.0; });
    changed("spread samples", [](LearnerState& s) { ++s.drift.spread.samples; });
    changed("concept at", [](LearnerState& s) { ++s.drift.concept_at; });
    changed("alarms of a detector", [](LearnerState& s) { ++s.drift.counts[1].alarms; });
    changed("held back", [](LearnerState& s) { ++s.drift.counts[1].held_back; });
    changed("last of a detector", [](LearnerState& s) { ++s.drift.counts[0].last; });
    changed("an alarm", [](LearnerState& s) { s.drift.alarms.push_back({Detector::adwin, 1, 2, {}}); });
    changed("its evidence", [](LearnerState& s) {
      s.drift.alarms.push_back({Detector::adwin, 1, 2, {0.1, 0.2, 0.3, 0.4, 5}});
    });
    changed("concepts begun", [](LearnerState& s) { ++s.holdout.begun; });
    changed("scored step", [](LearnerState& s) { ++s.holdout.scored_step; });
    changed("a score", [](LearnerState& s) { s.holdout.scores.push_back({1, 0.5}); });
    changed("another score", [](LearnerState& s) { s.holdout.scores.push_back({2, 0.5}); });
    if (!state.holdout.concepts.empty()) {
      changed("number", [](LearnerState& s) { ++s.holdout.concepts[0].number; });
      changed("begun", [](LearnerState& s) { ++s.holdout.concepts[0].begun; });
      changed("ended", [](LearnerState& s) { ++s.holdout.concepts[0].ended; });
      changed("offered", [](LearnerState& s) { ++s.holdout.concepts[0].offered; });
      changed("scored", [](LearnerState& s) { s.holdout.concepts[0].scored = !s.holdout.concepts[0].scored; });
      changed("accuracy", [](LearnerState& s) { s.holdout.concepts[0].accuracy += 0.25; });
      changed("accuracy at end", [](LearnerState& s) { s.holdout.concepts[0].accuracy_at_end += 0.25; });
      changed("position", [](LearnerState& s) { ++s.holdout.concepts[0].position[3]; });
      changed("label", [](LearnerState& s) { ++s.holdout.concepts[0].label[3]; });
      changed("x", [](LearnerState& s) { s.holdout.concepts[0].x[3] += 1.0F; });
    }
    changed("one label more", [](LearnerState& s) { s.labels.add("another"); });
    if (state.labels.size() > 1) {
      changed("labels in another order", [&](LearnerState& s) {
        std::vector<std::string> names = s.labels.names();
        std::swap(names[0], names[1]);
        s.labels = LabelTable(names);
      });
      changed("labels divided elsewhere", [&](LearnerState& s) {
        std::vector<std::string> names = s.labels.names();
        names[1].insert(0, 1, names[0].back());
        names[0].pop_back();
        s.labels = LabelTable(names);
      });
    }
    CHECK(hashes.size() == changes);

    LearnerState later = state;
    later.sequence += 1000;
    CHECK(state_sha256(later) == state_sha256(state));
  }
}
