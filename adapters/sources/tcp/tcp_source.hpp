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

/// Lives on the io_context's one thread: every member must be called there, or while it does not run. Connections are
/// coroutines; the protocol of one is adapters/sources/tcp/session.hpp. Backpressure: it stops reading.
///
/// A stream id belongs to one connection. A second connection that opens the stream ends the first, whose client may be
/// long gone, and is answered when everything that the first had admitted is durable. So the sink must enter a group in
/// the ledger before it calls on_durable, and after a group that it could not make durable it must not make later ones
/// of that stream durable.
///
/// After stop() nothing is read or offered; connections get the replies for admitted samples and end within
/// limits.drain while the io_context runs. Destroying the source closes them at once.
class TcpSource final : public adapters::Source {
 public:
  /// Throws std::invalid_argument if the CSV columns of `options` do not fit `spec`.
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
