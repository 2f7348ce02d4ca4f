// The BLAS kernel that the program uses: the one requested by OPENBLAS_CORETYPE, or a better one.

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>
#include <sstream>

#include "tests/e2e/support/daemon.hpp"
#include "tests/e2e/support/samples.hpp"
#include "tests/support/contains.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/scratch_directory.hpp"

namespace altmind::e2e {

using nlohmann::json;

TEST_CASE("the version names BLAS library, version, kernel and why it is that one") {
  const auto version = [](const std::string& kernel) {
    const Finished finished = run_altmind({.arguments = {"--version"}, .environment = {{"OPENBLAS_CORETYPE", kernel}}});
    CHECK(finished.ended == exited(0));
    CHECK(finished.err.empty());
    return finished.out;
  };
  CHECK(test::contains(version("Haswell"), "OpenBLAS 0."));
  CHECK(test::contains(version("Haswell"), "BLAS kernel Haswell, asked for by OPENBLAS_CORETYPE"));
  CHECK(test::contains(version(""), "the library"));
  CHECK(test::contains(version("Prescott"),
                       "chosen by altmind: Prescott, asked for by OPENBLAS_CORETYPE, is known to crash"));
}

TEST_CASE("where memory is wanting for BLAS the program ends and says so" * doctest::skip(test::sanitized)) {
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  const std::string config = scratch.write("altmind.toml", setup.toml());
  const auto run = [&](const std::string& kilobytes, const std::string& command) {
    Process process("/bin/sh", {.arguments = {"-c", "ulimit -v " + kilobytes + "; exec \"$0\" " + command + " \"$1\"",
                                              altmind_program(), config}});
    const auto ended = process.wait(patience);
    REQUIRE(ended);
    return Finished{*ended, process.out(), process.err()};
  };
  for (const std::string kilobytes : {"150000", "170000", "200000"}) {
    const Finished version = run(kilobytes, "--version");
    CHECK(version.ended == exited(0));
    CHECK(version.out.starts_with("altmind "));
    const Finished served = run(kilobytes, "serve -c");
    CHECK(served.ended == exited(1));
    CHECK_MESSAGE(test::contains(served.err, "not enough memory for OpenBLAS"), served.err);
    CHECK(std::count(served.err.begin(), served.err.end(), '\n') == 1);
  }
}

TEST_CASE("a BLAS kernel that crashes is overridden, with one line, and a wide table is learned") {
  const ScratchDirectory scratch;
  // 60 numbers and a category of 100 names: 161 inputs, for which the old kernels' triangular inverse crashes.
  std::string table = "kind";
  for (int j = 0; j < 60; ++j) table += ",x" + std::to_string(j);
  table += ",label\n";
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    table += "name" + std::to_string(random() % 100);
    double first = 0;
    for (int j = 0; j < 60; ++j) {
      const double x = static_cast<double>(random() % 2001) / 1000.0 - 1.0;
      if (j == 0) first = x;
      table += "," + std::to_string(x);
    }
    table += first > 0 ? ",up\n" : ",down\n";
  }
  const std::string file = scratch.write("table.csv", table);
  const auto learned = [&file](const std::string& kernel) {
    CAPTURE(kernel);
    const Finished finished = run_altmind({.arguments = {"learn", file, "--label", "label", "--report", "json"},
                                           .environment = {{"OPENBLAS_CORETYPE", kernel}}});
    REQUIRE_MESSAGE(finished.ended == exited(0), finished.err);
    CHECK(json::parse(finished.out)["samples"] == 400);
    return finished.err;
  };
  for (const std::string kernel : {"Prescott", "Core2", "Barcelona"}) {
    const std::string err = learned(kernel);
    CHECK_MESSAGE(test::contains(err, "warning: the BLAS kernel " + kernel +
                                          ", asked for by OPENBLAS_CORETYPE, is known to crash"),
                  err);
  }
  CHECK(test::contains(learned("Prescot"), "Prescot, asked for by OPENBLAS_CORETYPE, is none that the library has"));
  CHECK_FALSE(test::contains(learned("Nehalem"), "warning: the BLAS"));

