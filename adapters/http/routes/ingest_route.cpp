#include "adapters/http/routes/ingest_route.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "adapters/formats/json/sample_parser.hpp"
#include "adapters/http/error.hpp"
#include "adapters/http/routes/body_hash.hpp"
#include "adapters/http/routes/records.hpp"
#include "adapters/http/routes/rejections.hpp"
#include "adapters/ingest/ingest.hpp"

namespace altmind::http {
namespace {

const std::string source_name = "http";

/// Keys whose first request has not been answered yet. Thread-safe.
class KeysInFlight {
 public:
  /// Takes the key and returns nullopt if it is free; otherwise returns the hash of the body that holds it.
  std::optional<std::uint64_t> take(const std::string& key, std::uint64_t hash) {
    const std::lock_guard lock(mutex_);
    const auto [at, fresh] = hashes_.try_emplace(key, hash);
    return fresh ? std::nullopt : std::optional(at->second);
  }
  void release(const std::string& key) {
    const std::lock_guard lock(mutex_);
    hashes_.erase(key);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> hashes_;  ///< protected by mutex_
};

/// Holds a key until the request is answered, on whichever thread that is.
class HeldKey {
 public:
  HeldKey(std::shared_ptr<KeysInFlight> keys, std::string key) : keys_(std::move(keys)), key_(std::move(key)) {}
  ~HeldKey() { keys_->release(key_); }
  HeldKey(const HeldKey&) = delete;
  HeldKey& operator=(const HeldKey&) = delete;

 private:
  std::shared_ptr<KeysInFlight> keys_;
  std::string key_;
};

/// The records of one request, parsed.
struct Parsed {
  Samples samples;
  std::vector<std::size_t> record_of;  ///< record of each sample
  std::vector<ingest::RejectedRecord> rejected;
};

Parsed parse_all(formats::SampleParser& parser, const std::vector<std::string_view>& records) {
  Parsed out;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (std::optional<ingest::Rejection> rejection = parser.parse(records[i], out.samples)) {
      out.rejected.push_back({i, std::move(*rejection)});
    } else {
      out.record_of.push_back(i);
    }
  }
  return out;
}

ingest::Rejection table_full(std::size_t classes) {
  std::string message = "label: a new class, but all ";
  message.append(std::to_string(classes)).append(" classes of model.max_classes have a name");
  return {ingest::Reason::label_out_of_range, std::move(message)};
}

void sort_by_record(std::vector<ingest::RejectedRecord>& rejected) {
  std::sort(rejected.begin(), rejected.end(),
            [](const ingest::RejectedRecord& a, const ingest::RejectedRecord& b) { return a.index < b.index; });
}

Response ingest_response(std::uint64_t accepted, const std::vector<ingest::RejectedRecord>& rejected, std::size_t total,
                         std::uint64_t sequence) {
  if (accepted == 0) return all_rejected("no sample was accepted", rejected, total);
  return object_response([&](JsonWriter& json) {
    json.key("accepted").number(accepted);
    write_rejections(json, rejected, total);
    json.key("sequence").number(sequence);
  });
}

/// An offered request. The receipt may arrive before offer() has returned what was rejected; the later of the two sends
/// the answer.
class Waiting {
 public:
  Waiting(Respond respond, std::shared_ptr<HeldKey> key) : respond_(std::move(respond)), key_(std::move(key)) {}

  void offered(std::size_t accepted, std::vector<ingest::RejectedRecord> rejected) {
    std::unique_lock lock(mutex_);
    accepted_ = accepted;
    rejected_ = std::move(rejected);
    offered_ = true;
    if (receipt_) answer();
  }
  void durable(const Receipt& receipt) {
    std::unique_lock lock(mutex_);
    receipt_ = receipt;
    if (offered_) answer();
  }

 private:
  void answer() {
    Response response =
        receipt_->durable
            ? ingest_response(accepted_, rejected_, rejected_.size(), receipt_->last_sequence)
            : error_response(503, "journal_failed", "the samples could not be made durable and are not learned");
    key_.reset();  // before responding: the client's next request may use the key
    respond_(std::move(response));
  }

  std::mutex mutex_;
  // Protected by mutex_.
  Respond respond_;
  std::shared_ptr<HeldKey> key_;
  std::optional<Receipt> receipt_;
  bool offered_ = false;
  std::size_t accepted_ = 0;
  std::vector<ingest::RejectedRecord> rejected_;
};

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= 255 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

struct IngestRoute::Impl {
  Impl(std::size_t most, const Services& given)
      : max_samples(most), services(given), spec(services.snapshots.load()->spec), parser(spec) {}

