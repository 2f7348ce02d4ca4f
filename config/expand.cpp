#include "config/expand.hpp"

#include <algorithm>
#include <cctype>

#include "config/read_value.hpp"

namespace altmind::config {
namespace {

bool is_name(std::string_view name) {
  const auto in_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), in_name);
}

}  // namespace

std::string expand_variables(std::string_view text, const std::map<std::string, std::string>& environment) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 3) == "$${") {
      out += "${";
      i += 3;
      continue;
    }
    if (text.substr(i, 2) != "${") {
      out += text[i++];
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (end == std::string_view::npos) throw Refusal("has \"${\" without \"}\" in " + shown(Value(text)));
    const std::string_view body = text.substr(i + 2, end - i - 2);
    const std::size_t dash = body.find(":-");
    const std::string name(body.substr(0, dash));
    if (!is_name(name)) {
      throw Refusal("${" + std::string(body) + "} is not a variable; write ${NAME} or ${NAME:-text} in " +
                    shown(Value(text)));
    }
    const auto variable = environment.find(name);
    const bool has_default = dash != std::string_view::npos;
    if (variable == environment.end() && !has_default) {
      throw Refusal("the environment variable " + name + " is not set, in " + shown(Value(text)));
    }
    if (variable == environment.end() || (has_default && variable->second.empty())) {
      out += body.substr(dash + 2);
    } else {
      if (!valid_utf8(variable->second)) throw Refusal("the environment variable " + name + " is not valid UTF-8");
      out += variable->second;
    }
    i = end + 1;
  }
  return out;
}

std::string escape_variables(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") out += '$';
    out += text[i];
  }
  return out;
}

}  // namespace altmind::config
