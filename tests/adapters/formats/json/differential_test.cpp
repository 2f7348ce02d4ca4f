// Compares every decision of the sample parser with a strict parser that shares no code with it.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>

#include "adapters/formats/json/full_sample.hpp"
#include "adapters/formats/json/plain_sample.hpp"
#include "adapters/formats/json/sample_parser.hpp"

using namespace altmind;
using namespace altmind::formats;
using namespace altmind::ingest;

namespace {

// Parses a text with nlohmann::json's SAX parser and applies the documented rules in the most direct way.
class Reference : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Reference(const SampleSpec& spec) : spec_(spec) {}

  bool accepts(const std::string& text) {
    return nlohmann::json::sax_parse(text, this) && !wrong_ && seen_.count("features") != 0 &&
           x.size() == spec_.inputs && label_good();
  }

  std::vector<float> x;
  std::string label;
  std::vector<float> target;

  bool null() override { return scalar('0', "", 0.0); }
  bool boolean(bool) override { return scalar('b', "", 0.0); }
  bool number_integer(number_integer_t v) override { return scalar('i', std::to_string(v), static_cast<double>(v)); }
  bool number_unsigned(number_unsigned_t v) override { return scalar('i', std::to_string(v), static_cast<double>(v)); }
  bool number_float(number_float_t v, const string_t& text) override { return scalar('f', text, v); }
  bool string(string_t& text) override { return scalar('s', text, 0.0); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (++depth_ != 1) wrong_ = true;
    return true;
  }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override {
    if (++depth_ != 2 || key_ == "id") wrong_ = true;
    if (key_ == "label") kind_ = 'l';
    return true;
  }
  bool end_array() override { return --depth_, true; }
  bool key(string_t& key) override {
    key_ = key;
    if (key != "features" && key != "label" && key != "id") wrong_ = true;
    if (!seen_.insert(key).second) wrong_ = true;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool scalar(char kind, const std::string& text, double value) {
    const bool number = kind == 'i' || kind == 'f';
    const auto rounded = static_cast<float>(value);
    if (depth_ == 0) wrong_ = true;
    if (key_ == "features") {
      if (depth_ != 2 || !number || !std::isfinite(rounded)) wrong_ = true;
      x.push_back(rounded);
    } else if (key_ == "label" && depth_ == 2) {
      if (!number || !std::isfinite(rounded)) wrong_ = true;
      target.push_back(rounded);
    } else if (key_ == "label") {
      kind_ = kind;
      label = text;
      if (number && spec_.task == Task::regression) target.push_back(rounded);
    } else if (key_ == "id" && !number && kind != 's') {
      wrong_ = true;
    }
    return true;
  }
  bool label_good() const {
    if (spec_.task == Task::regression) {
      for (const float t : target) {
        if (!std::isfinite(t)) return false;
      }
      return (kind_ == 'l' || kind_ == 'i' || kind_ == 'f') && target.size() == spec_.outputs;
    }
    if (spec_.labels == LabelKind::named) {
      return (kind_ == 'i' || kind_ == 'f' || kind_ == 's') && !label.empty() && label.size() <= 256;
    }
    return kind_ == 'i' && label.size() < 5 && label[0] != '-' && std::stoul(label) < spec_.outputs;
  }

  SampleSpec spec_;
  std::set<std::string> seen_;
  std::string key_;
  char kind_ = '-';
  int depth_ = 0;
  bool wrong_ = false;
};

/// Draws its choices in an order that is the same for every compiler.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  std::string number() {
    switch (pick(8)) {
      case 0:
        return std::to_string(static_cast<int>(pick(2000)) - 1000);
      case 1:
        return std::to_string(pick(1'000'000)).append(".").append(std::to_string(pick(100'000'000)));
      case 2:
        return std::to_string(pick(10)).append("e").append(std::to_string(static_cast<int>(pick(90)) - 45));
      case 3:
        return std::string("-0.").append(pick(20), '0').append(std::to_string(random_()));
      case 4:
        return "0";
      default:
        return std::to_string(pick(pick(2) != 0 ? 256 : 4));
    }
  }
  std::string space() {
    if (pick(6) != 0) return spaced_ ? " " : "";
    const std::size_t length = pick(3);
    return std::string(length, " \t\r"[pick(3)]);
  }
  std::string list(std::size_t n) {
    std::string text = "[";
    const bool pixels = pick(2) != 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (i != 0) text.append(",").append(space());
      text += pixels ? (pick(3) != 0 ? "0" : std::to_string(pick(256))) : number();
    }
    return text + "]";
  }
  std::string sample(const SampleSpec& spec) {
    spaced_ = pick(2) != 0;
    std::string label = std::to_string(pick(10));
    if (spec.task == Task::regression) label = pick(2) != 0 ? list(spec.outputs) : number();
    if (spec.task == Task::classification && spec.labels == LabelKind::named && pick(2) != 0)
      label = "\"cat\xC3\xA9\\n\"";
    std::vector<std::string> members{std::string("\"features\":").append(space()).append(list(spec.inputs)),
                                     std::string("\"label\":").append(space()).append(label)};
    if (pick(3) == 0) members.push_back(std::string("\"id\":").append(space()).append(pick(2) != 0 ? "\"x-1\"" : "12"));
    std::shuffle(members.begin(), members.end(), random_);
    std::string text = "{";
    for (std::size_t i = 0; i < members.size(); ++i) text.append(i != 0 ? "," : "").append(space()).append(members[i]);
    return text + space() + "}";
  }
  std::string damaged(std::string text) {
    static const std::vector<std::string> pieces{"{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 ",",
                                                 ":",
                                                 "\"",
                                                 "0",
                                                 "-",
                                                 ".",
                                                 "e",
                                                 "1",
                                                 "9",
                                                 " ",
                                                 "\\",
                                                 "/",
                                                 "\n",
                                                 "null",
                                                 "true",
                                                 "\"\"",
                                                 "[]",
                                                 "{}",
                                                 "1e999",
                                                 "1e39",
                                                 "NaN",
                                                 "00",
                                                 "\"label\":1,",
                                                 "\"id\":2,",
                                                 "\\u0041",
                                                 "\\ud800",
                                                 "\xC3\xA9",
                                                 "\xFF",
                                                 "\xC3",
                                                 "\x01",
                                                 ",0,0,0,0",
                                                 "0, 0, 0, ",
                                                 "\"features\":[",
                                                 "+",
                                                 "E5",
                                                 "0.0",
                                                 ".0",
                                                 "\x1F",
                                                 "\x7F"};
    for (std::size_t edits = 1 + pick(3); edits > 0 && !text.empty(); --edits) {
      const std::size_t at = pick(text.size());
      switch (pick(6)) {
        case 0:
          text.erase(at, 1);
          break;
        case 1:
          text.erase(at, pick(12));
          break;
        case 2:
          text.insert(at, pieces[pick(pieces.size())]);
          break;
        case 3:
          text.replace(at, 1, pieces[pick(pieces.size())]);
          break;
        case 4:
          text[at] = static_cast<char>(pick(256));
          break;
        default: {
          const std::size_t from = pick(text.size());
          text.insert(at, text.substr(from, pick(10)));
        }
      }
    }
    return text;
  }

 private:
  std::mt19937 random_;
  bool spaced_ = false;
};

