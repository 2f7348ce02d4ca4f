#include "adapters/ingest/ledger.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <random>
#include <thread>
#include <vector>

using namespace altmind;
using namespace altmind::ingest;

namespace {

std::string numbered(std::string text, std::uint64_t number) {
  text += std::to_string(number);
  return text;
}

Origin at(const std::string& stream, const std::string& position) {
  return {"tcp", stream, position, "", 0};
}

Origin keyed(const std::string& key, std::uint64_t hash) {
  return {"http", "", "", key, hash};
}

}  // namespace

TEST_CASE("ledger: a stream's newest position and a key's reply are found") {
  Ledger ledger;
  CHECK(!ledger.position("a").has_value());
  CHECK(!ledger.reply("k").has_value());
  ledger.record(at("a", "1"), 5, 5);
  ledger.record(at("b", ""), 0, 5);
  ledger.record(at("a", "2"), 5, 10);
  ledger.record(keyed("k", 77), 3, 13);
  ledger.record({"generator", "", "", "", 0}, 4, 17);
  CHECK(ledger.position("a") == "2");
  CHECK(ledger.position("b") == "");
  CHECK(!ledger.position("").has_value());
  CHECK(ledger.positions() == std::map<std::string, std::string>{{"a", "2"}, {"b", ""}});
  CHECK(ledger.reply("k") == KeyedReply{77, 3, 13});
  CHECK(!ledger.reply("").has_value());
}

TEST_CASE("ledger: the oldest keys and the least recently written streams are forgotten") {
  Ledger ledger(3, 2);
  for (const char* key : {"a", "b", "c", "a", "d"}) ledger.record(keyed(key, 1), 1, 1);
  CHECK(!ledger.reply("b").has_value());
  for (const char* key : {"a", "c", "d"}) CHECK(ledger.reply(key).has_value());
  CHECK(ledger.forgotten().keys == 1);
  ledger.record(at("tcp:t:s", "1"), 1, 1);
  ledger.record(at("tcp:t:t", "1"), 1, 2);
  ledger.record(at("tcp:t:s", "2"), 1, 3);
  ledger.record(at("tcp:t:u", "1"), 1, 4);
  CHECK(ledger.positions() == std::map<std::string, std::string>{{"tcp:t:s", "2"}, {"tcp:t:u", "1"}});
  CHECK(ledger.forgotten().streams == std::map<std::string, std::uint64_t>{{"tcp:t:", 1}});

  Ledger none(0, 0);
  none.record({"http", "tcp:t:s", "1", "k", 1}, 1, 1);
  CHECK(none.positions().empty());
  CHECK(!none.reply("k").has_value());
}

TEST_CASE("ledger: what clients name pushes out nothing but its own kind and source") {
  Ledger ledger(5, 5);
  ledger.record(at("file:log", "{\"offset\": 7}"), 1, 1);
  ledger.record(at("generator:sea", "8"), 1, 2);
  ledger.record(at("tcp:quiet:once", "9"), 1, 3);
  for (std::uint64_t i = 0; i < 50; ++i) {
    ledger.record(at(numbered("tcp:busy:", i), "1"), 1, i + 4);
    ledger.record(at(numbered("tcp:busy:file:", i), "1"), 1, i + 4);
    ledger.record(keyed(numbered("file:log", i), 1), 1, i + 4);
  }
  Ledger copy(5, 5);
  copy.from_json(ledger.to_json());
  for (const Ledger* one : {&ledger, &copy}) {
    CHECK(one->position("file:log") == "{\"offset\": 7}");
    CHECK(one->position("generator:sea") == "8");
    CHECK(one->position("tcp:quiet:once") == "9");
    CHECK(one->positions().size() == 3 + 5);
  }
  CHECK(ledger.forgotten().keys == 45);
  CHECK(ledger.forgotten().streams == std::map<std::string, std::uint64_t>{{"tcp:busy:", 95}});
}

