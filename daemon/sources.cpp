#include "daemon/sources.hpp"

#include <stdexcept>

#include "adapters/sources/file/file_source.hpp"
#include "adapters/sources/generator/generator_source.hpp"
#include "adapters/sources/tcp/tcp_source.hpp"

namespace altmind::daemon {

std::vector<NamedSource> make_sources(const std::vector<adapters::SourceOptions>& options, const SampleSpec& spec,
                                      boost::asio::io_context* io, SampleSink& sink, const ingest::Ledger& ledger,
                                      ingest::IngestProbe& probe) {
  std::vector<NamedSource> sources;
  for (const adapters::SourceOptions& one : options) {
    switch (one.type) {
      case adapters::SourceType::tcp:
        if (io == nullptr) {
          throw std::invalid_argument("source " + one.name + ": a tcp source has no end; learn needs a finite input");
        }
        sources.push_back({one.name, std::make_unique<tcp::TcpSource>(*io, one, spec, sink, ledger, probe)});
        break;
      case adapters::SourceType::file:
      case adapters::SourceType::standard_input:
        sources.push_back({one.name, std::make_unique<file::FileSource>(one, spec, sink, ledger, probe)});
        break;
      case adapters::SourceType::generator:
        sources.push_back({one.name, std::make_unique<generator::GeneratorSource>(one, spec, sink, ledger, probe)});
        break;
    }
  }
  return sources;
}

}  // namespace altmind::daemon
