#include "tests/config/random_config.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "adapters/sources/generator/stream_shape.hpp"

namespace altmind::test {
namespace {

/// The built-in streams that a model of this spec can learn.
std::vector<adapters::GeneratedStream> fitting_streams(const SampleSpec& spec) {
  std::vector<adapters::GeneratedStream> fitting;
  for (std::size_t i = 0; i < generator::stream_shapes.size(); ++i) {
    const auto stream = static_cast<adapters::GeneratedStream>(i);
    if (generator::misfit(stream, spec).empty()) fitting.push_back(stream);
  }
  return fitting;
}

constexpr std::uint64_t largest_whole = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

}  // namespace

std::uint64_t RandomConfig::whole(std::uint64_t low, std::uint64_t high) {
  switch (below(4)) {
    case 0:
      return low;
    case 1:
      return high;
    default:
      return low + (random_() >> below(64)) % (high - low + (high - low < largest_whole ? 1 : 0));
  }
}

double RandomConfig::number(double low, double high) {
  for (int tries = 0; tries < 50; ++tries) {
    const auto candidate = std::bit_cast<double>(random_());
    for (const double value : {candidate, -candidate}) {
      if (value >= low && value <= high) return value;
    }
  }
  const double value = low + (high - low) * (static_cast<double>(random_() >> 11) * 0x1p-53);
  return std::clamp(value, low, high);
}

std::chrono::milliseconds RandomConfig::duration(std::int64_t low, std::int64_t high) {
  constexpr std::int64_t units[] = {1, 1000, 60'000, 3'600'000};
  const auto span = static_cast<std::uint64_t>(high - low + 1);
  const std::int64_t value = low + static_cast<std::int64_t>((random_() >> below(64)) % span);
  const std::int64_t unit = units[below(4)];
  return std::chrono::milliseconds(std::max(low, value / unit * unit));
}

std::string RandomConfig::name() {
  constexpr std::string_view letters = "abcXYZ019_-.";
  std::string out(1, letters[below(6)]);
  for (std::uint64_t n = below(63); n > 0; --n) out += letters[below(letters.size())];
  return out;
}

std::string RandomConfig::text(std::size_t longest) {
  static const std::vector<std::string> pieces = {
      "a",    "Z", "0",  " ",  "\"",   "\\",       "\n",           "\t",
      "\x01", "#", "'",  "=",  "\x7f", "\xc3\xa9", "\xe2\x82\xac", "]",
      ",",    "[", "${", "$$", "}",    ":-",       "\r\n",         "\xf0\x9f\x98\x80"};
  std::string out;
  do {
    out += pieces[below(pieces.size())];
  } while (out.size() + 4 < longest && below(8) != 0);
  return out;
}

std::string RandomConfig::path() {
  return text(60);
}

LearnerOptions RandomConfig::learner() {
  LearnerOptions options;
  ModelOptions& model = options.model;
  model.name = name();
  model.spec.task = coin() ? Task::classification : Task::regression;
  model.spec.inputs = coin() ? whole(1, 1'000'000) : whole(1, 8);
  model.spec.outputs = model.spec.task == Task::classification ? whole(2, 100'000) : whole(1, coin() ? 1 : 100'000);
  if (model.spec.task == Task::classification && coin()) {
    model.spec.labels = LabelKind::named;
    for (std::uint64_t n = below(std::min<std::uint64_t>(model.spec.outputs, 4) + 1); n > 0; --n) {
      model.classes.push_back(std::to_string(n).append(text(200)));
    }
  }
  model.hidden.clear();
  for (std::uint64_t n = 1 + below(32); n > 0; --n) model.hidden.push_back(whole(1, 100'000));
  model.activation = static_cast<Activation>(below(3));
  model.seed = whole(0, largest_whole);

  LearningOptions& learning = options.learning;
  const double smallest = std::numeric_limits<double>::denorm_min();
  learning.rule = static_cast<Rule>(below(3));
  learning.batch_size = whole(1, 1'000'000);
  learning.mu = number(0, 1e6);
  learning.mu_growth = number(0, 1e6);
  if (coin()) learning.mu_limit = number(learning.mu, 1e6);
  learning.code_steps = whole(1, 1000);
  if (coin()) learning.code_rate = number(smallest, 1e6);
  learning.momentum = number(0, std::nextafter(1.0, 0.0));
  learning.norm = static_cast<NormRule>(below(2));
  learning.sparsity = number(0, 1e6);
  learning.local_rate = number(smallest, 1e6);
  learning.output_rule = static_cast<OutputRule>(below(3));
  learning.output_rate = number(smallest, 1e6);
  if (coin()) learning.rate_halving = number(1, 1e15);
  if (coin()) learning.rate_decay = number(1, 1e15);
  learning.output_at = static_cast<OutputAt>(below(2));

  MemoryOptions& memory = options.memory;
  memory.horizon = number(static_cast<double>(learning.batch_size), 1e15);
  if (coin()) memory.horizon.reset();
  memory.gain.kind = static_cast<Gain::Kind>(below(3));
  if (memory.gain.kind == Gain::Kind::fixed) memory.gain.value = number(smallest, 1e6);
  for (std::uint64_t n = options.self_tuned() ? below(9) : 0; n > 0; --n) {
    const std::uint64_t features = learning.arms.empty() ? 0 : whole(0, 4096);
    learning.arms.push_back({number(smallest, 1), number(1e-6, 1e6), features, whole(0, 1'000'000'000)});
  }
  if (coin()) memory.damping = number(0, 1e12);
  memory.sweeps = whole(1, 1000);
  memory.regressors = static_cast<Regressors>(below(2));
  memory.weight_l1 = number(0, 1e6);
  if (coin()) memory.rows = number(smallest, 1);
  memory.sweep_parts = whole(1, 1024);
  if (options.self_tuned()) {  // these keys are not read then
    const MemoryOptions defaults;
    memory.sweeps = defaults.sweeps;
    memory.regressors = defaults.regressors;
    memory.weight_l1 = defaults.weight_l1;
    memory.sweep_parts = defaults.sweep_parts;
    if (!options.gradient_output()) {
      learning.output_rate = LearningOptions().output_rate;
      learning.output_at = LearningOptions().output_at;
      learning.rate_halving.reset();
      learning.rate_decay.reset();
    }
  }

  NormaliserOptions& normaliser = options.normaliser;
  normaliser.kind = static_cast<NormaliserKind>(below(3));
  if (normaliser.kind == NormaliserKind::fixed) {
    const std::size_t count = model.spec.inputs <= 8 && coin() ? model.spec.inputs : 1;
    normaliser.scale = number(1e-30, 1e30);
    normaliser.mean.clear();
    normaliser.std.clear();
    for (std::size_t i = 0; i < count; ++i) {
      normaliser.mean.push_back(number(-1e30, 1e30));
      normaliser.std.push_back(number(1e-30, 1e30));
    }
  }
  normaliser.targets = coin() ? TargetScaling::none : TargetScaling::standardise;
  if (model.spec.inputs <= 8 && coin()) model.spec.columns = columns(model.spec.inputs, normaliser.kind);

  DriftOptions& drift = options.drift;
  drift.page_hinkley = coin();
  drift.page_hinkley_delta = number(0, 1);
  drift.page_hinkley_lambda = number(smallest, 1e6);
  drift.adwin = coin();
  drift.adwin_delta = number(1e-12, std::nextafter(1.0, 0.0));
  drift.cooldown = whole(0, 1'000'000'000'000);
  drift.reaction = static_cast<Reaction>(below(3));

  EvaluationOptions& evaluation = options.evaluation;
  if (model.spec.task == Task::classification) evaluation.holdout_per_concept = whole(0, 10'000);
  evaluation.holdout_concepts = whole(2, 100);
  evaluation.holdout_batches = whole(1, 1'000'000);
  return options;
}

std::vector<Column> RandomConfig::columns(std::size_t count, NormaliserKind normaliser) {
  std::vector<Column> out(count);
  for (std::size_t j = 0; j < count; ++j) {
    out[j].name = std::to_string(j).append(text(40));
    out[j].type = coin() ? ColumnType::numeric : ColumnType::categorical;
    out[j].missing = static_cast<Missing>(below(3));
    if (out[j].type == ColumnType::categorical) {
      out[j].encoding = coin() ? ColumnEncoding::onehot : ColumnEncoding::hashed;
      out[j].size = whole(1, 100'000);
    }
    const bool no_mean = out[j].type == ColumnType::categorical || normaliser == NormaliserKind::none;
    if (no_mean && out[j].missing == Missing::mean) out[j].missing = Missing::flag;
  }
  return out;
}

void RandomConfig::csv(const ModelOptions& model, adapters::SourceOptions& source) {
  const bool names = source.type != adapters::SourceType::tcp && coin();
  source.header = names;
  source.separator = static_cast<adapters::Separator>(below(5));
  source.quote = static_cast<adapters::Quote>(below(2));
  source.decimal = static_cast<adapters::DecimalMark>(below(2));
  if (!model.spec.columns.empty()) source.not_a_number = static_cast<adapters::NotANumber>(below(2));
  if (coin()) source.missing.emplace();
  for (std::size_t i = below(4); source.missing && i-- > 0;) source.missing->push_back("m" + text(10));
  for (std::size_t i = below(3); i-- > 0;) source.units.push_back("u" + text(10));
  if (source.type != adapters::SourceType::tcp) source.line_breaks = coin();
  if (coin()) source.label = names ? std::string("l").append(text(20)) : "9";
  if (model.spec.inputs > 8 || coin()) return;
  for (std::size_t i = 0; i < model.spec.inputs; ++i) {
    source.columns.push_back(names ? std::string("c").append(std::to_string(i)).append(text(10)) : std::to_string(i));
  }
}

void RandomConfig::file_source(const ModelOptions& model, adapters::SourceOptions& source, bool test) {
  source.paths.push_back(path());
  if (coin()) source.paths.push_back(path());
  if (source.format == adapters::Format::idx) {
    for (std::size_t i = 0; i < source.paths.size(); ++i) source.labels_paths.push_back(path());
  }
  if (test) return;
  source.seed = coin() ? model.seed : whole(0, largest_whole);
  const bool text_format = source.format != adapters::Format::idx;
  if (text_format && source.paths.size() == 1 && coin()) {
    source.follow = true;
  } else {
    if (source.format == adapters::Format::csv) {
      source.line_end = static_cast<adapters::LineEnd>(below(2));
      source.preamble = below(1001);
    }
    source.epochs = whole(1, largest_whole);
    source.shuffle = coin();
  }
}

adapters::SourceOptions RandomConfig::source(const ModelOptions& model, std::size_t index, bool test) {
  adapters::SourceOptions source;
  source.seed = model.seed;
  source.name = test ? "test" : std::string("s").append(std::to_string(index));
  const bool classification = model.spec.task == Task::classification;
  const bool schema = !model.spec.columns.empty();
  const std::vector<adapters::GeneratedStream> fitting = fitting_streams(model.spec);
  source.type =
      test ? adapters::SourceType::file : static_cast<adapters::SourceType>(below(fitting.empty() || schema ? 3 : 4));
  // There can be only one stdin: only the first source may be it.
  if (source.type == adapters::SourceType::standard_input && index > 0) source.type = adapters::SourceType::tcp;
  if (source.type == adapters::SourceType::generator) {
    source.stream = fitting[below(fitting.size())];
    source.rate = number(0, 1e9);
    source.drift_every = whole(1, largest_whole);
    source.noise = number(0, 1);
    source.seed = whole(0, largest_whole);
    if (coin()) source.limit = whole(1, largest_whole);
    return source;
  }
  const bool one_target = classification || model.spec.outputs == 1;
  source.format = one_target && coin() ? adapters::Format::csv : adapters::Format::ndjson;
  if (one_target && below(4) == 0) source.format = schema && coin() ? adapters::Format::vw : adapters::Format::libsvm;
  if (source.type == adapters::SourceType::file && !schema && coin()) source.format = adapters::Format::idx;
  if (source.format != adapters::Format::idx) source.max_line = whole(64, 1ull << 30);
  if (source.format == adapters::Format::csv) csv(model, source);
  if (source.type == adapters::SourceType::tcp) {
    source.address = coin() ? std::string("127.0.0.1:").append(std::to_string(below(65536))) : "[::1]:0";
    source.ack = coin();
    source.idle_timeout = duration(1, 86'400'000);
    return source;
  }
  source.skip = whole(0, largest_whole);
  if (coin()) source.limit = whole(1, largest_whole);
  if (source.type == adapters::SourceType::file) file_source(model, source, test);
  return source;
}

config::Config RandomConfig::config() {
  config::Config config;
  config.learner = learner();
  config.max_batch_age = duration(0, 86'400'000);
  config.queue_samples = whole(20'000, 100'000'000);
  config.threads = whole(1, 64);
  for (std::size_t i = 0, n = below(4); i < n; ++i) config.sources.push_back(source(config.learner.model, i, false));
  if (coin()) config.test = source(config.learner.model, 0, true);

  config.http.insecure = coin();
  config.http.listen = config.http.insecure ? "0.0.0.0:80" : coin() ? "" : "localhost:0";
  config.http.max_samples = whole(1, 20'000);
  config.http.max_header = whole(1024, 1u << 20);
  config.http.max_body = whole(1024, 4ull << 30);
  config.http.max_answer = whole(1024, 4ull << 30);
  config.http.max_connections = whole(1, 1'000'000);
  if (coin()) config.http.hosts = {"learn.example.org", "a-b_c"};
  config.http.header_timeout = duration(1, 86'400'000);
  config.http.body_timeout = duration(1, 86'400'000);
  config.http.write_timeout = duration(1, 86'400'000);
  config.http.idle_timeout = duration(1, 86'400'000);

  if (coin()) config.store.directory = path();
  config.store.journal = coin();
  config.store.checkpoint_batches = whole(0, largest_whole);
  config.store.checkpoint_time = duration(0, 31'536'000'000);
  config.store.keep = whole(1, 1000);
  config.store.journal_max_bytes = whole(1u << 20, largest_whole);
  if (coin()) config.memory_limit = whole(1u << 20, largest_whole);
  config.log.level = static_cast<telemetry::LogLevel>(below(4));
  config.log.format = static_cast<telemetry::LogFormat>(below(2));
  return config;
}

}  // namespace altmind::test
