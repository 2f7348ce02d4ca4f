// kill -9 at random moments: nothing acknowledged is lost, nothing is learned twice, no bit differs.

#include <doctest/doctest.h>

#include "tests/e2e/kill_campaign.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

TEST_CASE("an ordered client with idempotency keys gets the same bits whatever is killed in between") {
  const ScratchDirectory scratch;
  const OrderedOutcome whole = run_ordered({.kills = 0}, scratch / "whole");
  REQUIRE(whole.kills == 0);
  CHECK(whole.retried == 0);
  CHECK(whole.learned == whole.samples);
  CHECK(whole.state == whole.checkpoint_state);
  CHECK(whole.trimmed);

  const OrderedOutcome killed = run_ordered({.kills = 10}, scratch / "killed");
  CHECK(killed.kills == 10);
  CHECK(killed.samples == whole.samples);
  CHECK(killed.learned == whole.samples);
  CHECK(killed.trimmed);
  CHECK(killed.state == whole.state);
  CHECK(killed.checkpoint_state == whole.state);

  const OrderedOutcome damaged = run_ordered({.kills = 10, .damage_checkpoints = true}, scratch / "damaged");
  CHECK(damaged.kills == 10);
  CHECK(damaged.damaged > 0);
  CHECK(damaged.fallbacks > 0);
  CHECK(damaged.learned == whole.samples);
  CHECK(damaged.state == whole.state);
  CHECK(damaged.checkpoint_state == whole.state);
}

TEST_CASE("what HTTP and TCP clients were told is durable is learned exactly once whatever is killed in between") {
  const ScratchDirectory scratch;
  const MixedOutcome outcome = run_mixed({.kills = 10}, scratch / "mixed");
  CHECK(outcome.kills == 10);
  CHECK(outcome.retried > 0);
  CHECK(outcome.acknowledged_at_stop > 0);
  CHECK(outcome.lost_at_stop == 0);
  CHECK(outcome.repeated_at_stop == 0);
  CHECK(outcome.lost == 0);
  CHECK(outcome.repeated == 0);
  CHECK(outcome.foreign == 0);
  CHECK(outcome.daemon_sequence == outcome.replayed_sequence);
  CHECK(outcome.daemon_state == outcome.replayed_state);
  CHECK(outcome.journal_sequence == outcome.replayed_sequence);
  CHECK(outcome.replayed_from_journal == outcome.replayed_state);
}

}  // namespace altmind::e2e
