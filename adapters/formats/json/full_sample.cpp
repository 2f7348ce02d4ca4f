#include "adapters/formats/json/full_sample.hpp"

#include <simdjson.h>

#include <span>
#include <utility>

#include "adapters/ingest/decimal.hpp"
#include "adapters/ingest/quote.hpp"

namespace altmind::formats {

namespace {

constexpr std::size_t kept_bytes = 128 << 10;  // of the text buffer, kept between texts

using simdjson::error_code;
using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

// Thrown to abort parsing; caught in FullReader::read.
struct Stop {
  ingest::Rejection rejection;
};

[[noreturn]] void not_json(std::string message) {
  throw Stop{{ingest::Reason::not_json, std::move(message)}};
}

void check(error_code error) {
  if (error == simdjson::SUCCESS) return;
  if (error == simdjson::UTF8_ERROR) throw Stop{{ingest::Reason::not_utf8, "not UTF-8"}};
  not_json(std::string("not JSON: ") + simdjson::error_message(error));
}

template <class T>
T get(simdjson::simdjson_result<T> result) {
  T out{};
  check(std::move(result).get(out));
  return out;
}

// Returns the text of a scalar without trailing white space.
std::string_view token(value& v) {
  std::string_view text = v.raw_json_token();
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

ingest::Decimal number(std::string_view text) {
  const char* const end = text.data() + text.size();
  const ingest::Decimal decimal = ingest::read_decimal(text.data(), end);
  if (decimal.end != end) not_json("not JSON: " + ingest::quote(text) + " is not a number");
  return decimal;
}

void literal(std::string_view text) {
  if (text != "true" && text != "false" && text != "null") not_json("not JSON: unexpected " + ingest::quote(text));
}

const char* kind_name(json_type type) {
  switch (type) {
    case json_type::array:
      return "a list";
    case json_type::object:
      return "an object";
    case json_type::number:
      return "a number";
    case json_type::string:
      return "a string";
    case json_type::boolean:
      return "a boolean";
    default:
      return "null";
  }
}

// Returns the text of a string token, including its quotes.
std::string_view raw_string(value& v) {
  const std::string_view text = token(v);
  get(v.get_string());  // validates it
  return text;
}

/// The position of an element: `features[0][2]`.
struct Place {
  const Place* around = nullptr;  ///< null: the list as a whole
  std::size_t index = 0;

  std::string text() const { return around == nullptr ? "features" : around->text() + element_text(index); }
  static std::string element_text(std::size_t index) { return "[" + std::to_string(index) + "]"; }
};

/// One pass over one text. Remembers the first fault but checks the rest too, because invalid JSON and excessive
/// nesting take precedence over other faults.
struct Walk {
  const FeatureShape& shape;
  bool learning;
  float* x;
  Residuals& residuals;
  std::size_t first_number;
  FullMembers& members;
  ingest::Row* row;
  std::optional<ingest::Rejection> first{};

  void fault(std::optional<ingest::Rejection> rejection) {
    if (!first) first = std::move(rejection);
  }
  void fault(ingest::Reason reason, std::string message) {
    if (!first) first = ingest::Rejection{reason, std::move(message)};
  }
  [[noreturn]] void too_deep(const std::string& where) {
    throw Stop{{ingest::Reason::too_deep, where + ": nested deeper than a list of numbers"}};
  }

  void scalar(value& v, json_type type) {
    if (type == json_type::string) {
      get(v.get_string());
    } else if (type == json_type::number) {
      number(token(v));
    } else {
      literal(token(v));
    }
  }

  // Validates and skips a value that is nested at most one level deep.
  void anything(value v, const std::string& where) {
    const json_type type = get(v.type());
    if (type == json_type::array) {
      for (auto element : get(v.get_array())) inner(get(std::move(element)), where);
    } else if (type == json_type::object) {
      for (auto result : get(v.get_object())) {
        auto field = get(std::move(result));
        get(field.unescaped_key());
        inner(field.value(), where);
      }
    } else {
      scalar(v, type);
    }
  }
  void inner(value v, const std::string& where) {
    const json_type type = get(v.type());
    if (type == json_type::array || type == json_type::object) too_deep(where);
    scalar(v, type);
  }

  struct Number {
    float rounded;
    float residual;
  };

  // Reads an element, not a list or object, of a list of numbers; nullopt if it is faulty, which is recorded.
  template <class Where>
  std::optional<Number> element(value v, json_type type, const Where& where) {
    if (type != json_type::number) {
      scalar(v, type);
      fault(ingest::Reason::not_a_number, where() + ": must be a number, got " + kind_name(type));
      return std::nullopt;
    }
    const std::string_view text = token(v);
    float rounded = 0.0F;
    const double exact = number(text).value;
    if (ingest::to_float(exact, rounded)) return Number{rounded, ingest::residual_of(exact, rounded, text)};
    fault(ingest::Reason::not_finite,
          where() + ": " + std::string(ingest::shorten(text)) + " is beyond the range of float32");
    return std::nullopt;
  }

  /// Reads the value of column `j`.
  void cell(value v, std::size_t j) {
    const json_type type = get(v.type());
    if (type == json_type::array || type == json_type::object) too_deep("features." + row->column(j).name);
    const bool category = row->column(j).type == ColumnType::categorical;
    if (type == json_type::string) {
      const std::string_view text = get(v.get_string());
      if (category) return fault(row->category(j, text));
    } else {
      const std::string_view text = token(v);
      if (type == json_type::number) return fault(row->number(j, number(text).value, text));
      literal(text);
      if (text == "null") return fault(row->missing(j));
      if (category) return fault(row->category(j, text));
    }
    fault(ingest::Reason::not_a_number,
          "features: " + ingest::quote(row->column(j).name) + ": must be a number, got " + kind_name(type));
  }

  void named_features(value v) {
    const json_type type = get(v.type());
    if (type != json_type::object) {
      fault(ingest::Reason::not_a_number,
            std::string("features: must be an object with the values of the columns, got ") + kind_name(type));
      return anything(v, "features");
    }
    for (auto result : get(v.get_object())) {
      auto field = get(std::move(result));
      const std::string_view key = get(field.unescaped_key());
      if (const auto j = row->find(key)) {
        cell(field.value(), *j);
      } else {
        fault(ingest::Reason::unknown_key, "features: " + ingest::quote(key) + " is no column of the schema");
        inner(field.value(), "features");
      }
    }
  }

  void features(value v) {
    if (row != nullptr) return named_features(v);
    const json_type type = get(v.type());
    if (type != json_type::array) {
      fault(ingest::Reason::not_a_number, std::string("features: must be a list of numbers, got ") + kind_name(type));
      return anything(v, "features");
    }
    std::size_t read = 0;
    list(v, shape.sizes_at(v.raw_json_token().data()), Place(), read);
  }

  // Reads nested lists of the given sizes, the innermost of numbers; `read` counts the numbers so far. The recursion
  // depth is bounded by `sizes`, however deep the text is.
  void list(value v, std::span<const std::size_t> sizes, const Place& place, std::size_t& read) {
    std::size_t count = 0;
    for (auto result : get(v.get_array())) {
      value each = get(std::move(result));
      const json_type type = get(each.type());
      const Place here{&place, count++};
      const bool number_wanted = sizes.size() == 1;
      if (number_wanted && (type == json_type::array || type == json_type::object)) {
        if (shape.deepest() == 1) too_deep(here.text());
        throw Stop{{ingest::Reason::too_deep, misshapen(here.text() + " is " + kind_name(type))}};
      }
      if (number_wanted) {
        const std::optional<Number> number_read = element(each, type, [&here] { return here.text(); });
        if (number_read && read < shape.inputs()) {
          x[read] = number_read->rounded;
          residuals.add(first_number + read, number_read->residual);
        }
        ++read;
      } else if (type == json_type::array) {
        list(each, sizes.subspan(1), here, read);
      } else {
        if (!first) fault(ingest::Reason::wrong_dimension, misshapen(here.text() + " is " + kind_name(type)));
        anything(each, "features");
      }
    }
    if (count == sizes.front() || first) return;
    if (shape.deepest() == 1) {
      fault(ingest::Reason::wrong_dimension,
            "features: expected " + std::to_string(shape.inputs()) + " numbers, got " + std::to_string(count));
    } else {
      const char* const what = sizes.size() == 1 ? " numbers" : " lists";
      fault(ingest::Reason::wrong_dimension, misshapen(place.text() + " has " + std::to_string(count) + what));
    }
  }
  std::string misshapen(const std::string& what) const { return "features: must be " + shape.allowed() + "; " + what; }

  void label(value v) {
    using Kind = WrittenLabel::Kind;
    if (!learning) return anything(v, "label");
    WrittenLabel& label = members.label;
    const json_type type = get(v.type());
    if (type == json_type::array) {
      label.kind = Kind::list;
      std::size_t count = 0;
      for (auto result : get(v.get_array())) {
        value each = get(std::move(result));
        const json_type each_type = get(each.type());
        const auto where = [index = count++] { return "label" + Place::element_text(index); };
        if (each_type == json_type::array || each_type == json_type::object) too_deep(where());
        if (const auto number_read = element(each, each_type, where)) {
          label.residuals.add(label.values.size(), number_read->residual);
          label.values.push_back(number_read->rounded);
        }
      }
    } else if (type == json_type::object) {
      label.kind = Kind::object;
      anything(v, "label");
    } else if (type == json_type::string) {
      label.kind = Kind::string;
      label.text = get(v.get_string());
    } else if (type == json_type::number) {
      label.kind = Kind::number;
      label.text = token(v);
      const ingest::Decimal decimal = number(label.text);
      label.number = decimal.value;
      if (decimal.overflow) {
        fault(ingest::Reason::not_finite,
              "label: " + std::string(ingest::shorten(label.text)) + " is beyond the range of double");
      }
    } else {
      label.text = token(v);
      literal(label.text);
      label.kind = label.text == "null" ? Kind::null : Kind::boolean;
    }
  }

  void id(value v) {
    const json_type type = get(v.type());
    if (type == json_type::string) {
      members.id = raw_string(v);
    } else if (type == json_type::number) {
      members.id = token(v);
      if (number(members.id).overflow) {
        fault(ingest::Reason::not_finite,
              "id: " + std::string(ingest::shorten(members.id)) + " is beyond the range of double");
      }
    } else {
      fault(ingest::Reason::unknown_key, std::string("id: must be a string or a number, got ") + kind_name(type));
      anything(v, "id");
    }
  }

  void document(simdjson::ondemand::document& json) {
    bool has_features = false;
    bool has_label = false;
    bool has_id = false;
    const auto once = [this](bool& seen, const char* key) {
      if (seen) fault(ingest::Reason::duplicate_key, std::string(key) + ": stands twice in one sample");
      return !std::exchange(seen, true);
    };
    for (auto result : get(json.get_object())) {
      auto field = get(std::move(result));
      const std::string_view key = get(field.unescaped_key());
      if (key == "features") {
        once(has_features, "features") ? features(field.value()) : anything(field.value(), "features");
      } else if (key == "label") {
        once(has_label, "label") ? label(field.value()) : anything(field.value(), "label");
      } else if (key == "id") {
        once(has_id, "id") ? id(field.value()) : anything(field.value(), "id");
      } else {
        fault(ingest::Reason::unknown_key, ingest::quote(key) + ": unknown key; known are features, label, id");
        anything(field.value(), ingest::quote(key));
      }
    }
    if (json.current_location().error() != simdjson::OUT_OF_BOUNDS) not_json("not JSON: something follows the object");
    if (!has_features) fault(ingest::Reason::features_missing, "features: is missing");
  }
};

}  // namespace

struct FullReader::Impl {
  FeatureShape shape;
  ingest::Row* row;
  simdjson::ondemand::parser parser{};
  std::string padded{};  // the text plus the padding that simdjson may read
};

FullReader::FullReader(FeatureShape shape, ingest::Row* row) : impl_(new Impl{std::move(shape), row}) {}
FullReader::~FullReader() = default;

std::optional<ingest::Rejection> FullReader::read(std::string_view text, bool learning, float* x, Residuals& residuals,
                                                  std::size_t first, FullMembers& members) {
  members.label.kind = WrittenLabel::Kind::missing;
  members.label.values.clear();
  members.label.residuals.cut(0);
  members.id.clear();
  if (!simdjson::validate_utf8(text.data(), text.size()))
    return ingest::Rejection{ingest::Reason::not_utf8, "not UTF-8"};
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return ingest::Rejection{ingest::Reason::not_json, "not JSON: an empty line"};
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return ingest::Rejection{ingest::Reason::not_json, "not JSON: begins with a byte order mark"};
  }
  impl_->padded.assign(text);
  impl_->padded.append(simdjson::SIMDJSON_PADDING, ' ');
  Walk walk{impl_->shape, learning, x, residuals, first, members, impl_->row};
  try {
    simdjson::ondemand::document json;
    check(impl_->parser.iterate(simdjson::padded_string_view(impl_->padded.data(), text.size(), impl_->padded.size()))
              .get(json));
    const auto type = json.type();
    if (type.error() == simdjson::SUCCESS && type.value_unsafe() != json_type::object) {
      not_json(std::string("a sample must be a JSON object, got ") + kind_name(type.value_unsafe()));
    }
    walk.document(json);
  } catch (const Stop& stop) {
    return stop.rejection;
  }
  return std::move(walk.first);
}

void FullReader::shrink() {
  if (impl_->padded.capacity() <= kept_bytes) return;
  impl_->padded = {};
  impl_->parser = simdjson::ondemand::parser();
}

}  // namespace altmind::formats
