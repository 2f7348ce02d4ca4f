#include "adapters/json/sample_parser.hpp"

#include "adapters/json/full_sample.hpp"
#include "adapters/json/plain_sample.hpp"

namespace altmind {

struct SampleParser::Impl {
  explicit Impl(const SampleSpec& s) : spec(s), full(s.inputs) {}

  SampleSpec spec;
  PlainMembers plain;
  FullMembers members;
  FullReader full;
};

SampleParser::SampleParser(SampleSpec spec) : impl_(std::make_unique<Impl>(spec)) {}
SampleParser::~SampleParser() = default;

std::optional<Rejection> SampleParser::parse(std::string_view record, Samples& into) {
  const std::size_t before = into.x.size();
  into.x.resize(before + impl_->spec.inputs);
  float* const x = into.x.data() + before;
  std::optional<Rejection> rejection;
  if (read_plain(record, impl_->spec.inputs, x, impl_->plain)) {
    rejection = take_label(impl_->spec, impl_->plain.label, into);
  } else {
    rejection = impl_->full.read(record, true, x, impl_->members);
    if (!rejection) rejection = take_label(impl_->spec, impl_->members.label, into);
    impl_->full.shrink();
  }
  if (rejection) {
    into.x.resize(before);
  } else {
    ++into.count;
  }
  return rejection;
}

std::optional<Rejection> SampleParser::parse_features(std::string_view record, std::vector<float>& x, std::string* id) {
  const std::size_t before = x.size();
  x.resize(before + impl_->spec.inputs);
  if (read_plain(record, impl_->spec.inputs, x.data() + before, impl_->plain)) {
    if (id != nullptr) *id = impl_->plain.id;
    return std::nullopt;
  }
  auto rejection = impl_->full.read(record, false, x.data() + before, impl_->members);
  impl_->full.shrink();
  if (rejection) {
    x.resize(before);
    return rejection;
  }
  if (id != nullptr) *id = impl_->members.id;
  return std::nullopt;
}

}  // namespace altmind
