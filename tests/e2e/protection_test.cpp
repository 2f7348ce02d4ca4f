// `altmind learn` on ordinary tables that are sorted or drift, with and without protection.

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "core/linalg/random.hpp"
#include "tests/e2e/support/daemon.hpp"
#include "tests/support/contains.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

namespace {

using nlohmann::json;

double loss(const Learned& learned) {
  return learned.report.at("prequential").at("loss").get<double>();
}

/// Returns a catalogue: the expensive half by ascending price, then the cheap half by ascending price.
std::string catalogue(int rows) {
  Random random(6);
  std::ostringstream table;
  table << "size,grade,depth,length,price\n";
  for (int i = 0; i < rows; ++i) {
    const double rank = static_cast<double>((i + rows / 2) % rows) / rows;
    const double size = std::exp(3.0 * rank - 1.5 + 0.05 * random.normal());
    const auto grade = static_cast<std::size_t>(random.below(5));
    const double price = 4200.0 * std::pow(size, 1.65) * (0.75 + 0.08 * static_cast<double>(grade));
    table << size << ',' << "abcde"[grade] << ',' << 61.7 + 1.4 * random.normal() << ','
          << 6.5 * std::cbrt(size) * (1.0 + 0.006 * random.normal()) << ',' << price * std::exp(0.08 * random.normal())
          << '\n';
  }
  return table.str();
}

/// Returns rows of a machine whose level, and with it an input, changes every 1,500 rows.
std::string settings(int rows) {
  Random random(7);
  std::ostringstream table;
  table << "a,b,c,yield\n";
  for (int i = 0; i < rows; ++i) {
    const double level = std::array{0.0, 5.0, -3.0, 8.0}[static_cast<std::size_t>(i / 1500) % 4];
    const double a = random.normal();
    const double b = random.normal();
    table << a << ',' << b << ',' << level + random.normal() << ','
          << 2.0 * level + a - std::abs(b) + 0.3 * random.normal() << '\n';
  }
  return table.str();
}

}  // namespace

TEST_CASE("a price list in catalogue order is learned with protection as well as without") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("list.csv", catalogue(8000));
  const Learned with = learn({file, "--label", "price"});
  const Learned without = learn({file, "--label", "price", "--set", "consolidation.enabled=false"});
  CHECK(loss(with) <= 1.02 * loss(without));
}

TEST_CASE("protection that does not pay yields, says so, and a replay yields at the same sample") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("settings.csv", settings(6000));
  const std::string directory = scratch / "data";
  // Of one arm: several are not worse off with protection here.
  const auto learn_one = [&](std::vector<std::string> more) {
    more.insert(more.end(), {file, "--label", "yield", "--set", "learning.arms=1"});
    return learn(more);
  };
  const Learned with = learn_one({"--journal", "--set", "store.directory=" + directory});
  const Learned without = learn_one({"--set", "consolidation.enabled=false"});
  CHECK(loss(with) <= 1.05 * loss(without));  // three changes in 6,000 rows
  CHECK_MESSAGE(test::contains(with.err, "what was protected is let go"), with.err);
  std::filesystem::remove_all(directory + "/checkpoints");  // from the journal alone
  const Finished replayed = run_altmind({.arguments = {"replay", "--data", directory}});
  CHECK_MESSAGE(replayed.ended == exited(0), replayed.err);
  CHECK_MESSAGE(test::contains(replayed.out, with.report.at("state_sha256").get<std::string>()), replayed.out);
}

}  // namespace altmind::e2e
