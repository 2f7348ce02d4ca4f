#include "core/samples/vocabulary.hpp"

#include <doctest/doctest.h>

#include <map>

#include "core/linalg/random.hpp"

using namespace altmind;

namespace {

SampleSpec spec_of(std::size_t room) {
  SampleSpec spec{Task::classification, LabelKind::index, 3, 2};
  spec.columns = {{"a", ColumnType::categorical, ColumnEncoding::onehot, room, Missing::flag},
                  {"number", ColumnType::numeric},
                  {"b", ColumnType::categorical, ColumnEncoding::onehot, room, Missing::refuse}};
  return spec;
}

std::string category(Random& random) {
  return std::string("c").append(std::to_string(random.below(12)));
}

}  // namespace

TEST_CASE("vocabulary: names get indices in the order of the cells, however the stream is cut into blocks") {
  const SampleSpec spec = spec_of(8);
  for (const std::size_t block : {1, 7, 1000}) {
    CAPTURE(block);
    Random random(4);
    Vocabularies vocabularies(3);
    std::vector<IntroducedCategory> introduced;
    std::map<std::string, float> known[2];  // the reference
    for (std::size_t done = 0; done < 1000; done += block) {
      Samples samples;
      std::vector<float> expected;
      introduced.clear();
      for (std::size_t i = 0; i < block && done + i < 1000; ++i) {
        ++samples.count;
        const auto cell = [&](std::size_t column) {
          const std::string name = category(random);
          auto& table = known[column / 2];
          const float next = static_cast<float>(table.size());
          if (!table.contains(name) && table.size() < 8) table[name] = next;
          expected.push_back(table.contains(name) ? table[name] : 8.0F);
          samples.x.push_back(word_cell(samples.words.add(name)));
        };
        if (random.below(5) == 0) {
          samples.x.push_back(missing_cell);
          expected.push_back(-5.0F);
        } else {
          cell(0);
        }
        samples.x.push_back(3.25F);
        expected.push_back(3.25F);
        cell(2);
      }
      admit_words(spec, samples, vocabularies, introduced);
      CHECK(samples.words.empty());
      for (std::size_t k = 0; k < expected.size(); ++k) {
        const float cell = is_missing(samples.x[k]) ? -5.0F : samples.x[k];
        REQUIRE(cell == expected[k]);
      }
      for (std::size_t k = 1; k < introduced.size(); ++k) CHECK(introduced[k - 1].at <= introduced[k].at);
      for (const IntroducedCategory& one : introduced) CHECK(one.at < samples.count);
    }
    for (const std::size_t column : {0, 2}) {
      REQUIRE(vocabularies[column].size() == 8);
      for (const auto& [name, index] : known[column / 2])
        CHECK(vocabularies[column].names()[static_cast<std::size_t>(index)] == name);
    }
    CHECK(vocabularies[1].size() == 0);
  }
}

TEST_CASE("vocabulary: looking up teaches nothing; an unknown name is the shared one only where there is no room") {
  const SampleSpec spec = spec_of(2);
  Vocabularies vocabularies(3);
  vocabularies[0] = LabelTable({"x", "y"});
  vocabularies[2] = LabelTable({"x"});
  Samples samples;
  samples.count = 2;
  const float z = word_cell(samples.words.add("z"));
  const float x = word_cell(samples.words.add("x"));
  samples.x = {z, 1, z, x, 2, x};
  look_up_words(spec, vocabularies, samples);
  CHECK(samples.x == std::vector<float>{2, 1, unknown_cell, 0, 2, 0});
  CHECK(vocabularies[0].size() == 2);
  CHECK(vocabularies[2].size() == 1);
}
