// A learner driven by a script over stdin and stdout, so that it can be timed in turn with another library.
//
//   command (a line)                          then on stdin                      answer (a line)
//   data N INPUTS                             N * INPUTS bytes, N label bytes    ok
//   new SEED [KEY=VALUE ...]                                                     ok KERNEL
//   steps COUNT SIZE                                                             wall and processor ms of each step
//   test FIRST COUNT                                                             share of samples predicted right
//
// `data` holds the training samples in the order they are learned, followed by those that `test` uses; `new` starts a
// fresh learner at the first sample, with the shipped setting except for the given keys (`set` below has their names;
// rule=default is the rule that needs no configuration); a step takes the next SIZE samples. Bytes become floats before
// the clock starts; the normaliser is part of the step. Exits at the end of stdin; on an error, with a message on
// stderr.

#include <exception>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/clock.hpp"
#include "bench/mnist_setting.hpp"
#include "core/linalg/blas.hpp"
#include "core/linalg/blas_kernel.hpp"
#include "core/serve/publish.hpp"
#include "core/step/learner.hpp"

using namespace altmind;

namespace {

/// Sets the option named by "KEY=VALUE".
void set(const std::string& word, LearnerOptions& options) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) throw std::invalid_argument("new: expected KEY=VALUE, got " + word);
  const std::string key = word.substr(0, equals);
  const std::string value = word.substr(equals + 1);
  if (key == "rule" && value == "default") {  // resets everything: keys after this word change the defaults
    options.learning = {};
    options.memory = {};
  } else if (key == "rows") {
    options.memory.rows = std::stod(value);
  } else if (key == "sweep_parts") {
    options.memory.sweep_parts = std::stoul(value);
  } else if (key == "horizon") {
    options.memory.horizon = std::stod(value);
  } else if (key == "gain") {
    options.memory.gain = Gain::fixed(std::stod(value));
  } else if (key == "damping") {
    options.memory.damping = std::stod(value);
  } else if (key == "code_steps") {
    options.learning.code_steps = std::stoul(value);
  } else if (key == "code_rate") {
    options.learning.code_rate = std::stod(value);
  } else if (key == "output_rate") {
    options.learning.output_rate = std::stod(value);
  } else {
    throw std::invalid_argument("new: unknown key " + key);
  }
}

class Server {
 public:
  /// Executes one command and returns its answer.
  std::string answer(const std::string& line) try {
    std::istringstream words(line);
    words.exceptions(std::ios::failbit | std::ios::badbit);
    std::string verb;
    words >> verb;
    if (verb == "data") return data(words);
    if (verb == "new") return fresh(words);
    if (verb == "steps") return steps(words);
    if (verb == "test") return test(words);
    throw std::invalid_argument("unknown command: " + line);
  } catch (const std::ios::failure&) {
    throw std::invalid_argument("arguments missing or not numbers: " + line);
  }

 private:
  std::string data(std::istream& words) {
    words >> count_ >> inputs_;
    pixels_.resize(count_ * inputs_);
    labels_.resize(count_);
    std::cin.read(reinterpret_cast<char*>(pixels_.data()), static_cast<std::streamsize>(pixels_.size()));
    std::cin.read(reinterpret_cast<char*>(labels_.data()), static_cast<std::streamsize>(labels_.size()));
    if (!std::cin) throw std::runtime_error("data: stdin ended early");
    learner_.reset();
    return "ok";
  }

  std::string fresh(std::istream& words) {
    std::uint64_t seed = 0;
    words >> seed;
    LearnerOptions options = bench::mnist_setting(inputs_, seed);
    words.exceptions(std::ios::goodbit);
    for (std::string word; words >> word;) set(word, options);
    learner_.emplace(options);
    next_ = 0;
    return "ok " + blas_kernel();
  }

  std::string steps(std::istream& words) {
    std::size_t count = 0;
    std::size_t size = 0;
    words >> count >> size;
    std::ostringstream times;
    for (std::size_t i = 0; i < count; ++i, next_ += size) {
      Batch batch;
      batch.samples = samples(next_, size);
      batch.last_sequence = next_ + size;
      const bench::Time start = bench::now();
      learner().step(batch);
      const bench::Time taken = bench::now() - start;
      times << (i > 0 ? " " : "") << taken.wall << ' ' << taken.cpu;
    }
    return times.str();
  }

  std::string test(std::istream& words) {
    std::size_t first = 0;
    std::size_t count = 0;
    words >> first >> count;
    const Samples wanted = samples(first, count);
    const Predictions predicted = snapshot_of(learner())->predict(wanted.x);
    std::size_t correct = 0;
    for (std::size_t i = 0; i < count; ++i) correct += predicted.label[i] == wanted.label[i] ? 1 : 0;
    return std::to_string(static_cast<double>(correct) / static_cast<double>(count));
  }

  Learner& learner() {
    if (!learner_) throw std::invalid_argument("no learner: send `data`, then `new`");
    return *learner_;
  }

  Samples samples(std::size_t first, std::size_t count) const {
    if (first + count > count_) throw std::invalid_argument("beyond the last sample of `data`");
    const auto at = [](std::size_t i) { return static_cast<std::ptrdiff_t>(i); };
    Samples result;
    result.count = count;
    result.x.assign(pixels_.begin() + at(first * inputs_), pixels_.begin() + at((first + count) * inputs_));
    result.label.assign(labels_.begin() + at(first), labels_.begin() + at(first + count));
    return result;
  }

  std::size_t count_ = 0;
  std::size_t inputs_ = 0;
  std::size_t next_ = 0;
  std::vector<unsigned char> pixels_;
  std::vector<unsigned char> labels_;
  std::optional<Learner> learner_;
};

}  // namespace

int main() try {
  std::ios::sync_with_stdio(false);
  start_blas();
  Server server;
  for (std::string line; std::getline(std::cin, line);) std::cout << server.answer(line) << std::endl;
  return 0;
} catch (const std::exception& error) {
  std::cerr << "step_server: " << error.what() << '\n';
  return 1;
}
