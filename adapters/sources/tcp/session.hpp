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

/// Bounds on what a session may hold.
struct SessionLimits {
  std::size_t group_samples = 1000;      ///< of one group
  std::size_t groups_in_flight = 1024;   ///< accepted and not yet durable
  std::size_t output_bytes = 256 << 10;  ///< of replies waiting to be written; beyond it nothing is read
  std::size_t turn_bytes = 48 << 10;     ///< of input taken by one advance(); a rejected line counts as rejected_line
  static constexpr std::size_t rejected_line = 1 << 10;  ///< the cost of reporting it, in bytes that could be parsed
};

/// One connection. Its lines are numbered from 1, or on a stream from the stream's position; the line that opens a
/// stream and a CSV header have no number (an error in them says line 0).
///
/// A line that opens a stream, `{"stream": "id"}`, must be the first. If replies are switched off it ends the
/// connection, because its sender would wait for an answer forever. At the end of the input a last line without a line
/// end is accepted; on a stream it is discarded: it may have been cut off, and a client of a stream sends it again.
///
/// Errors are written before any reply that covers their line. Replies that a slow client has not fetched yet are
/// replaced by the newest: they are cumulative.
class Session {
 public:
  /// What the caller must do before it calls advance() again.
  enum class Next {
    read,         ///< push() more bytes, or finish()
    offer,        ///< offer group() to the sink, then offered()
    open_stream,  ///< look up the position of stream(), then resume()
    flush,        ///< write output(): there is too much of it
    wait,         ///< durable() for some group: too many are in flight
    pause,        ///< nothing, but let others have their turn first
    end,          ///< write output() and close when nothing is in flight
  };

  /// Throws std::invalid_argument if the CSV columns of `options` do not fit `spec`.
  Session(const adapters::SourceOptions& options, const SampleSpec& spec, ingest::IngestProbe& probe,
          SessionLimits limits = {});
  ~Session();

  void push(std::string_view bytes);  ///< borrowed until advance() returns read
  void finish();                      ///< the client has sent everything
  Next advance();

  const std::string& stream() const { return stream_; }     ///< ledger key; empty: no stream
  void resume(const std::optional<std::string>& position);  ///< what the ledger says about stream()

  Group& group() { return group_; }  ///< the group to offer; offer it again unchanged if the sink was full
  /// Call when the sink has taken group(). Returns the number to pass to durable().
  std::uint64_t offered(const Offered& offered);
  /// Takes the receipt of a group. False if the group is lost: then the session has failed.
  bool durable(std::uint64_t number, const Receipt& receipt);
  std::uint64_t next_number() const { return first_in_flight_ + in_flight_.size(); }  ///< what offered() will return
  std::size_t in_flight() const { return in_flight_.size(); }

  /// Reports why in a last error and ends: advance() returns end from now on.
  void fail(std::string_view reason, const std::string& message);
  /// Suppresses all output from now on; input is still taken.
  void mute();
  bool has_output() const { return !errors_.empty() || acknowledge_; }
  std::string output();  ///< takes the pending output

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
  bool failed_ = false;    ///< no more input is taken
  bool lost_ = false;      ///< a group was not durable
  std::string stream_;
  std::uint64_t line_ = 0;  ///< number of the last line
  std::uint64_t lines_ = 0;

  Group group_;
  std::vector<std::uint64_t> group_lines_;  ///< line of each sample of group_
  std::vector<std::string> names_;          ///< class names of group_ when it was offered: the sink empties them
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
