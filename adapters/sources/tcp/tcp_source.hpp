#pragma once
// Samples over TCP: many connections, one NDJSON (or CSV) record a line.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/ledger.hpp"
#include "adapters/source.hpp"
#include "adapters/sources/tcp/tcp_limits.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::tcp {

/// Lives on the io_context's one thread: every member is called there, or while it does not run.
/// Connections are coroutines; the protocol of one is adapters/sources/tcp/session.hpp. Slows down by not reading.
///
/// A stream id belongs to one connection. A second one that opens the stream ends the first, which may be
/// a connection whose client is long gone, and is answered when everything the first one had admitted is
/// durable. For that the sink must have entered a group in the ledger before it calls on_durable, and
/// after a group that it could not make durable it must not make later ones of that stream durable.
///
/// After stop() nothing is read or offered; connections get the replies for what was admitted and end
/// within limits.drain while the io_context runs. Destroying the source closes them at once.
class TcpSource final : public adapters::Source {
 public:
  /// Throws std::invalid_argument when the CSV columns of `options` do not fit `spec`.
  TcpSource(boost::asio::io_context& io, adapters::SourceOptions options, const SampleSpec& spec, SampleSink& sink,
            const ingest::Ledger& ledger, ingest::IngestProbe& probe, TcpLimits limits = {});
  ~TcpSource() override;
  void start() override;
  void stop() noexcept override;
  std::string status() const override;
  std::uint16_t port() const;  ///< the bound port

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace altmind::tcp
