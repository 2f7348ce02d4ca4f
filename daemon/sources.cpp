#include "daemon/sources.hpp"

#include <stdexcept>

#include "adapters/file/file_source.hpp"
#include "adapters/generator/generator_source.hpp"
#include "adapters/tcp/tcp_source.hpp"

namespace altmind {

std::vector<NamedSource> make_sources(const std::vector<SourceOptions>& options, const SampleSpec& spec,
                                      boost::asio::io_context* io, SampleSink& sink, const Ledger& ledger,
                                      IngestProbe& probe) {
  std::vector<NamedSource> sources;
  for (const SourceOptions& one : options) {
    switch (one.type) {
      case SourceType::tcp:
        if (io == nullptr) {
          throw std::invalid_argument("source " + one.name + ": a tcp source has no end; learn needs a finite input");
        }
        sources.push_back({one.name, std::make_unique<TcpSource>(*io, one, spec, sink, ledger, probe)});
        break;
      case SourceType::file:
      case SourceType::standard_input:
        sources.push_back({one.name, std::make_unique<FileSource>(one, spec, sink, ledger, probe)});
        break;
      case SourceType::generator:
        sources.push_back({one.name, std::make_unique<GeneratorSource>(one, spec, sink, ledger, probe)});
        break;
    }
  }
  return sources;
}

}  // namespace altmind
