// Runs both kill campaigns with many kills and prints the outcomes. Arguments: kills [seed].

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include "tests/e2e/kill_campaign.hpp"
#include "tests/support/scratch_directory.hpp"

namespace {

using namespace altmind;
using namespace altmind::e2e;

bool ordered(std::size_t kills, std::uint64_t seed, bool damage, const OrderedOutcome& whole, const std::string& path) {
  const OrderedOutcome run =
      run_ordered({.seed = seed, .kills = kills, .requests = 8 * kills, .damage_checkpoints = damage}, path);
  const bool good = run.kills == kills && run.learned == whole.samples && run.state == whole.state &&
                    run.checkpoint_state == whole.state;
  std::printf(
      "ordered HTTP client%s: %zu kills and %zu more while starting, %zu requests sent again (%zu of them had "
      "been answered), %zu checkpoints damaged (%zu starts fell back), %llu of %llu samples learned, journal "
      "%s\n  state        %s\n  uninterrupted %s\n  %s\n",
      damage ? ", damaged checkpoints" : "", run.kills, run.kills_while_starting, run.retried, run.answered_before,
      run.damaged, run.fallbacks, static_cast<unsigned long long>(run.learned),
      static_cast<unsigned long long>(whole.samples), run.trimmed ? "trimmed" : "whole", run.state.c_str(),
      whole.state.c_str(), good ? "PASS" : "FAIL");
  return good;
}

bool mixed(std::size_t kills, std::uint64_t seed, const std::string& path) {
  const MixedOutcome run = run_mixed({.seed = seed, .kills = kills, .samples = 400 * kills}, path);
  const bool good = run.kills == kills && run.lost_at_stop + run.repeated_at_stop + run.lost + run.repeated == 0 &&
                    run.foreign == 0 && run.daemon_state == run.replayed_state &&
                    run.replayed_from_journal == run.replayed_state;
  std::printf(
      "HTTP and TCP clients together: %zu kills, %zu times sent again; lost %llu, repeated %llu, foreign %llu\n"
      "  daemon        %s\n  replay        %s\n  journal alone %s\n  %s\n",
      run.kills, run.retried, static_cast<unsigned long long>(run.lost_at_stop + run.lost),
      static_cast<unsigned long long>(run.repeated_at_stop + run.repeated),
      static_cast<unsigned long long>(run.foreign), run.daemon_state.c_str(), run.replayed_state.c_str(),
      run.replayed_from_journal.c_str(), good ? "PASS" : "FAIL");
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t kills = argc > 1 ? std::stoul(argv[1]) : 50;
  const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : 1;
  const auto begin = std::chrono::steady_clock::now();
  try {
    const ScratchDirectory scratch;
    const OrderedOutcome whole = run_ordered({.seed = seed, .kills = 0, .requests = 8 * kills}, scratch / "whole");
    bool good = ordered(kills, seed, false, whole, scratch / "killed");
    good = ordered(kills, seed, true, whole, scratch / "damaged") && good;
    good = mixed(kills, seed, scratch / "mixed") && good;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    std::printf("%s (seed %llu, %.0f s)\n", good ? "PASS" : "FAIL", static_cast<unsigned long long>(seed),
                seconds.count());
    return good ? 0 : 1;
  } catch (const std::exception& error) {
    std::printf("FAIL: %s\n", error.what());
    return 1;
  }
}