void compare(SampleParser& parser, const SampleSpec& spec, const std::string& text) {
  CAPTURE(text);
  // A heap block of the exact size lets asan detect reads outside it.
  const auto block = std::make_unique<char[]>(text.size());
  std::memcpy(block.get(), text.data(), text.size());
  const std::string_view view{block.get(), text.size()};

  Reference reference(spec);
  const bool good = reference.accepts(text);
  Samples into;
  const auto rejection = parser.parse(view, into);
  CAPTURE((rejection ? rejection->message : std::string("accepted")));
  if (rejection && rejection->message.ends_with(", got -0")) return;  // nlohmann reads it as the integer 0
  REQUIRE(good == !rejection);
  if (good) {
    CHECK(into.x == reference.x);  // by value: nlohmann reads -0 as the integer 0
    if (spec.task == Task::regression) {
      CHECK(into.target == reference.target);
    } else if (spec.labels == LabelKind::named) {
      // nlohmann reports integers by value: 1e2 stays text, -0 becomes 0.
      if (text.find("-0") == std::string::npos) CHECK(into.name.front() == reference.label);
    } else {
      CHECK(std::to_string(into.label.front()) == reference.label);
    }
  } else {
    CHECK(nlohmann::json(rejection->message).dump().size() > 2);  // throws unless the message is UTF-8
    if (rejection->reason == Reason::not_json || rejection->reason == Reason::not_utf8) return;
    // Every other reason implies that the text is JSON, unless parsing stopped at too_deep or at an
    // overflow, which nlohmann rejects.
    if (rejection->reason != Reason::too_deep && text.find('e') == std::string::npos)
      CHECK(nlohmann::json::accept(text));
  }

  // The fast path accepts a subset of what the full parser accepts, with the same values.
  PlainMembers plain;
  std::vector<float> fast(spec.inputs);
  Residuals fast_residuals;
  if (read_plain(view, FeatureShape(spec), fast.data(), fast_residuals, 0, plain)) {
    FullReader reader{FeatureShape(spec)};
    FullMembers full;
    std::vector<float> careful(spec.inputs);
    Residuals careful_residuals;
    REQUIRE(!reader.read(view, true, careful.data(), careful_residuals, 0, full));
    CHECK(fast_residuals == careful_residuals);
    CHECK(plain.label.residuals == full.label.residuals);
    CHECK(std::memcmp(fast.data(), careful.data(), spec.inputs * sizeof(float)) == 0);
    CHECK(plain.label.kind == full.label.kind);
    CHECK(plain.label.text == full.label.text);
    CHECK(plain.label.values == full.label.values);
    CHECK(plain.id == full.id);
  }
}

