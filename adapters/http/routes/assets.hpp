#pragma once
// Files of adapters/http/routes/assets/, compiled into the program.

#include <string_view>

namespace altmind::http::assets {

extern const std::string_view status_page;  ///< status.html
extern const std::string_view openapi;      ///< openapi.json

}  // namespace altmind::http::assets
