#pragma once
// The protocol of one TCP connection, without a socket: bytes in, groups and replies out.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/formats/framing/line_framer.hpp"
#include "adapters/ingest/ingest.hpp"
#include "adapters/source.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::formats {
class CsvParser;
}

namespace altmind::tcp {

/// What a session may hold at once.
struct SessionLimits {
  std::size_t group_samples = 1000;      ///< of one group
  std::size_t groups_in_flight = 1024;   ///< accepted and not yet durable
  std::size_t output_bytes = 256 << 10;  ///< of replies waiting to be written; beyond it nothing is read
  std::size_t turn_bytes = 48 << 10;     ///< of input taken by one advance(); a refused line counts as refused_line
  static constexpr std::size_t rejected_line = 1 << 10;  ///< what telling of it costs, in bytes that could be parsed
};

/// One connection. The lines of a connection are numbered from 1, with a stream id from where the stream
/// stands; the line that opens a stream and a CSV header have no number (an error in them says line 0).
///
/// A line that opens a stream, `{"stream": "id"}`, may only be the first. Where replies are switched off it
/// ends the connection, because its sender would wait for an answer for ever. At the end of the input a
/// last line without an end is taken; on a stream it is thrown away: it may have been cut, and a client that
/// names its lines sends it again.
///
/// Errors are written before any reply that covers their line. Replies that the client was too slow to
/// fetch are replaced by the newest: they are cumulative.
class Session {
 public:
  /// What has to happen before advance() is called again.
  enum class Next {
    read,         ///< push() more bytes, or finish()
    offer,        ///< offer group() to the sink, then offered()
    open_stream,  ///< find out how far stream() has come, then resume()
    flush,        ///< write output(), there is too much of it
    wait,         ///< durable() for some group: too many are in flight
    pause,        ///< nothing; but others should have their turn first
    end,          ///< write output() and close when nothing is in flight
  };

  /// Throws std::invalid_argument when the CSV columns of `options` do not fit `spec`.
  Session(const adapters::SourceOptions& options, const SampleSpec& spec, ingest::IngestProbe& probe,
          SessionLimits limits = {});
  ~Session();

  void push(std::string_view bytes);  ///< borrowed until advance() says read
  void finish();                      ///< the client has sent everything
  Next advance();

  const std::string& stream() const { return stream_; }     ///< ledger key; empty: no stream
  void resume(const std::optional<std::string>& position);  ///< what the ledger says about stream()

  Group& group() { return group_; }  ///< what to offer; offer it again as it is when the sink was full
  /// The sink has taken group(). Returns the number under which durable() is to be called.
  std::uint64_t offered(const Offered& offered);
  /// Tells what became of a group. False if it is lost: then the session has failed.
  bool durable(std::uint64_t number, const Receipt& receipt);
  std::uint64_t next_number() const { return first_in_flight_ + in_flight_.size(); }  ///< what offered() will return
  std::size_t in_flight() const { return in_flight_.size(); }

  /// Says why in a last error and ends: advance() returns end from now on.
  void fail(std::string_view reason, const std::string& message);
  /// Nothing will be written any more; input is still taken.
  void mute();
  bool has_output() const { return !errors_.empty() || acknowledge_; }
  std::string output();  ///< takes what is to be written now

  std::uint64_t lines() const { return lines_; }  ///< numbered lines seen so far

 private:
  struct InFlight {
    std::uint64_t first_line;
    std::uint64_t through_line;
    std::size_t samples;
    std::optional<Receipt> receipt;
  };

  bool something_to_offer() const;
  Next offer();
  bool open(std::string_view line);
  void take_header(const formats::Line& line);
  bool take_record(const formats::Line& line);
  void error(std::uint64_t line, std::string_view reason, const std::string& message);
  void begin_group();

  // Constant after construction.
  std::string source_;
  std::string max_line_text_;
  SampleSpec spec_;
  ingest::IngestProbe& probe_;
  SessionLimits limits_;

  bool replies_;  ///< options.ack, until muted
  formats::LineFramer framer_;
  std::unique_ptr<ingest::RecordParser> parser_;
  formats::CsvParser* header_ = nullptr;  ///< parser_ while it waits for its header

  bool first_ = true;      ///< no line has been seen
  bool opening_ = false;   ///< resume() is awaited
  bool finished_ = false;  ///< no more input
  bool failed_ = false;    ///< nothing more is taken in
  bool lost_ = false;      ///< a group was not durable
  std::string stream_;
  std::uint64_t line_ = 0;  ///< number of the last line
  std::uint64_t lines_ = 0;

  Group group_;
  std::vector<std::uint64_t> group_lines_;  ///< line of each sample of group_
  std::vector<std::string> names_;          ///< class names of group_ when it was offered: the sink empties it
  std::uint64_t through_offered_ = 0;       ///< last line of the last group offered
  std::size_t expected_ = 1;                ///< samples of the last group: room to reserve for the next
  std::vector<ingest::RejectedRecord> rejected_;

  std::deque<InFlight> in_flight_;
  std::uint64_t first_in_flight_ = 0;  ///< number of in_flight_.front()

  std::string errors_;
  bool acknowledge_ = false;  ///< the numbers below have not been written
  std::uint64_t accepted_ = 0;
  std::uint64_t through_line_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace altmind::tcp