const std::vector<SampleSpec> specs{{Task::classification, LabelKind::index, 12, 10},
                                    {Task::classification, LabelKind::named, 5, 10},
                                    {Task::regression, LabelKind::index, 3, 1},
                                    {Task::regression, LabelKind::index, 2, 3},
                                    {Task::classification, LabelKind::index, 1, 3}};

}  // namespace

TEST_CASE("every decision on generated samples is that of a strict parser") {
  Writer writer(1);
  std::size_t plain_count = 0;
  for (const SampleSpec& spec : specs) {
    SampleParser parser(spec);
    for (int round = 0; round < 2000; ++round) {
      const std::string text = writer.sample(spec);
      compare(parser, spec, text);
      PlainMembers members;
      std::vector<float> x(spec.inputs);
      Residuals residuals;
      plain_count += read_plain(text, FeatureShape(spec), x.data(), residuals, 0, members) ? 1 : 0;
    }
  }
  CHECK(plain_count > 5000);  // the fast path was exercised
}

TEST_CASE("every decision on damaged samples is that of a strict parser") {
  Writer writer(2);
  for (const SampleSpec& spec : specs) {
    SampleParser parser(spec);
    for (int round = 0; round < 8000; ++round) compare(parser, spec, writer.damaged(writer.sample(spec)));
  }
}

TEST_CASE("every decision on a sample cut short or with any one byte changed is that of a strict parser") {
  const SampleSpec spec{Task::classification, LabelKind::index, 12, 10};
  SampleParser parser(spec);
  for (const std::string text : {R"({"features":[0,0,0,0,7,0,0,0,0,255,1.5,0],"label":3,"id":"a"})",
                                 R"({"label": 3, "features": [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 9]})"}) {
    for (std::size_t at = 0; at <= text.size(); ++at) compare(parser, spec, text.substr(0, at));
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = text;
        changed[at] = static_cast<char>(byte);
        compare(parser, spec, changed);
      }
    }
  }
}
