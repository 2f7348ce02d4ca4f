#include "adapters/formats/json/sample_parser.hpp"

#include "adapters/formats/json/full_sample.hpp"
#include "adapters/formats/json/plain_sample.hpp"

namespace altmind::formats {

struct SampleParser::Impl {
  explicit Impl(const SampleSpec& s) : spec(s), shape(s), row(row_of(s)), full(shape, row ? &*row : nullptr) {}

  static std::optional<ingest::Row> row_of(const SampleSpec& s) {
    return s.columns.empty() ? std::nullopt : std::optional<ingest::Row>(s.columns);
  }

  /// Parses a record with a schema. Ignores the label unless `learning`.
  std::optional<ingest::Rejection> parse_row(std::string_view record, bool learning, Samples& into) {
    row->begin();
    std::optional<ingest::Rejection> rejection =
        full.read(record, learning, nullptr, into.x_residual, into.x.size(), members);
    full.shrink();
    if (rejection) return rejection;
    return row->finish_sample(
        [&](Samples& to) { return learning ? take_label(spec, members.label, to) : std::nullopt; }, into);
  }

  SampleSpec spec;
  FeatureShape shape;
  std::optional<ingest::Row> row;
  PlainMembers plain;
  FullMembers members;
  FullReader full;
};

SampleParser::SampleParser(SampleSpec spec) : impl_(std::make_unique<Impl>(spec)) {}
SampleParser::~SampleParser() = default;

std::optional<ingest::Rejection> SampleParser::parse(std::string_view record, Samples& into) {
  if (impl_->row) return impl_->parse_row(record, true, into);
  const std::size_t before = into.x.size();
  into.x.resize(before + impl_->spec.inputs);
  float* const x = into.x.data() + before;
  std::optional<ingest::Rejection> rejection;
  if (read_plain(record, impl_->shape, x, into.x_residual, before, impl_->plain)) {
    rejection = take_label(impl_->spec, impl_->plain.label, into);
  } else {
    into.x_residual.cut(before);
    rejection = impl_->full.read(record, true, x, into.x_residual, before, impl_->members);
    if (!rejection) rejection = take_label(impl_->spec, impl_->members.label, into);
    impl_->full.shrink();
  }
  if (rejection) {
    into.x.resize(before);
    into.x_residual.cut(before);
  } else {
    ++into.count;
  }
  return rejection;
}

std::optional<ingest::Rejection> SampleParser::parse_features(std::string_view record, Samples& into, std::string* id) {
  if (impl_->row) {
    auto rejection = impl_->parse_row(record, false, into);
    if (!rejection && id != nullptr) *id = impl_->members.id;
    return rejection;
  }
  std::vector<float>& x = into.x;
  const std::size_t before = x.size();
  x.resize(before + impl_->spec.inputs);
  if (read_plain(record, impl_->shape, x.data() + before, into.x_residual, before, impl_->plain)) {
    if (id != nullptr) *id = impl_->plain.id;
    ++into.count;
    return std::nullopt;
  }
  into.x_residual.cut(before);
  auto rejection = impl_->full.read(record, false, x.data() + before, into.x_residual, before, impl_->members);
  impl_->full.shrink();
  if (rejection) {
    x.resize(before);
    into.x_residual.cut(before);
    return rejection;
  }
  if (id != nullptr) *id = impl_->members.id;
  ++into.count;
  return std::nullopt;
}

}  // namespace altmind::formats
