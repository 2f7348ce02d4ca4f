// Measures how fast text becomes samples: framing and parsing of what a TCP connection reads, in pieces of 128 KiB.
// For comparison, simdjson alone: its stage 1 (structure and UTF-8), a lower bound for every parser built on it, and
// its On-Demand interface reading the same numbers.

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <string>
#include <vector>

#include "adapters/formats/csv/csv_parser.hpp"
#include "adapters/formats/framing/line_framer.hpp"
#include "adapters/formats/json/sample_parser.hpp"

using namespace altmind;

namespace {

constexpr std::size_t piece = 128 << 10;
constexpr std::size_t line_count = 2000;
constexpr std::size_t pixels = 784;

/// Lines like MNIST's: four of five pixels are 0, the others form runs.
std::vector<std::string> images(const std::string& comma, bool label_first) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> ink(1, 255);
  std::uniform_int_distribution<std::size_t> width(2, 12);
  std::vector<std::string> lines;
  for (std::size_t n = 0; n < line_count; ++n) {
    const std::string label = "\"label\":" + std::to_string(n % 10);
    std::string line = "{";
    if (label_first) line += label + comma;
    line += "\"features\":[";
    for (std::size_t row = 0; row < 28; ++row) {
      const std::size_t dark = row < 4 || row >= 24 ? 0 : width(random);
      for (std::size_t column = 0; column < 28; ++column) {
        if (row + column != 0) line += comma;
        const bool on = column >= 10 && column < 10 + dark;
        line += on ? std::to_string(ink(random)) : "0";
      }
    }
    line += "]";
    if (!label_first) line += comma + label;
    lines.push_back(line + "}");
  }
  return lines;
}

/// 28 numbers as the shortest text of a float32, and a class.
std::vector<std::string> rows() {
  std::mt19937 random(1);
  std::normal_distribution<float> value(0.0F, 1.0F);
  std::vector<std::string> lines;
  for (std::size_t n = 0; n < line_count; ++n) {
    std::string line;
    for (int i = 0; i < 28; ++i) {
      char text[32];
      line.append(text, std::to_chars(text, text + sizeof text, value(random)).ptr).push_back(',');
    }
    lines.push_back(line + std::to_string(n % 2));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes.append(line).push_back('\n');
  return bytes;
}

void rates(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(line_count));
}

void frame_and_parse(benchmark::State& state, const std::string& bytes, ingest::RecordParser& parser) {
  Samples into;
  for (auto _ : state) {
    formats::LineFramer framer(1 << 20);
    std::size_t good = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      into.x.clear();
      into.label.clear();
      into.count = 0;
      framer.push(std::string_view(bytes).substr(at, piece));
      while (const auto line = framer.next()) {
        if (!parser.parse(line->text, into)) ++good;
      }
      benchmark::DoNotOptimize(into.x.data());
    }
    if (good != line_count) state.SkipWithError("a line was refused");
  }
  rates(state, bytes.size());
}

const SampleSpec image_spec{Task::classification, LabelKind::index, pixels, 10};

void ndjson(benchmark::State& state, const std::string& comma, bool label_first) {
  formats::SampleParser parser(image_spec);
  frame_and_parse(state, joined(images(comma, label_first)), parser);
}
BENCHMARK_CAPTURE(ndjson, 784_integers, ",", false);
BENCHMARK_CAPTURE(ndjson, 784_integers_spaced, ", ", true);

void csv(benchmark::State& state) {
  formats::CsvParser parser({}, {Task::classification, LabelKind::index, 28, 2});
  frame_and_parse(state, joined(rows()), parser);
}
BENCHMARK(csv)->Name("csv/28_floats");

void ndjson_floats(benchmark::State& state) {
  formats::SampleParser parser({Task::classification, LabelKind::index, 28, 2});
  std::vector<std::string> lines;
  for (const std::string& row : rows()) {
    const std::size_t last = row.rfind(',');
    lines.push_back("{\"features\":[" + row.substr(0, last) + "],\"label\":" + row.substr(last + 1) + "}");
  }
  frame_and_parse(state, joined(lines), parser);
}
BENCHMARK(ndjson_floats)->Name("ndjson/28_floats");

void framing_alone(benchmark::State& state) {
  const std::string bytes = joined(images(",", false));
  for (auto _ : state) {
    formats::LineFramer framer(1 << 20);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      framer.push(std::string_view(bytes).substr(at, piece));
      while (const auto line = framer.next()) benchmark::DoNotOptimize(line->text.data());
    }
  }
  rates(state, bytes.size());
}
BENCHMARK(framing_alone)->Name("framing/784_integers");

void simdjson_stage1(benchmark::State& state) {
  std::vector<simdjson::padded_string> lines;
  std::size_t bytes = 0;
  for (const std::string& line : images(",", false)) {
    lines.emplace_back(line);
    bytes += line.size() + 1;
  }
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    for (const auto& line : lines) {
      if (parser.iterate(line).error() != simdjson::SUCCESS) state.SkipWithError("refused");
    }
  }
  rates(state, bytes);
}
BENCHMARK(simdjson_stage1)->Name("simdjson/stage1_784_integers");

void simdjson_ondemand(benchmark::State& state) {
  std::vector<simdjson::padded_string> lines;
  std::size_t bytes = 0;
  for (const std::string& line : images(",", false)) {
    lines.emplace_back(line);
    bytes += line.size() + 1;
  }
  simdjson::ondemand::parser parser;
  std::vector<float> x(pixels);
  for (auto _ : state) {
    for (const auto& line : lines) {
      simdjson::ondemand::document json = parser.iterate(line).value();
      std::size_t i = 0;
      for (auto value : json["features"].get_array()) x[i++] = static_cast<float>(value.get_double().value());
      benchmark::DoNotOptimize(json["label"].get_int64().value());
      benchmark::DoNotOptimize(x.data());
    }
  }
  rates(state, bytes);
}
BENCHMARK(simdjson_ondemand)->Name("simdjson/ondemand_784_integers");

}  // namespace
