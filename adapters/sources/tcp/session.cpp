#include "adapters/sources/tcp/session.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/formats/csv/csv_parser.hpp"
#include "adapters/formats/framing/encoding.hpp"
#include "adapters/formats/text_parser.hpp"
#include "adapters/ingest/quote.hpp"

namespace altmind::tcp {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_stream_id = 128;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string line_of(const Json& json) {
  return text_of(json) + "\n";
}

bool is_stream_id(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == ':' || c == '-';
  };
  return !id.empty() && id.size() <= max_stream_id && std::all_of(id.begin(), id.end(), allowed);
}

/// Returns the value under "stream" if `line` opens a stream; a sample never has that key.
std::optional<Json> stream_request(std::string_view line) {
  constexpr std::size_t longest = 4096;
  if (line.size() > longest || line.find("\"stream\"") == std::string_view::npos) return std::nullopt;
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("stream")) return std::nullopt;
  return json["stream"];
}

}  // namespace

Session::Session(const adapters::SourceOptions& options, const SampleSpec& spec, ingest::IngestProbe& probe,
                 SessionLimits limits)
    : source_(options.name),
      max_line_text_(std::to_string(options.max_line)),
      spec_(spec),
      probe_(probe),
      limits_(limits),
      replies_(options.ack),
      framer_(options.max_line) {
  formats::TextParser made = formats::make_text_parser(options, spec);
  parser_ = std::move(made.parser);
  header_ = made.header;
  begin_group();
}

Session::~Session() = default;

void Session::push(std::string_view bytes) {
  framer_.push(bytes);
}

void Session::finish() {
  finished_ = true;
}

Session::Next Session::advance() {
  std::size_t taken = 0;
  for (;;) {
    if (failed_) return Next::end;
    if (opening_) return Next::open_stream;
    if (in_flight_.size() >= limits_.groups_in_flight) return Next::wait;
    if (group_.samples.count >= limits_.group_samples) return offer();
    if (errors_.size() >= limits_.output_bytes) return something_to_offer() ? offer() : Next::flush;
    if (taken >= limits_.turn_bytes) return Next::pause;
    std::optional<formats::Line> line = framer_.next();
    if (!line) {
      if (something_to_offer()) return offer();
      if (!finished_) return Next::read;
      if (stream_.empty()) line = framer_.finish();
      if (!line) return Next::end;
    }
    if (std::exchange(first_, false)) {
      if (formats::is_utf16(line->text)) {
        fail("not_utf8", "line 1: " + std::string(formats::utf16_sentence));
        continue;
      }
      line->text = formats::without_byte_order_mark(line->text);
      if (!line->too_long && open(line->text)) continue;
    }
    taken += line->text.size() + 1;
    if (header_ != nullptr) {
      take_header(*line);
    } else if (!take_record(*line)) {
      taken += SessionLimits::rejected_line;
    }
  }
}

Session::Next Session::offer() {
  if (!stream_.empty()) group_.origin.position = std::to_string(line_);
  names_ = group_.samples.name;
  return Next::offer;
}

bool Session::something_to_offer() const {
  // On a stream rejected lines count too: a client must not be told to send them again.
  return group_.samples.count > 0 || (!stream_.empty() && line_ > through_offered_);
}

bool Session::open(std::string_view line) {
  const std::optional<Json> request = stream_request(line);
  if (!request) return false;
  const std::string id = request->is_string() ? request->get<std::string>() : std::string();
  if (!is_stream_id(id)) {
    fail("bad_stream", "stream: must be 1 to " + std::to_string(max_stream_id) +
                           " characters of A-Z a-z 0-9 . _ : -, got " + ingest::quote(text_of(*request)));
  } else if (!replies_) {
    failed_ = true;
  } else {
    stream_ = "tcp:" + source_ + ":" + id;
    opening_ = true;
  }
  return true;
}

void Session::resume(const std::optional<std::string>& position) {
  opening_ = false;
  std::uint64_t last = 0;
  if (position) std::from_chars(position->data(), position->data() + position->size(), last);
  line_ = through_offered_ = through_line_ = last;
  begin_group();
  if (replies_) errors_ += line_of({{"next", last + 1}});
}

