#pragma once
// Writes the `rejected` list of an answer.

#include <string>
#include <vector>

#include "adapters/http/json_writer.hpp"
#include "adapters/http/message.hpp"
#include "adapters/ingest/ingest.hpp"

namespace altmind::http {

/// Maximum number of entries of a `rejected` list; `rejected_total` counts the others too.
inline constexpr std::size_t most_rejections_shown = 100;

/// Writes the members `"rejected":[{"index","reason","message"}...],"rejected_total":n`, with the first entries only.
void write_rejections(JsonWriter& json, const std::vector<ingest::RejectedRecord>& rejected, std::size_t total);

/// 400: `{"error", "reason", "accepted": 0, "rejected", "rejected_total"}`; the reason is the first record's.
/// `sentence` begins the message.
Response all_rejected(std::string_view sentence, const std::vector<ingest::RejectedRecord>& rejected,
                      std::size_t total);

}  // namespace altmind::http
