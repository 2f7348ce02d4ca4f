#include "adapters/http/routes/rejections.hpp"

#include <algorithm>

#include "adapters/http/error.hpp"

namespace altmind::http {

void write_rejections(JsonWriter& json, const std::vector<ingest::RejectedRecord>& rejected, std::size_t total) {
  json.key("rejected").begin_array();
  for (std::size_t i = 0; i < std::min(rejected.size(), most_rejections_shown); ++i) {
    json.begin_object().key("index").number(rejected[i].index);
    json.key("reason").string(name(rejected[i].rejection.reason));
    json.key("message").string(rejected[i].rejection.message).end_object();
  }
  json.end_array().key("rejected_total").number(total);
}

Response all_rejected(std::string_view sentence, const std::vector<ingest::RejectedRecord>& rejected,
                      std::size_t total) {
  std::string message(sentence);
  std::string_view reason = "rejected";
  if (!rejected.empty()) {
    reason = name(rejected.front().rejection.reason);
    message.append(": sample ").append(std::to_string(rejected.front().index));
    message.append(": ").append(rejected.front().rejection.message);
  }
  return error_response(400, reason, message, [&](JsonWriter& json) {
    json.key("accepted").number(0);
    write_rejections(json, rejected, total);
  });
}

}  // namespace altmind::http
