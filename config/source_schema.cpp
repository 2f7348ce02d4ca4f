#include <algorithm>
#include <array>
#include <limits>

#include "adapters/address.hpp"
#include "adapters/sources/generator/stream_shape.hpp"
#include "config/schema.hpp"

namespace altmind::config {
namespace {

using Of = FieldOf<adapters::SourceOptions>;
constexpr std::uint64_t largest_whole = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
constexpr std::array<std::string_view, 4> type_names = {"tcp", "file", "stdin", "generator"};
constexpr std::array<std::string_view, 6> formats = {"ndjson", "csv", "idx", "cifar10", "libsvm", "vw"};

std::string read_address(const Value& value) {
  constexpr std::string_view allowed = "host:port, or [address]:port for IPv6";
  const std::string text = read_text(value, allowed);
  if (!adapters::parse_address(text)) refuse(allowed, value);
  return text;
}

/// A column by name or by number from 0; numbers are stored as text.
std::string read_column(const Value& value) {
  constexpr std::string_view allowed = "a column's name or its number from 0";
  if (const auto* number = std::get_if<std::uint64_t>(&value.data)) {
    if (*number < 1'000'000) return std::to_string(*number);
    refuse(allowed, value);
  }
  const std::string name = read_text(value, allowed);
  if (name.empty()) refuse(allowed, value);
  return name;
}

Field<adapters::SourceOptions> label_field() {
  return {
      "label", [](adapters::SourceOptions& o, const Value& v, const Reading&) { o.label = read_column(v); },
      [](const adapters::SourceOptions& o) { return o.label.empty() ? std::nullopt : std::optional(Value(o.label)); }};
}

Field<adapters::SourceOptions> columns_field() {
  const auto read = [](adapters::SourceOptions& o, const Value& v, const Reading&) {
    constexpr std::string_view allowed = "a list of columns, each by name or by number from 0";
    std::vector<std::string> columns;
    read_list(v, allowed, [&](const Value& item) {
      std::string column = read_column(item);
      if (std::find(columns.begin(), columns.end(), column) != columns.end()) {
        throw Refusal("names a column twice: " + shown(item));
      }
      columns.push_back(std::move(column));
    });
    if (columns.empty()) refuse(allowed, v);
    o.columns = std::move(columns);
  };
  const auto write = [](const adapters::SourceOptions& o) -> std::optional<Value> {
    if (o.columns.empty()) return std::nullopt;
    return Value(Value::List(o.columns.begin(), o.columns.end()));
  };
  return {"columns", read, write};
}

/// `one` for a single path, `many` for a list: both set the same member, and only one is written.
template <class At>
Field<adapters::SourceOptions> one_path(std::string_view key, At at) {
  return {key,
          [at](adapters::SourceOptions& o, const Value& v, const Reading& reading) { at(o) = {read_path(v, reading)}; },
          [at](const adapters::SourceOptions& o) {
            return at(o).size() == 1 ? std::optional(path_value(at(o).front())) : std::nullopt;
          }};
}

template <class At>
Field<adapters::SourceOptions> many_paths(std::string_view key, At at) {
  const auto read = [at](adapters::SourceOptions& o, const Value& v, const Reading& reading) {
    constexpr std::string_view allowed = "a list of at least one path";
    std::vector<std::string> paths;
    read_list(v, allowed, [&](const Value& item) { paths.push_back(read_path(item, reading)); });
    if (paths.empty()) refuse(allowed, v);
    at(o) = std::move(paths);
  };
  const auto write = [at](const adapters::SourceOptions& o) -> std::optional<Value> {
    if (at(o).size() < 2) return std::nullopt;
    Value::List list;
    for (const std::string& path : at(o)) list.push_back(path_value(path));
    return Value(std::move(list));
  };
  return {key, read, write};
}

std::vector<std::string> read_words(const Value& v) {
  constexpr std::string_view allowed = "a list of at most 100 words of 1 to 64 bytes";
  std::vector<std::string> words;
  read_list(v, allowed, [&](const Value& item) {
    words.push_back(read_text(item, allowed));
    if (words.back().empty() || words.back().size() > 64 || words.size() > 100) refuse(allowed, v);
  });
  return words;
}

/// Words for missing values; written if given.
Field<adapters::SourceOptions> missing_field() {
  const auto read = [](adapters::SourceOptions& o, const Value& v, const Reading&) { o.missing = read_words(v); };
  const auto write = [](const adapters::SourceOptions& o) -> std::optional<Value> {
    if (!o.missing) return std::nullopt;
    return Value(Value::List(o.missing->begin(), o.missing->end()));
  };
  return {"missing", read, write};
}

/// Units next to numbers; written if there are any.
Field<adapters::SourceOptions> units_field() {
  const auto read = [](adapters::SourceOptions& o, const Value& v, const Reading&) { o.units = read_words(v); };
  const auto write = [](const adapters::SourceOptions& o) -> std::optional<Value> {
    if (o.units.empty()) return std::nullopt;
    return Value(Value::List(o.units.begin(), o.units.end()));
  };
  return {"units", read, write};
}

Field<adapters::SourceOptions> limit_field() {
  return {"limit",
          [](adapters::SourceOptions& o, const Value& v, const Reading&) { o.limit = read_whole(v, 1, largest_whole); },
          [](const adapters::SourceOptions& o) { return o.limit ? std::optional(Value(*o.limit)) : std::nullopt; }};
}

/// What a source is.
std::vector<SourceField> kind_fields() {
  const std::vector<adapters::SourceType> bytes = {adapters::SourceType::tcp, adapters::SourceType::file,
                                                   adapters::SourceType::standard_input};
  return {
      {Of::choice("type", [](auto& o) -> auto& { return o.type; }, {type_names.begin(), type_names.end()}),
       {},
       {},
       true},
      {Of::choice("format", [](auto& o) -> auto& { return o.format; }, {formats.begin(), formats.end()}),
       bytes,
       {},
       true},
      {Of::text(
           "name", [](auto& o) -> auto& { return o.name; }, read_name),
       {},
       {},
       false},
  };
}

/// How streams arrive.
std::vector<SourceField> tcp_fields() {
  const std::vector<adapters::SourceType> tcp = {adapters::SourceType::tcp};
  return {
      {Of::text(
           "address", [](auto& o) -> auto& { return o.address; }, read_address),
       tcp,
       {},
       false},
      {Of::flag(
           "ack", [](auto& o) -> auto& { return o.ack; }),
       tcp,
       {},
       false},
      {Of::duration(
           "idle_timeout", [](auto& o) -> auto& { return o.idle_timeout; }, std::chrono::milliseconds(1),
           std::chrono::hours(24 * 365)),
       tcp,
       {},
       false},
  };
}

/// Files to read.
std::vector<SourceField> path_fields() {
  const std::vector<adapters::SourceType> file = {adapters::SourceType::file};
  const std::vector<adapters::Format> idx = {adapters::Format::idx};
  const auto paths = [](auto& o) -> auto& {
    return o.paths;
  };
  const auto labels_paths = [](auto& o) -> auto& {
    return o.labels_paths;
  };
  return {
      {one_path("path", paths), file, {}, true},
      {many_paths("paths", paths), file, {}, true},
      {one_path("labels_path", labels_paths), file, idx, true},
      {many_paths("labels_paths", labels_paths), file, idx, true},
  };
}

/// Dialect of a table.
std::vector<SourceField> csv_fields() {
  const std::vector<adapters::SourceType> bytes = {adapters::SourceType::tcp, adapters::SourceType::file,
                                                   adapters::SourceType::standard_input};
  const std::vector<adapters::SourceType> input = {adapters::SourceType::file, adapters::SourceType::standard_input};
  const std::vector<adapters::Format> csv = {adapters::Format::csv};
  return {
      {Of::flag(
           "header", [](auto& o) -> auto& { return o.header; }),
       input, csv, true},
      {label_field(), bytes, csv, true},
      {columns_field(), bytes, csv, true},
      {Of::choice("separator", [](auto& o) -> auto& { return o.separator; }, {",", ";", "\t", "|", " "}), bytes, csv,
       true},
      {Of::choice("quote", [](auto& o) -> auto& { return o.quote; }, {"\"", "'"}), bytes, csv, true},
      {Of::choice("decimal", [](auto& o) -> auto& { return o.decimal; }, {".", ","}), bytes, csv, true},
      {Of::choice("not_a_number", [](auto& o) -> auto& { return o.not_a_number; }, {"refuse", "missing"}), bytes, csv,
       true},
      {missing_field(), bytes, csv, true},
      {units_field(), bytes, csv, true},
      {Of::choice("line_end", [](auto& o) -> auto& { return o.line_end; }, {"lf", "cr"}), input, csv, true},
      {Of::flag(
           "line_breaks", [](auto& o) -> auto& { return o.line_breaks; }),
       input, csv, true},
      {Of::whole(
           "preamble", [](auto& o) -> auto& { return o.preamble; }, 0, 1000),
       input, csv, true},
  };
}

/// Records to read, how often and in which order.
std::vector<SourceField> order_fields() {
  const std::vector<adapters::SourceType> input = {adapters::SourceType::file, adapters::SourceType::standard_input};
  const std::vector<adapters::SourceType> ending = {adapters::SourceType::file, adapters::SourceType::standard_input,
                                                    adapters::SourceType::generator};
  const std::vector<adapters::SourceType> file = {adapters::SourceType::file};
  const std::vector<adapters::SourceType> seeded = {adapters::SourceType::file, adapters::SourceType::generator};
  return {
      {Of::whole(
           "skip", [](auto& o) -> auto& { return o.skip; }, 0, largest_whole),
       input,
       {},
       true},
      {limit_field(), ending, {}, true},
      {Of::whole(
           "epochs", [](auto& o) -> auto& { return o.epochs; }, 1, largest_whole),
       file,
       {},
       false},
      {Of::flag(
           "shuffle", [](auto& o) -> auto& { return o.shuffle; }),
       file,
       {},
       false},
      {Of::whole(
           "seed", [](auto& o) -> auto& { return o.seed; }, 0, largest_whole),
       seeded,
       {},
       false},
      {Of::flag(
           "follow", [](auto& o) -> auto& { return o.follow; }),
       file,
       {},
       false},
  };
}

std::vector<std::string_view> stream_names() {
  std::vector<std::string_view> names;
  for (const generator::StreamShape& shape : generator::stream_shapes) names.push_back(shape.name);
  return names;
}

/// What is generated.
std::vector<SourceField> generator_fields() {
  const std::vector<adapters::SourceType> made = {adapters::SourceType::generator};
  return {
      {Of::number("rate", [](auto& o) -> auto& { return o.rate; }, {0, 1e9}), made, {}, false},
      {Of::choice(
           "stream", [](auto& o) -> auto& { return o.stream; }, stream_names()),
       made,
       {},
       false},
      {Of::whole(
           "drift_every", [](auto& o) -> auto& { return o.drift_every; }, 1, largest_whole),
       made,
       {},
       false},
      {Of::number("noise", [](auto& o) -> auto& { return o.noise; }, {0, 1}), made, {}, false},
  };
}

/// Maximum record length.
std::vector<SourceField> length_fields() {
  const std::vector<adapters::SourceType> bytes = {adapters::SourceType::tcp, adapters::SourceType::file,
                                                   adapters::SourceType::standard_input};
  const std::vector<adapters::Format> text = {adapters::Format::ndjson, adapters::Format::csv, adapters::Format::libsvm,
                                              adapters::Format::vw};
  return {
      {Of::size(
           "max_line", [](auto& o) -> auto& { return o.max_line; }, 64, 1ull << 30),
       bytes, text, true},
  };
}

/// All keys, in the order in which they are written.
std::vector<SourceField> make_fields() {
  std::vector<SourceField> all;
  for (const auto& fields : {kind_fields(), tcp_fields(), path_fields(), csv_fields(), order_fields(),
                             generator_fields(), length_fields()}) {
    all.insert(all.end(), fields.begin(), fields.end());
  }
  return all;
}

template <class T>
bool lists(const std::vector<T>& values, T value) {
  return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

const std::vector<SourceField>& source_fields() {
  static const std::vector<SourceField> fields = make_fields();
  return fields;
}

std::span<const std::string_view> source_type_names() {
  return type_names;
}

std::span<const std::string_view> format_names() {
  return formats;
}

bool type_reads(const SourceField& field, adapters::SourceType type) {
  return lists(field.types, type);
}

bool format_reads(const SourceField& field, adapters::SourceType type, adapters::Format format) {
  return type == adapters::SourceType::generator || lists(field.formats, format);
}

}  // namespace altmind::config
