#include "adapters/http/routes/rejections.hpp"

#include <algorithm>

#include "adapters/http/error.hpp"
#include "adapters/http/json_text.hpp"

namespace altmind::http {

void append_rejections(std::string& out, const std::vector<ingest::RejectedRecord>& rejected, std::size_t total) {
  out += "\"rejected\":[";
  for (std::size_t i = 0; i < std::min(rejected.size(), most_rejections_shown); ++i) {
    out += i == 0 ? "{\"index\":" : ",{\"index\":";
    append_json_number(out, rejected[i].index);
    out += ",\"reason\":";
    append_json_string(out, name(rejected[i].rejection.reason));
    out += ",\"message\":";
    append_json_string(out, rejected[i].rejection.message);
    out += '}';
  }
  out += "],\"rejected_total\":";
  append_json_number(out, total);
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
  Response response = error_response(400, reason, message);
  response.body.resize(response.body.size() - 2);  // without "}\n"
  response.body += ",\"accepted\":0,";
  append_rejections(response.body, rejected, total);
  response.body += "}\n";
  return response;
}

}  // namespace altmind::http
