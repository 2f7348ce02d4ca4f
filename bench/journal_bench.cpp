// Measures how fast samples become durable: append + sync of groups of 200 samples of 784 features, compared with the
// same bytes written and synced without a journal.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/journal/crc32c.hpp"
#include "adapters/store/journal/journal.hpp"

namespace {

using namespace altmind;

constexpr std::size_t inputs = 784;
constexpr std::size_t samples = 200;
const SampleSpec spec{Task::classification, LabelKind::index, inputs, 10};

/// ALTMIND_BENCH_DIR selects another disk than that of the temporary directory.
std::filesystem::path new_directory() {
  const char* const base = ::getenv("ALTMIND_BENCH_DIR");
  const std::filesystem::path parent = base != nullptr ? base : std::filesystem::temp_directory_path().c_str();
  std::string name = (parent / "altmind-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  return name;
}

Group make_group() {
  Group group;
  group.samples.count = samples;
  group.samples.x.resize(samples * inputs);
  // Fractions, because the journal would pack whole numbers.
  for (std::size_t i = 0; i < group.samples.x.size(); ++i) group.samples.x[i] = static_cast<float>(i % 251) + 0.5F;
  group.samples.label.resize(samples, 3);
  group.origin = {"tcp", "stream", "123456", "", 0};
  return group;
}

void count(benchmark::State& state, std::uint64_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["samples/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * samples * static_cast<double>(state.range(0)),
                         benchmark::Counter::kIsRate);
}

/// Appends range(0) groups of 200 samples per sync.
void journal_append_sync(benchmark::State& state) {
  const auto directory = new_directory();
  {
    const Group group = make_group();
    store::Journal journal({directory}, spec, 1);
    std::uint64_t bytes = 0;
    for (auto step : state) {
      const std::uint64_t before = journal.bytes();
      for (std::int64_t i = 0; i < state.range(0); ++i) journal.append(group);
      journal.sync();
      bytes += journal.bytes() - before;
      if (journal.bytes() > (512u << 20)) journal.trim(journal.last_sequence());
    }
    count(state, bytes);
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(journal_append_sync)->Arg(1)->Arg(4)->UseRealTime()->MeasureProcessCPUTime();

/// Measures the disk itself: write and fdatasync of as many bytes, a new file every 64 MiB.
void raw_write_sync(benchmark::State& state) {
  const auto directory = new_directory();
  const Group group = make_group();
  const std::string file = directory / "raw";
  std::uint64_t bytes = 0;
  std::uint64_t size = 0;
  int fd = -1;
  for (auto step : state) {
    if (fd < 0 || size > (64u << 20)) {
      if (fd >= 0) ::close(fd);
      ::unlink(file.c_str());
      fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      size = 0;
    }
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      const ssize_t wrote = ::write(fd, group.samples.x.data(), group.samples.x.size() * sizeof(float));
      if (wrote <= 0) state.SkipWithError("write failed");
      size += static_cast<std::uint64_t>(wrote);
      bytes += static_cast<std::uint64_t>(wrote);
    }
    if (::fdatasync(fd) != 0) state.SkipWithError("fdatasync failed");
  }
  if (fd >= 0) ::close(fd);
  count(state, bytes);
  std::filesystem::remove_all(directory);
}
BENCHMARK(raw_write_sync)->Arg(1)->Arg(4)->UseRealTime()->MeasureProcessCPUTime();

void journal_read(benchmark::State& state) {
  const auto directory = new_directory();
  std::uint64_t bytes = 0;
  {
    const Group group = make_group();
    store::Journal journal({directory}, spec, 1);
    for (int i = 0; i < 300; ++i) {
      journal.append(group);
      if (i % 10 == 0) journal.sync();
    }
    journal.sync();
    bytes = journal.bytes();
  }
  std::uint64_t seen = 0;
  const std::function<void(store::JournalRecord &&)> visit = [&seen](store::JournalRecord&&) { ++seen; };
  for (auto step : state) read_journal(directory, 0, visit);
  benchmark::DoNotOptimize(seen);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes * static_cast<std::uint64_t>(state.iterations())));
  std::filesystem::remove_all(directory);
}
BENCHMARK(journal_read)->Unit(benchmark::kMillisecond);

void crc32c(benchmark::State& state) {
  const Group group = make_group();
  const auto bytes = std::as_bytes(std::span(group.samples.x));
  for (auto step : state) {
    store::Crc32c crc;
    crc.update(bytes);
    benchmark::DoNotOptimize(crc.value());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(crc32c);

/// Writes a checkpoint of range(0) MiB.
void checkpoint_write(benchmark::State& state) {
  const auto directory = new_directory();
  store::CheckpointImage image;
  const auto size = static_cast<std::size_t>(state.range(0)) << 20;
  image.tensors["a"] = {store::DType::u8, {size}, std::vector<std::byte>(size, std::byte{7})};
  for (auto step : state) write_checkpoint(directory / "c", image);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
  std::filesystem::remove_all(directory);
}
BENCHMARK(checkpoint_write)->Arg(10)->Arg(200)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
