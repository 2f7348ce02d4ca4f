#pragma once
// POST /v1/ingest.

#include <memory>

#include "adapters/http/routes/routes.hpp"

namespace altmind::http {

/// Takes samples and answers when they are durable. Called by one thread at a time; may answer on any thread.
class IngestRoute {
 public:
  IngestRoute(std::size_t max_samples, const Services& services);
  ~IngestRoute();

  void handle(const Request& request, Respond respond);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace altmind::http
