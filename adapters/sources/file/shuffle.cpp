#include "adapters/sources/file/shuffle.hpp"

#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "adapters/random.hpp"

namespace altmind::file {
namespace {

constexpr std::size_t block_samples = 1024;

template <class T>
void append_row(const std::vector<T>& from, std::size_t row, std::size_t width, std::vector<float>& into) {
  const auto first = from.begin() + static_cast<std::ptrdiff_t>(row * width);
  into.insert(into.end(), first, first + static_cast<std::ptrdiff_t>(width));
}

/// Returns the number of bytes added.
std::size_t append_residuals(const Residuals& from, std::size_t row, std::size_t width, std::size_t to,
                             Residuals& into) {
  const std::size_t before = into.values().size();
  into.append(from, row * width, width, to);
  return (into.values().size() - before) * sizeof(float);
}

}  // namespace

std::vector<std::uint32_t> shuffled_order(std::uint32_t count, std::uint64_t seed, std::uint64_t epoch) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  adapters::Random random(seed, epoch);
  for (std::uint32_t i = count; i-- > 1;) std::swap(order[i], order[random.below(i + std::uint64_t{1})]);
  return order;
}

SampleStore::SampleStore(const SampleSpec& spec, bool as_bytes, std::uint64_t max_bytes)
    : spec_(spec), as_bytes_(as_bytes), max_bytes_(max_bytes) {}

std::uint64_t SampleStore::block_cost() const {
  const std::uint64_t features = as_bytes_ ? spec_.inputs : spec_.inputs * sizeof(float);
  const std::uint64_t answer = spec_.task == Task::regression     ? spec_.outputs * sizeof(float)
                               : spec_.labels == LabelKind::named ? sizeof(std::string)
                                                                  : sizeof(std::uint32_t);
  return block_samples * (features + answer + sizeof(std::uint32_t));  // the last term: its place in the order
}

/// Translates the numbers of words in `cells` from `from` to `to`.
void SampleStore::rename(const Words& from, Words& to, std::span<float> cells) const {
  for (std::size_t j = 0; j < cells.size(); ++j) {
    if (!spec_.columns[j].has_vocabulary() || is_missing(cells[j])) continue;
    cells[j] = word_cell(to.add(from[word_of(cells[j])]));
  }
}

void SampleStore::add(const Samples& samples) {
  for (std::size_t i = 0; i < samples.count; ++i) {
    if (count_ % block_samples == 0) {
      if (used_ + block_cost() > max_bytes_ || count_ > std::numeric_limits<std::uint32_t>::max() - block_samples) {
        throw std::runtime_error("shuffle keeps all records in memory: after " + std::to_string(count_) +
                                 " records the bound of " + std::to_string(max_bytes_ >> 20) +
                                 " MiB is reached; use limit, or shuffle = false");
      }
      used_ += block_cost();
      blocks_.emplace_back();
      if (as_bytes_) {
        blocks_.back().bytes.reserve(block_samples * spec_.inputs);
      } else {
        blocks_.back().x.reserve(block_samples * spec_.inputs);
      }
    }
    Block& block = blocks_.back();
    const float* x = samples.x.data() + i * spec_.inputs;
    if (as_bytes_) {
      for (std::size_t j = 0; j < spec_.inputs; ++j) block.bytes.push_back(static_cast<std::uint8_t>(x[j]));
    } else {
      used_ += append_residuals(samples.x_residual, i, spec_.inputs, block.x.size(), block.x_residual);
      block.x.insert(block.x.end(), x, x + spec_.inputs);
      if (!spec_.columns.empty()) {
        const std::size_t words = words_.size();
        rename(samples.words, words_, std::span(block.x).last(spec_.inputs));
        for (std::size_t word = words; word < words_.size(); ++word) used_ += 2 * words_[word].size();
      }
    }
    if (spec_.task == Task::regression) {
      used_ += append_residuals(samples.target_residual, i, spec_.outputs, block.target.size(), block.target_residual);
      append_row(samples.target, i, spec_.outputs, block.target);
    } else if (spec_.labels == LabelKind::named) {
      used_ += samples.name[i].size();
      block.name.push_back(samples.name[i]);
    } else {
      block.label.push_back(samples.label[i]);
    }
    ++count_;
  }
}

void SampleStore::gather(std::span<const std::uint32_t> numbers, Samples& into) const {
  into.x.reserve(into.x.size() + numbers.size() * spec_.inputs);
  for (const std::uint32_t number : numbers) {
    const Block& block = blocks_[number / block_samples];
    const std::size_t row = number % block_samples;
    if (as_bytes_) {
      append_row(block.bytes, row, spec_.inputs, into.x);
    } else {
      into.x_residual.append(block.x_residual, row * spec_.inputs, spec_.inputs, into.x.size());
      append_row(block.x, row, spec_.inputs, into.x);
      if (!spec_.columns.empty()) rename(words_, into.words, std::span(into.x).last(spec_.inputs));
    }
    if (spec_.task == Task::regression) {
      into.target_residual.append(block.target_residual, row * spec_.outputs, spec_.outputs, into.target.size());
      append_row(block.target, row, spec_.outputs, into.target);
    } else if (spec_.labels == LabelKind::named) {
      into.name.push_back(block.name[row]);
    } else {
      into.label.push_back(block.label[row]);
    }
    ++into.count;
  }
}

}  // namespace altmind::file
