#pragma once
// The interface of sources, which read samples and offer them to the sink.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace altmind::adapters {

enum class SourceType { tcp, file, standard_input, generator };
enum class Format { ndjson, csv, idx, cifar10, libsvm, vw };
enum class GeneratedStream {
  sea,
  hyperplane,
  stagger,
  led,
  agrawal,
  random_rbf,
  interchanging_rbf,
  moving_squares,
  chessboard,
  mixed_drift,
  friedman,
  planes
};
enum class Separator { comma, semicolon, tab, bar, blanks };
enum class DecimalMark { point, comma };
enum class Quote { two_strokes, one_stroke };
enum class LineEnd { lf, cr };              ///< lf: also CRLF
enum class NotANumber { refuse, missing };  ///< text in a column of numbers

/// One [[source]] (or [test]) table of the configuration. docs/configuration.md lists the keys that each type reads;
/// config/ rejects a key that the type does not read.
struct SourceOptions {
  SourceType type = SourceType::file;
  std::string name;     ///< metrics label; unique; default: the type, numbered when repeated
  std::string address;  ///< tcp: host:port, port 0 = any
  bool ack = true;      ///< tcp: cumulative replies
  std::chrono::milliseconds idle_timeout{3'600'000};  ///< tcp: a connection that sends nothing for this long is closed
  std::vector<std::string> paths;                     ///< file: read one after the other as one stream
  std::vector<std::string> labels_paths;              ///< idx: label files, one per path
  Format format = Format::ndjson;
  bool header = false;                           ///< csv: the first line names the columns
  std::string label;                             ///< csv: label column, by name or number; empty: the last one
  std::vector<std::string> columns;              ///< csv: feature columns, by name or number; empty: all but the label
  Separator separator = Separator::comma;        ///< csv: between fields
  Quote quote = Quote::two_strokes;              ///< csv: around fields
  DecimalMark decimal = DecimalMark::point;      ///< csv: in front of decimals
  NotANumber not_a_number = NotANumber::refuse;  ///< csv with a schema
  std::optional<std::vector<std::string>> missing;  ///< csv: words for missing values; nothing: the usual ones
  std::vector<std::string> units;                   ///< csv: words beside numbers that are no part of them
  LineEnd line_end = LineEnd::lf;                   ///< csv
  bool line_breaks = false;                         ///< csv: quoted fields may hold line ends
  std::size_t preamble = 0;                         ///< csv: lines before header and records, not counting empty ones
  std::uint64_t skip = 0;                           ///< records skipped at the beginning (of all paths together)
  std::optional<std::uint64_t> limit;               ///< at most this many records after `skip`
  std::uint64_t epochs = 1;                         ///< finite file: passes
  bool shuffle = false;                             ///< finite file: Fisher-Yates keyed by (seed, epoch)
  std::uint64_t seed = 1;  ///< of shuffle and generator; the configuration sets it to model.seed
  bool follow = false;     ///< file: wait for more, across rotation and truncation
  double rate = 0.0;       ///< generator: samples a second; 0 = as fast as it is learned
  GeneratedStream stream = GeneratedStream::hyperplane;  ///< generator
  std::uint64_t drift_every = 20'000;                    ///< generator: samples of one concept
  double noise = 0.05;                                   ///< generator: share of labels that are wrong, or so
  std::size_t max_line = 1 << 20;                        ///< tcp, stdin, text files: bytes of one record

  bool operator==(const SourceOptions&) const = default;
};

/// The progress of a finite source; for progress bars.
struct SourceProgress {
  double fraction = 0.0;  ///< of all epochs, 0..1
  bool finished = false;  ///< everything was offered and accepted
};

class Source {
 public:
  virtual ~Source() = default;
  virtual void start() = 0;                ///< returns at once; throws std::runtime_error if it cannot begin
  virtual void stop() noexcept = 0;        ///< after it returns, the sink is not called again
  virtual std::string status() const = 0;  ///< JSON object for GET /v1/model: what it reads and how far it is
  virtual std::optional<SourceProgress> progress() const { return std::nullopt; }
  virtual std::optional<std::string> failure() const { return std::nullopt; }  ///< why it ended early
};

}  // namespace altmind::adapters
