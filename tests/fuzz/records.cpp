#include "tests/fuzz/records.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "adapters/sources/file/text_records.hpp"

namespace altmind::fuzz {

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Returns a model of three numbers with named classes, an image of three, a regression, or columns of every kind.
SampleSpec model(unsigned choice) {
  SampleSpec spec{Task::classification, LabelKind::named, 3, 4};
  if (choice == 1) {
    spec.labels = LabelKind::index;
    spec.dimensions = {1, 3, 1};
  }
  if (choice == 2) {
    spec.task = Task::regression;
    spec.labels = LabelKind::index;
    spec.outputs = 1;
  }
  if (choice == 3) {
    Column number{"a"}, hashed{"b"}, named{"c"};
    number.missing = Missing::mean;
    hashed.type = named.type = ColumnType::categorical;
    hashed.encoding = ColumnEncoding::hashed;
    hashed.size = 7;
    named.missing = Missing::flag;
    spec.columns = {number, hashed, named};
  }
  return spec;
}

void check(const SampleSpec& spec, const Samples& samples) {
  require(samples.x.size() == samples.count * spec.inputs);
  require(samples.x_residual.values().size() <= samples.x.size());
  require(samples.target_residual.values().size() <= samples.target.size());
  for (std::size_t i = 0; i < samples.x.size(); ++i) {
    const auto x = samples.x[i];
    if (spec.columns.empty()) {
      require(std::isfinite(x));
      continue;
    }
    const Column& column = spec.columns[i % spec.inputs];
    if (column.has_vocabulary()) {
      require(is_missing(x) || word_of(x) < samples.words.size());
    } else if (is_missing(x)) {
      require(column.missing != Missing::refuse);
    } else {
      require(std::isfinite(x) && (column.type == ColumnType::numeric || (x >= 0 && x < 7)));
    }
  }
  if (spec.task == Task::regression) {
    require(samples.target.size() == samples.count * spec.outputs);
    require(std::all_of(samples.target.begin(), samples.target.end(), [](auto y) { return std::isfinite(y); }));
  } else if (spec.labels == LabelKind::named) {
    require(samples.name.size() == samples.count);
    for (const std::string& name : samples.name) require(!name.empty() && name.size() <= 256);
  } else {
    require(samples.label.size() == samples.count);
    require(std::all_of(samples.label.begin(), samples.label.end(), [&](auto y) { return y < spec.outputs; }));
  }
}

}  // namespace

void read_records(adapters::Format format, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  const unsigned choice = data[0];
  SampleSpec spec = model(choice % 4);
  // Formats that name features need a schema; formats of plain numbers have none.
  if (format == adapters::Format::vw) spec = model(3);
  adapters::SourceOptions options;
  options.name = "fuzzed";
  options.format = format;
  options.header = format == adapters::Format::csv && (choice & 4) != 0;
  options.max_line = 512;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = (choice & 8) != 0 ? 1 : 64 << 10;

  Samples samples;
  std::uint64_t refused = 0;
  const file::OnRejected on_rejected = [&](std::uint64_t, const ingest::Rejection& rejection, std::string_view) {
    require(!rejection.message.empty());
    ++refused;
  };
  try {
    file::TextRecords records(options, spec);
    records.begin("fuzzed",
                  options.header ? file::TextRecords::FirstLine::header : file::TextRecords::FirstLine::record);
    std::uint64_t number = 0;
    while (!text.empty()) {
      const std::string_view part = text.substr(0, piece);
      text.remove_prefix(part.size());
      records.push(part);
      while (records.next(number, &samples, &on_rejected)) require(samples.count + refused == ++number);
    }
    while (records.finish(number, &samples, &on_rejected)) require(samples.count + refused == ++number);
  } catch (const std::runtime_error& refusal) {
    require(*refusal.what() != '\0');
  }
  check(spec, samples);
}

}  // namespace altmind::fuzz
