#include "adapters/ingest/ingest.hpp"

#include <utility>

namespace altmind::ingest {

bool ingest_record(RecordParser& parser, std::string_view record, std::size_t index, std::string_view source,
                   IngestProbe& probe, Samples& into, std::vector<RejectedRecord>& rejected) {
  std::optional<Rejection> rejection = parser.parse(record, into);
  if (!rejection) return true;
  probe.rejected(source, *rejection, record);
  rejected.push_back({index, std::move(*rejection)});
  return false;
}

}  // namespace altmind::ingest