TEST_CASE("ledger: JSON round trip keeps content and order, whatever bytes the names hold") {
  Ledger ledger(4, 4);
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  ledger.record({"http", all_bytes, all_bytes + "2", all_bytes, ~0ull}, 1, ~0ull);
  ledger.record({"http", "b", "{\"next\": 5}", "second", 3}, 0, 2);
  ledger.record(at(all_bytes, "again"), 1, 3);
  const std::string text = ledger.to_json();
  Ledger copy(4, 4);
  copy.record({"http", "stale", "1", "stale", 1}, 1, 1);
  copy.from_json(text);
  CHECK(copy.to_json() == text);
  CHECK(copy.positions() == ledger.positions());
  CHECK(copy.reply(all_bytes) == KeyedReply{~0ull, 1, ~0ull});
  CHECK(!copy.reply("stale").has_value());
  // A smaller ledger keeps the newest.
  Ledger small(1, 1);
  small.from_json(text);
  CHECK(small.positions() == ledger.positions());  // operators named these streams
  CHECK(small.reply("second").has_value());
  CHECK(Ledger().to_json() == Ledger(1, 1).to_json());
}

TEST_CASE("ledger: nonsense is refused and changes nothing") {
  Ledger ledger;
  ledger.record({"http", "s", "1", "k", 1}, 1, 1);
  const std::string before = ledger.to_json();
  for (const char* text :
       {"", "{", "null", "[]", "{}", "7", R"({"version":1,"streams":[]})", R"({"version":2,"streams":[],"keys":[]})",
        R"({"version":1,"streams":{},"keys":[]})", R"({"version":1,"streams":[["a"]],"keys":[]})",
        R"({"version":1,"streams":[["a",1]],"keys":[]})", R"({"version":1,"streams":["ab"],"keys":[]})",
        R"({"version":1,"streams":[],"keys":[["a",1,2]]})", R"({"version":1,"streams":[],"keys":[["a",1,2,-3]]})",
        R"({"version":1,"streams":[],"keys":[["a",1,2,3.5]]})", R"({"version":1,"streams":[],"keys":[[1,1,2,3]]})",
        R"({"version":1,"streams":[["\u0100","x"]],"keys":[]})", R"({"version":1,"streams":[],"keys":[],"x":1})",
        R"({"version":1,"streams":[["\ud83d\ude00","x"]],"keys":[]})"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(ledger.from_json(text), std::runtime_error);
    CHECK(ledger.to_json() == before);
  }
}

TEST_CASE("ledger: replaying the groups since any earlier moment onto a later copy gives the same ledger") {
  std::mt19937_64 random(23);
  for (int round = 0; round < 200; ++round) {
    struct Step {
      Origin origin;
      std::uint64_t samples, last;
    };
    std::vector<Step> steps;
    for (std::uint64_t i = 1; i <= 30; ++i) {
      const char* const kind = random() % 4 == 0 ? "file:" : random() % 2 == 0 ? "tcp:a:" : "tcp:b:";
      const std::string stream = random() % 3 == 0 ? "" : kind + std::to_string(random() % 8);
      const std::string key = random() % 2 == 0 ? "" : numbered("key ", i);
      steps.push_back({{"s", stream, std::to_string(i), key, i}, random() % 5, i * 10});
    }
    Ledger live(5, 4);
    const std::size_t copied_at = random() % steps.size();
    const std::size_t replayed_from = copied_at == 0 ? 0 : random() % copied_at;
    std::string copy = live.to_json();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      live.record(steps[i].origin, steps[i].samples, steps[i].last);
      if (i + 1 == copied_at) copy = live.to_json();
    }
    Ledger rebuilt(5, 4);
    rebuilt.from_json(copy);
    for (std::size_t i = replayed_from; i < steps.size(); ++i) {
      rebuilt.record(steps[i].origin, steps[i].samples, steps[i].last);
    }
    CHECK(rebuilt.to_json() == live.to_json());
  }
}

TEST_CASE("ledger: many threads may use it at once") {
  Ledger ledger(50, 50);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      if (const auto reply = ledger.reply("k7")) CHECK(reply->body_hash == 7);
      Ledger copy(50, 50);
      copy.from_json(ledger.to_json());
      CHECK(copy.positions().size() <= 50);
    }
  });
  std::vector<std::thread> writers;
  for (std::uint64_t writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&ledger, writer] {
      for (std::uint64_t i = 0; i < 5000; ++i) {
        const std::uint64_t n = i % 100;
        ledger.record({"http", numbered("tcp:t:", n), std::to_string(i), numbered("k", n), n}, writer, i);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
  CHECK(ledger.positions().size() == 50);
}