  /// Answers a repeated request: the stored figures, and the rejections, found again by parsing the same body.
  Response replay(const ingest::KeyedReply& reply, const std::vector<std::string_view>& records) {
    Parsed parsed = parse_all(parser, records);
    if (parsed.samples.name.size() > reply.accepted) {
      // Some names were rejected because the class table was full. It only grows, so they are the names that are not in
      // it now, unless the snapshot is older than the answer; then only their number is known.
      const auto snapshot = services.snapshots.load();
      std::vector<ingest::RejectedRecord> unknown;
      for (std::size_t i = 0; i < parsed.samples.name.size(); ++i)
        if (!snapshot->labels.find(parsed.samples.name[i]))
          unknown.push_back({parsed.record_of[i], table_full(spec.outputs)});
      if (unknown.size() == parsed.samples.name.size() - reply.accepted)
        std::move(unknown.begin(), unknown.end(), std::back_inserter(parsed.rejected));
      sort_by_record(parsed.rejected);
    }
    Response response =
        ingest_response(reply.accepted, parsed.rejected, records.size() - reply.accepted, reply.sequence);
    response.headers.emplace_back("Idempotency-Replayed", "true");
    return response;
  }

  std::optional<Response> unavailable() const {
    const Health health = services.health();
    if (health.draining) return error_response(503, "draining", "the daemon is stopping and takes no samples");
    if (health.journal_failed)
      return error_response(503, "journal_failed", "the journal cannot be written; no samples are taken");
    return std::nullopt;
  }

  void tell(const std::vector<ingest::RejectedRecord>& rejected, const std::vector<std::string_view>& records) {
    for (const ingest::RejectedRecord& one : rejected)
      services.probe.rejected(source_name, one.rejection, records[one.index]);
  }

  void handle(const Request& request, const Respond& respond) {
    const auto kind = body_kind(request);
    if (kind.has_error()) return respond(kind.error());
    const auto records = split_records(request.body, *kind, max_samples);
    if (records.has_error()) return respond(records.error());

    Origin origin;
    origin.source = source_name;
    std::shared_ptr<HeldKey> held;
    if (const auto header = request.headers.find("idempotency-key"); header != request.headers.end()) {
      if (!is_key(header->second))
        return respond(error_response(400, "bad_idempotency_key",
                                      "Idempotency-Key: 1 to 255 visible ASCII characters, without blanks"));
      origin.key = header->second;
      origin.body_hash = body_hash(request.body);
      const Response reused =
          error_response(422, "idempotency_key_reused", "Idempotency-Key: it was used before with another body");
      // Check the keys in flight before the ledger: a request that finishes in between is in the ledger.
      if (const auto other = keys->take(origin.key, origin.body_hash)) {
        if (*other != origin.body_hash) return respond(reused);
        Response in_flight =
            error_response(409, "idempotency_key_in_flight", "Idempotency-Key: its first request is not answered yet");
        in_flight.headers.emplace_back("Retry-After", "1");
        return respond(std::move(in_flight));
      }
      held = std::make_shared<HeldKey>(keys, origin.key);
      if (const std::optional<ingest::KeyedReply> reply = services.ledger.reply(origin.key))
        return respond(reply->body_hash == origin.body_hash ? replay(*reply, *records) : reused);
    }
    if (const auto rejection = unavailable()) return respond(*rejection);

    Parsed parsed = parse_all(parser, *records);
    if (parsed.record_of.empty()) {
      tell(parsed.rejected, *records);
      return respond(all_rejected("no sample was accepted", parsed.rejected, parsed.rejected.size()));
    }
    offer({std::move(parsed.samples), std::move(origin), {}}, std::move(parsed.record_of), std::move(parsed.rejected),
          *records, respond, std::move(held));
  }

  void offer(Group group, const std::vector<std::size_t>& record_of, std::vector<ingest::RejectedRecord> rejected,
             const std::vector<std::string_view>& records, const Respond& respond, std::shared_ptr<HeldKey> held) {
    if (const Health health = services.health(); health.journal_failed && !health.draining) {
      return respond(error_response(503, "journal_failed", health.detail + "; nothing was taken"));
    }
    const auto waiting = std::make_shared<Waiting>(respond, held);
    const Offered offered =
        services.sink.offer(group, [waiting](const Receipt& receipt) { waiting->durable(receipt); });
    if (offered.admission == Admission::full) {
      services.probe.queue_full(source_name);
      return respond(error_response(429, "queue_full", "the queue of samples is full; nothing was taken, try again"));
    }
    if (offered.admission == Admission::closed) {
      const Health health = services.health();
      const bool stopped = !health.draining && !health.detail.empty();  // by a failure, which the client should know
      return respond(error_response(503, health.journal_failed && !health.draining ? "journal_failed" : "draining",
                                    stopped ? health.detail : "the daemon is stopping and takes no samples"));
    }
    for (const std::size_t sample : offered.rejected) rejected.push_back({record_of[sample], table_full(spec.outputs)});
    sort_by_record(rejected);
    // Count rejected records only now: those of a retried request would count twice.
    tell(rejected, records);
    held.reset();
    waiting->offered(record_of.size() - offered.rejected.size(), std::move(rejected));
  }

  std::size_t max_samples;
  Services services;
  SampleSpec spec;
  formats::SampleParser parser;
  std::shared_ptr<KeysInFlight> keys = std::make_shared<KeysInFlight>();
};

IngestRoute::IngestRoute(std::size_t max_samples, const Services& services)
    : impl_(std::make_unique<Impl>(max_samples, services)) {}
IngestRoute::~IngestRoute() = default;

void IngestRoute::handle(const Request& request, Respond respond) {
  impl_->handle(request, respond);
}

}  // namespace altmind::http