  Setup setup;  // logs JSON lines
  setup.directory = scratch / "data";
  setup.sources = "[[source]]\ntype = \"stdin\"\n";
  const Finished finished = run_altmind({.arguments = {"learn", "-c", scratch.write("altmind.toml", setup.toml())},
                                         .environment = {{"OPENBLAS_CORETYPE", "Prescott"}},
                                         .input = sample_lines(0, 100, 0, setup.inputs)});
  CHECK(finished.ended == exited(0));
  std::istringstream lines(finished.err);
  std::size_t told = 0;
  for (std::string line; std::getline(lines, line);) {
    const json parsed = json::parse(line, nullptr, false);
    REQUIRE_MESSAGE(parsed.is_object(), line);
    told += test::contains(parsed.value("event", ""), "the BLAS kernel Prescott, asked for by") ? 1 : 0;
  }
  CHECK(told == 1);
}

TEST_CASE("a BLAS library that crashes or computes wrongly is a sentence and exit 1, before anything is learned") {
  const ScratchDirectory scratch;
  const std::string file = scratch.write("table.csv", "x,y\n1,a\n2,b\n");
  Setup setup;
  setup.directory = scratch / "data";
  const std::string config = scratch.write("altmind.toml", setup.toml());
  const auto run = [](std::vector<std::string> arguments, const std::string& how) {
    return run_altmind({.arguments = std::move(arguments),
                        .environment = {{"LD_PRELOAD", ALTMIND_BROKEN_BLAS},
                                        {"BROKEN_BLAS", how},
                                        {"ASAN_OPTIONS", "verify_asan_link_order=0:abort_on_error=1"}}});
  };
  const std::vector<std::vector<std::string>> commands = {
      {"learn", file},
      {"serve", "-c", config},
      {"demo"},
      {"replay", "--data", setup.directory},
      {"predict", "--checkpoint", setup.directory, "--input", file}};
  for (const auto& command : commands) {
    CAPTURE(command[0]);
    for (const auto& [how, what] : {std::pair{"crash", "crashes (SIGSEGV)"}, {"wrong", "is wrong"}}) {
      const Finished finished = run(command, how);
      CHECK(finished.ended == exited(1));
      CHECK(finished.out.empty());
      const std::string expected = std::string("strtri of 5 x 5 ") + what;
      CHECK_MESSAGE(test::contains(finished.err, expected), finished.err);
      CHECK_MESSAGE(test::contains(finished.err, "altmind: OpenBLAS 0."), finished.err);
    }
  }
  CHECK_FALSE(std::filesystem::exists(setup.directory));
  CHECK(run({"--version"}, "crash").ended == exited(0));
  CHECK(run({"check", "-c", config}, "crash").ended == exited(0));
}

TEST_CASE(
    "wide layers are learned, and a restart after a kill gives the bits of a replay, under the kernel asked for") {
  constexpr std::size_t wide = 261;
  const ScratchDirectory scratch;
  Setup setup;
  setup.directory = scratch / "data";
  setup.inputs = wide;
  setup.hidden = "[133]";
  const std::string file = scratch.write("altmind.toml", setup.toml());
  const auto learned = [](std::uint64_t samples) {
    return [samples](const json& model) { return model.at("samples") == samples; };
  };
  {
    Daemon daemon(file);
    REQUIRE(daemon.http().post("/v1/ingest", sample_lines(0, 500, 0, wide), ndjson)->status == 200);
    const json model = daemon.wait_for_model(learned(500));
    CHECK(model["blas"]["library"] == "OpenBLAS");
    CHECK(model["blas"]["kernel"] != "Prescott");
    CHECK_FALSE(model["blas"]["reason"].get<std::string>().empty());
    CHECK(model["state"]["batches_skipped"] == 0);
    daemon.kill();
  }
  const json replayed = replay(scratch / "data");
  CHECK(replayed["samples"] == 500);
  Daemon daemon(file);
  daemon.wait_for_model(learned(500));
  CHECK(daemon.stop() == exited(0));
  CHECK(replay(scratch / "data")["state_sha256"] == replayed["state_sha256"]);
}

}  // namespace altmind::e2e
