#include "core/linalg/blas_kernel.hpp"

#include <doctest/doctest.h>

#include "core/linalg/blas.hpp"
#include "tests/support/contains.hpp"

using namespace altmind;

namespace {

constexpr Processor nehalem{.sse42 = true};
constexpr Processor sandybridge{.sse42 = true, .avx = true};
constexpr Processor haswell{.sse42 = true, .avx = true, .avx2 = true};
constexpr Processor skylake{.sse42 = true, .avx = true, .avx2 = true, .avx512 = true};
constexpr Processor cooperlake{.sse42 = true, .avx = true, .avx2 = true, .avx512 = true, .avx512_bf16 = true};

}  // namespace

TEST_CASE("a processor that the library does not know gets the kernel of what it can do") {
  const auto chosen = [](const Processor& processor) {
    const KernelChoice choice = choose_kernel(processor, "Prescott", "");
    CHECK(choice.chosen_by == ChosenBy::altmind);
    CHECK(test::contains(choice.reason, "takes Prescott"));
    CHECK_FALSE(choice.warning.has_value());
    return choice.kernel;
  };
  CHECK(chosen(nehalem) == "Nehalem");
  CHECK(chosen(sandybridge) == "Sandybridge");
  CHECK(chosen(haswell) == "Haswell");
  CHECK(chosen(skylake) == "SkylakeX");
  CHECK(chosen(cooperlake) == "Cooperlake");
  CHECK(choose_kernel(haswell, "Nehalem", "").kernel == "Haswell");
  CHECK(choose_kernel(haswell, "Barcelona", "").kernel == "Haswell");
  CHECK(choose_kernel(haswell, "SkylakeX", "").kernel == "Haswell");
}

TEST_CASE("the library's own choice stands if it uses what the processor has") {
  for (const auto& [processor, running] : {std::pair{nehalem, "Nehalem"},
                                           {sandybridge, "Sandybridge"},
                                           {haswell, "Haswell"},
                                           {haswell, "Zen"},
                                           {skylake, "SkylakeX"},
                                           {skylake, "Haswell"},
                                           {cooperlake, "Cooperlake"},
                                           {cooperlake, "SkylakeX"},
                                           {cooperlake, "KernelOfTheFuture"}}) {
    CAPTURE(running);
    const KernelChoice choice = choose_kernel(processor, running, "");
    CHECK(choice.kernel == running);
    CHECK(choice.chosen_by == ChosenBy::library);
    CHECK_FALSE(choice.warning.has_value());
  }
}

TEST_CASE("the user's choice stands, however old, in any case of letters") {
  for (const auto& [running, wished] : {std::pair{"Nehalem", "Nehalem"},
                                        {"Haswell", "haswell"},
                                        {"Sandybridge", "SANDYBRIDGE"},
                                        {"Zen", "Zen"},
                                        {"KernelOfTheFuture", "kernelofthefuture"}}) {
    CAPTURE(wished);
    const KernelChoice choice = choose_kernel(cooperlake, running, wished);
    CHECK(choice.kernel == running);
    CHECK(choice.chosen_by == ChosenBy::user);
    CHECK(choice.reason == "asked for by OPENBLAS_CORETYPE");
    CHECK_FALSE(choice.warning.has_value());
  }
}

TEST_CASE("what is known to crash, or is not there, is overridden with a warning that says why") {
  const auto refused = [](const Processor& processor, const char* kernel, const std::string& why) {
    CAPTURE(kernel);
    const KernelChoice choice = choose_kernel(processor, kernel, kernel);
    CHECK(choice.chosen_by == ChosenBy::altmind);
    REQUIRE(choice.warning.has_value());
    for (const std::string& part : {std::string(kernel), why, choice.kernel, std::string("OPENBLAS_CORETYPE")}) {
      CHECK_MESSAGE(test::contains(*choice.warning, part), *choice.warning);
    }
    return choice.kernel;
  };
  for (const char* const kernel : {"Prescott", "Core2", "Barcelona", "Atom", "Bobcat", "Penryn", "Dunnington"}) {
    CHECK(refused(haswell, kernel, "known to crash") == "Haswell");
  }
  CHECK(refused(nehalem, "Prescott", "known to crash") == "Nehalem");
  CHECK(refused(haswell, "SkylakeX", "needs AVX-512") == "Haswell");
  CHECK(refused(skylake, "Cooperlake", "needs AVX-512 BF16") == "SkylakeX");
  CHECK(refused(nehalem, "Haswell", "needs AVX2") == "Nehalem");
  CHECK(refused(haswell, "Piledriver", "needs FMA4") == "Haswell");
  CHECK(refused(haswell, "Opteron", "needs 3DNow!") == "Haswell");
}

TEST_CASE("a name that the library does not know is said, and leaves the choice to it or to us") {
  const KernelChoice library = choose_kernel(haswell, "Haswell", "Hasswell");
  CHECK(library.kernel == "Haswell");
  CHECK(library.chosen_by == ChosenBy::library);
  CHECK(test::contains(library.warning.value(), "Hasswell"));
  CHECK(test::contains(library.reason, "Hasswell"));
  const KernelChoice ours = choose_kernel(haswell, "Prescott", "SapphireRapids");
  CHECK(ours.kernel == "Haswell");
  CHECK(ours.chosen_by == ChosenBy::altmind);
  CHECK(test::contains(ours.warning.value(), "SapphireRapids"));
  const std::string wild = "\x1b[31m" + std::string(1000, 'x');
  const std::string warning = choose_kernel(haswell, "Haswell", wild).warning.value();
  CHECK(warning.size() < 200);
  CHECK_FALSE(test::contains(warning, "\x1b"));
}

TEST_CASE("this process runs a kernel that is sound on this processor, and says which") {
  const BlasInUse& blas = blas_in_use();
  CHECK(blas.library == "OpenBLAS");
  CHECK(blas.version.starts_with("0."));
  CHECK(blas.choice.kernel == blas_kernel());
  CHECK_FALSE(blas.choice.reason.empty());
  CHECK_FALSE(unsound(Processor::this_one(), blas_kernel()).has_value());
}

TEST_CASE("the library runs another kernel when it is told to, and leaves the environment as it was") {
  const std::string kernel = blas_kernel();
  const char* const before = std::getenv("OPENBLAS_CORETYPE");
  const std::string said = before != nullptr ? before : "nothing";
  CHECK(switch_blas_kernel("Nehalem"));
  CHECK(blas_kernel() == "Nehalem");
  CHECK_FALSE(switch_blas_kernel("no such kernel"));
  CHECK(switch_blas_kernel(kernel));
  CHECK(blas_kernel() == kernel);
  const char* const after = std::getenv("OPENBLAS_CORETYPE");
  CHECK((after != nullptr ? after : "nothing") == said);
}
