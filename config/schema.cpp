#include "config/schema.hpp"

#include <algorithm>
#include <limits>

#include "adapters/address.hpp"
#include "config/expand.hpp"
#include "config/nearest.hpp"
#include "config/read_arms.hpp"
#include "config/read_columns.hpp"
#include "config/read_layers.hpp"

namespace altmind::config {
namespace {

using namespace std::chrono_literals;
using Of = FieldOf<Config>;

constexpr std::uint64_t kib = 1ull << 10;
constexpr std::uint64_t mib = 1ull << 20;
constexpr std::uint64_t gib = 1ull << 30;
constexpr std::uint64_t largest_whole = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Field<Config> lift(const Field<LearnerOptions>& field) {
  return {field.key,
          [read = field.read](Config& config, const Value& value, const Reading& reading) {
            read(config.learner, value, reading);
          },
          [write = field.write](const Config& config) { return write(config.learner); }};
}

std::string read_listen(const Value& value) {
  constexpr std::string_view allowed = "address:port, [address]:port for IPv6, or \"\" for no HTTP";
  const std::string text = read_text(value, allowed);
  if (!text.empty() && !adapters::parse_address(text)) refuse(allowed, value);
  return text;
}

Field<Config> hosts_field() {
  const auto read = [](Config& c, const Value& v, const Reading&) {
    std::vector<std::string> hosts;
    read_list(v, "a list of host names", [&](const Value& item) {
      constexpr std::string_view allowed = "a host name of letters, digits, '-', '_' and '.', without a port";
      const std::string name = read_text(item, allowed);
      const auto part = [](char ch) {
        return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '-' ||
               ch == '_' || ch == '.';
      };
      if (name.empty() || name.size() > 253 || !std::all_of(name.begin(), name.end(), part)) refuse(allowed, item);
      hosts.push_back(name);
    });
    c.http.hosts = std::move(hosts);
  };
  const auto write = [](const Config& c) -> std::optional<Value> {
    return Value(Value::List(c.http.hosts.begin(), c.http.hosts.end()));
  };
  return {"hosts", read, write};
}

Section<Config> http_section() {
  return {"http",
          {Of::text(
               "listen", [](auto& c) -> auto& { return c.http.listen; }, read_listen),
           hosts_field(),
           Of::flag(
               "insecure", [](auto& c) -> auto& { return c.http.insecure; }),
           Of::whole(
               "max_samples", [](auto& c) -> auto& { return c.http.max_samples; }, 1, 10'000'000),
           Of::size(
               "max_header", [](auto& c) -> auto& { return c.http.max_header; }, kib, mib),
           Of::size(
               "max_body", [](auto& c) -> auto& { return c.http.max_body; }, kib, 4 * gib),
           Of::size(
               "max_answer", [](auto& c) -> auto& { return c.http.max_answer; }, kib, 4 * gib),
           Of::whole(
               "max_connections", [](auto& c) -> auto& { return c.http.max_connections; }, 1, 1'000'000),
           Of::duration(
               "header_timeout", [](auto& c) -> auto& { return c.http.header_timeout; }, 1ms, 24h),
           Of::duration(
               "body_timeout", [](auto& c) -> auto& { return c.http.body_timeout; }, 1ms, 24h),
           Of::duration(
               "write_timeout", [](auto& c) -> auto& { return c.http.write_timeout; }, 1ms, 24h),
           Of::duration(
               "idle_timeout", [](auto& c) -> auto& { return c.http.idle_timeout; }, 1ms, 24h)}};
}

Field<Config> directory_field() {
  return {
      "directory", [](Config& c, const Value& v, const Reading& reading) { c.store.directory = read_path(v, reading); },
      [](const Config& c) { return c.store.directory ? std::optional(path_value(*c.store.directory)) : std::nullopt; }};
}

/// A duration or, as the key's name suggests, a number of seconds.
Field<Config> checkpoint_seconds_field() {
  const auto read = [](Config& c, const Value& v, const Reading&) {
    if (std::holds_alternative<std::string>(v.data)) {
      c.store.checkpoint_time = read_duration(v, 0ms, longest_duration);
      return;
    }
    const double most = std::chrono::duration<double>(longest_duration).count();
    const double seconds = read_number(v, {0, most}, " of seconds, or a duration such as \"5m\"");
    c.store.checkpoint_time = std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
    // Rounding to 0 would mean never.
    if (seconds > 0 && c.store.checkpoint_time == 0ms) refuse("0 or at least 1 ms", v);
  };
  return {"checkpoint_seconds", read,
          [](const Config& c) { return std::optional(Value(format_duration(c.store.checkpoint_time))); }};
}

Section<Config> store_section() {
  return {"store",
          {directory_field(),
           Of::flag(
               "journal", [](auto& c) -> auto& { return c.store.journal; }),
           Of::whole(
               "checkpoint_batches", [](auto& c) -> auto& { return c.store.checkpoint_batches; }, 0, largest_whole),
           checkpoint_seconds_field(),
           Of::whole(
               "keep", [](auto& c) -> auto& { return c.store.keep; }, 1, 1000),
           Of::size(
               "journal_max_bytes", [](auto& c) -> auto& { return c.store.journal_max_bytes; }, mib, largest_whole)}};
}

Section<Config> log_section() {
  return {"log",
          {Of::choice("level", [](auto& c) -> auto& { return c.log.level; }, {"debug", "info", "warning", "error"}),
           Of::choice("format", [](auto& c) -> auto& { return c.log.format; }, {"text", "json"})}};
}

Section<Config> limits_section() {
  const auto read = [](Config& c, const Value& v, const Reading&) {
    c.memory_limit = read_size(v, mib, largest_whole);
  };
  const auto write = [](const Config& c) {
    return c.memory_limit ? std::optional(size_value(*c.memory_limit)) : std::nullopt;
  };
  return {"limits", {Field<Config>{"memory", read, write}}};
}

std::vector<Section<Config>> make_sections() {
  std::vector<Section<Config>> sections;
  for (const auto& learner_section : learner_sections()) {
    Section<Config>& section = sections.emplace_back(Section<Config>{learner_section.name, {}});
    for (const auto& field : learner_section.fields) {
      section.fields.push_back(lift(field));
      if (field.key == "batch_size") {  // these affect how samples reach the learner, not what it learns
        section.fields.push_back(Of::duration(
            "max_batch_age", [](auto& c) -> auto& { return c.max_batch_age; }, 0ms, 24h));
        section.fields.push_back(Of::whole(
            "queue_samples", [](auto& c) -> auto& { return c.queue_samples; }, 1, 100'000'000));
        section.fields.push_back(Of::whole(
            "threads", [](auto& c) -> auto& { return c.threads; }, 1, 64));
      }
    }
  }
  sections.push_back(http_section());
  sections.push_back(store_section());
  sections.push_back(log_section());
  sections.push_back(limits_section());
  return sections;
}

std::vector<std::string_view> keys_of(std::string_view section) {
  std::vector<std::string_view> keys;
  if (section == "source" || section == "test") {
    for (const SourceField& field : source_fields()) {
      if (section == "source" || field.in_test) keys.push_back(field.field.key);
    }
  }
  if (section == "features.column") {
    for (const auto& field : column_fields()) keys.push_back(field.key);
  }
  if (section == "learning.arms") {
    for (const auto& field : arm_fields()) keys.push_back(field.key);
  }
  if (section == "model.layer") {
    for (const auto& field : layer_fields()) keys.push_back(field.key);
  }
  for (const auto& candidate : config_sections()) {
    if (candidate.name != section) continue;
    for (const auto& field : candidate.fields) keys.push_back(field.key);
  }
  return keys;
}

}  // namespace

const std::vector<Section<Config>>& config_sections() {
  static const std::vector<Section<Config>> sections = make_sections();
  return sections;
}

std::string read_path(const Value& value, const Reading& reading) {
  constexpr std::string_view allowed = "a path";
  const std::string path = expand_variables(read_text(value, allowed), reading.environment);
  if (path.empty() || path.find('\0') != std::string::npos) refuse(allowed, value);
  return path;
}

Value path_value(const std::string& path) {
  return Value(escape_variables(path));
}

std::string read_name(const Value& value) {
  constexpr std::string_view allowed =
      "a name of at most 64 letters, digits, '_', '-' and '.' that begins with a letter";
  const std::string name = read_text(value, allowed);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; };
  if (name.empty() || name.size() > 64 || !letter(name[0]) || !std::all_of(name.begin(), name.end(), part)) {
    refuse(allowed, value);
  }
  return name;
}

std::string unknown_key(std::string_view section, std::string_view key) {
  std::string out = "unknown key; ";
  const auto keys = keys_of(section);
  if (const auto near = nearest(key, keys)) return out + "did you mean " + std::string(*near) + '?';
  for (const std::string_view other : {"model", "learning", "memory", "consolidation", "features", "drift",
                                       "evaluation", "http", "store", "log", "limits"}) {
    const auto others = keys_of(other);
    if (std::find(others.begin(), others.end(), key) != others.end()) {
      return out + std::string(key) + " belongs to [" + std::string(other) + ']';
    }
  }
  const bool many =
      section == "source" || section == "features.column" || section == "model.layer" || section == "learning.arms";
  out += many ? "[[" + std::string(section) + "]]" : '[' + std::string(section) + ']';
  out += " has ";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) out += i + 1 == keys.size() ? " and " : ", ";
    out += keys[i];
  }
  return out;
}

}  // namespace altmind::config