void Session::begin_group() {
  group_ = Group{};
  group_.origin.source = source_;
  group_.origin.stream = stream_;
  group_.samples.x.reserve(expected_ * spec_.inputs);
  group_lines_.clear();
}

void Session::take_header(const formats::Line& line) {
  const auto rejection = line.too_long ? ingest::Rejection{ingest::Reason::line_too_long,
                                                           "header: longer than " + max_line_text_ + " bytes"}
                                       : header_->set_header(line.text);
  header_ = nullptr;
  if (!rejection) return;
  probe_.rejected(source_, *rejection, line.text);
  error(0, ingest::name(rejection->reason), rejection->message);
  failed_ = true;
}

/// False if the line was rejected.
bool Session::take_record(const formats::Line& line) {
  ++line_;
  ++lines_;
  if (line.too_long) {
    const ingest::Rejection rejection{ingest::Reason::line_too_long, "line: longer than " + max_line_text_ + " bytes"};
    probe_.rejected(source_, rejection, line.text);
    error(line_, name(rejection.reason), rejection.message);
    return false;
  }
  rejected_.clear();
  if (ingest_record(*parser_, line.text, 0, source_, probe_, group_.samples, rejected_)) {
    group_lines_.push_back(line_);
    return true;
  }
  error(line_, name(rejected_[0].rejection.reason), rejected_[0].rejection.message);
  return false;
}

std::uint64_t Session::offered(const Offered& offered) {
  for (const std::size_t i : offered.rejected) {
    const std::string_view class_name = i < names_.size() ? std::string_view(names_[i]) : std::string_view();
    const ingest::Rejection rejection{ingest::Reason::label_out_of_range, "label: class " + ingest::quote(class_name) +
                                                                              " is new, and the model has all its " +
                                                                              std::to_string(spec_.outputs) +
                                                                              " classes (model.max_classes)"};
    probe_.rejected(source_, rejection, class_name);
    error(group_lines_[i], name(rejection.reason), rejection.message);
  }
  in_flight_.push_back({through_offered_ + 1, line_, group_lines_.size() - offered.rejected.size(), std::nullopt});
  through_offered_ = line_;
  expected_ = std::max<std::size_t>(group_lines_.size(), 1);
  begin_group();
  return first_in_flight_ + in_flight_.size() - 1;
}

bool Session::durable(std::uint64_t number, const Receipt& receipt) {
  in_flight_[number - first_in_flight_].receipt = receipt;
  while (!in_flight_.empty() && in_flight_.front().receipt) {
    const InFlight front = in_flight_.front();
    in_flight_.pop_front();
    ++first_in_flight_;
    if (!front.receipt->durable) {
      if (!lost_) {
        error(front.first_line, "not_durable",
              "the journal did not take lines " + std::to_string(front.first_line) + " to " +
                  std::to_string(front.through_line) + ": they will not be learned");
      }
      lost_ = failed_ = true;
      continue;
    }
    if (lost_) continue;  // a reply would claim the lost lines as well
    accepted_ += front.samples;
    through_line_ = front.through_line;
    sequence_ = front.receipt->last_sequence;
    acknowledge_ = replies_;
  }
  return !lost_;
}

void Session::error(std::uint64_t line, std::string_view reason, const std::string& message) {
  if (replies_) errors_ += line_of({{"error", {{"line", line}, {"reason", reason}, {"message", message}}}});
}

void Session::fail(std::string_view reason, const std::string& message) {
  if (!failed_ && replies_) errors_ += line_of({{"error", {{"reason", reason}, {"message", message}}}});
  failed_ = true;
}

void Session::mute() {
  replies_ = false;
  acknowledge_ = false;
  errors_.clear();
}

std::string Session::output() {
  std::string out = std::exchange(errors_, {});
  if (std::exchange(acknowledge_, false)) {
    out += line_of({{"accepted", accepted_}, {"through_line", through_line_}, {"sequence", sequence_}});
  }
  return out;
}

}  // namespace altmind::tcp
