#include "core/samples/vocabulary.hpp"

#include <unordered_map>

namespace altmind {

namespace {

/// Calls index(sample, column, text) once per distinct word of each column and stores the result in the word's cells.
template <class Index>
void replace_words(const SampleSpec& spec, Samples& samples, Index index) {
  if (spec.columns.empty()) return;
  std::vector<std::uint32_t> named;  // columns whose cells hold words
  for (std::uint32_t j = 0; j < spec.columns.size(); ++j) {
    if (spec.columns[j].has_vocabulary()) named.push_back(j);
  }
  std::vector<std::unordered_map<std::uint32_t, float>> cells(named.size());
  for (std::size_t i = 0; i < samples.count; ++i) {
    for (std::size_t k = 0; k < named.size(); ++k) {
      float& cell = samples.x[i * spec.inputs + named[k]];
      if (is_missing(cell)) continue;
      const std::uint32_t word = word_of(cell);
      const auto [at, fresh] = cells[k].try_emplace(word, 0.0F);
      if (fresh) at->second = index(i, named[k], samples.words[word]);
      cell = at->second;
    }
  }
  samples.words.clear();
}

}  // namespace

void admit_words(const SampleSpec& spec, Samples& samples, Vocabularies& vocabularies,
                 std::vector<IntroducedCategory>& introduced) {
  replace_words(spec, samples, [&](std::size_t i, std::uint32_t column, const std::string& text) {
    LabelTable& known = vocabularies[column];
    if (const auto index = known.find(text)) return static_cast<float>(*index);
    if (known.size() >= spec.columns[column].size) return static_cast<float>(spec.columns[column].size);
    introduced.push_back({i, {column, text}});
    return static_cast<float>(known.add(text));
  });
}

void look_up_words(const SampleSpec& spec, const Vocabularies& vocabularies, Samples& samples) {
  replace_words(spec, samples, [&](std::size_t, std::uint32_t column, const std::string& text) {
    const LabelTable& known = vocabularies[column];
    if (const auto index = known.find(text)) return static_cast<float>(*index);
    const std::size_t size = spec.columns[column].size;
    return known.size() >= size ? static_cast<float>(size) : unknown_cell;
  });
}

}  // namespace altmind
