#pragma once
// Samples over TCP: many connections, one NDJSON (or CSV) record a line.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/ledger.hpp"
#include "adapters/source.hpp"
#include "core/sample_sink.hpp"

namespace altmind {

/// Lives on the io_context's one thread; connections are coroutines. Slows down by not reading.
class TcpSource final : public Source {
 public:
  TcpSource(boost::asio::io_context& io, SourceOptions options, const SampleSpec& spec, SampleSink& sink,
            const Ledger& ledger, IngestProbe& probe);
  ~TcpSource() override;
  void start() override;
  void stop() noexcept override;
  std::string status() const override;
  std::uint16_t port() const;  ///< the bound port

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace altmind
