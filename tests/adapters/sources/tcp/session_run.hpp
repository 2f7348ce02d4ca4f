#pragma once
// Runs sessions without a socket on given bytes.

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sources/tcp/session.hpp"
#include "tests/adapters/sources/tcp/fixture.hpp"

namespace altmind {

using Next = tcp::Session::Next;
using Json = nlohmann::json;

inline std::vector<Json> replies(tcp::Session& session) {
  std::vector<Json> all;
  std::istringstream lines(session.output());
  for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line));
  return all;
}

/// A sink that accepts everything; its groups become durable when the test says so.
struct Offers {
  std::vector<Group> groups;
  std::vector<std::uint64_t> numbers;

  void take(tcp::Session& session) {
    groups.push_back(std::move(session.group()));
    numbers.push_back(session.offered({Admission::accepted, {}}));
  }
};

/// Runs the session on `bytes`, every group durable at once; holds what was offered and replied.
struct Run {
  std::vector<float> learned;
  std::vector<Json> said;
  std::string position;
};

inline Run run(const adapters::SourceOptions& options, const std::vector<std::string>& parts,
               const SampleSpec& spec = two_inputs) {
  RecordingProbe probe;
  tcp::Session session(options, spec, probe);
  Run result;
  std::size_t part = 0;
  std::string pushed;
  std::uint64_t sequence = 0;
  for (;;) {
    const Next next = session.advance();
    if (next == Next::read) {
      if (part == parts.size()) {
        session.finish();
      } else {
        pushed = parts[part++];
        session.push(pushed);
      }
    } else if (next == Next::offer) {
      const Group group = session.group();
      for (std::size_t i = 0; i < group.samples.count; ++i) result.learned.push_back(group.samples.x[2 * i]);
      if (!group.origin.stream.empty()) result.position = group.origin.position;
      sequence += group.samples.count;
      session.durable(session.offered({Admission::accepted, {}}), {true, sequence});
    } else if (next == Next::open_stream) {
      session.resume("10");
    } else {
      REQUIRE(next != Next::wait);
    }
    for (Json& json : replies(session)) result.said.push_back(std::move(json));
    if (next == Next::end) return result;
  }
}

/// Returns the errors in order, and the last acknowledgement. How many refused lines after the last good one
/// it covers depends on the reads, unless there is a stream.
inline std::pair<std::vector<Json>, Json> gist(const Run& run) {
  std::pair<std::vector<Json>, Json> all;
  for (const Json& json : run.said) {
    if (json.contains("accepted")) {
      all.second = json;
      if (run.position.empty()) all.second.erase("through_line");
    } else {
      all.first.push_back(json);
    }
  }
  return all;
}

inline std::vector<std::string> split(const std::string& bytes, std::mt19937& random, std::size_t longest) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t n = std::uniform_int_distribution<std::size_t>(1, longest)(random);
    parts.push_back(bytes.substr(at, n));
    at += n;
  }
  return parts;
}

inline const char* const bad_line = "{\"features\":[1],\"label\":0}\n";

}  // namespace altmind
