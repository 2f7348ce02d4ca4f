#pragma once
// Random valid configurations for property tests.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace altmind::test {

/// Draws every choice from one seeded stream, so that a failing case can be reproduced.
class RandomConfig {
 public:
  explicit RandomConfig(std::uint64_t seed) : random_(seed) {}

  config::Config config();
  LearnerOptions learner();

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool coin() { return below(2) == 0; }
  std::uint64_t whole(std::uint64_t low, std::uint64_t high);
  /// Returns any double of the range, of every magnitude.
  double number(double low, double high);
  std::chrono::milliseconds duration(std::int64_t low, std::int64_t high);
  std::string name();
  std::string path();
  std::string text(std::size_t longest);
  std::vector<Column> columns(std::size_t count, NormaliserKind normaliser);
  adapters::SourceOptions source(const ModelOptions& model, std::size_t index, bool test);
  void file_source(const ModelOptions& model, adapters::SourceOptions& source, bool test);
  void csv(const ModelOptions& model, adapters::SourceOptions& source);

  std::mt19937_64 random_;
};

}  // namespace altmind::test
