#pragma once
// Creates sources from [[source]] tables.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "adapters/ingest/ingest_probe.hpp"
#include "adapters/ingest/ledger.hpp"
#include "adapters/source.hpp"
#include "core/samples/sample_sink.hpp"

namespace altmind::daemon {

struct NamedSource {
  std::string name;
  std::unique_ptr<adapters::Source> source;
};

/// tcp sources need `io`; without it (learn) they are rejected with std::invalid_argument.
std::vector<NamedSource> make_sources(const std::vector<adapters::SourceOptions>& options, const SampleSpec& spec,
                                      boost::asio::io_context* io, SampleSink& sink, const ingest::Ledger& ledger,
                                      ingest::IngestProbe& probe);

}  // namespace altmind::daemon
