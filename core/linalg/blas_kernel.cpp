#include "core/linalg/blas_kernel.hpp"

#include <cblas.h>
#include <cpuid.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/linalg/blas.hpp"

// OpenBLAS calls these to choose a kernel when it is loaded, and to release it. They are not in its header, and a
// library built for a single kernel lacks them.
extern "C" {
[[gnu::weak]] void gotoblas_dynamic_init(void);
[[gnu::weak]] void gotoblas_dynamic_quit(void);
}

namespace altmind {

namespace {

constexpr const char* variable = "OPENBLAS_CORETYPE";
constexpr std::size_t longest_name = 40;

/// An instruction set extension, and the flag that tells whether a processor has it.
struct Part {
  const char* name;
  bool Processor::*has;
};
constexpr Part sse42{"SSE4.2", &Processor::sse42};
constexpr Part avx{"AVX", &Processor::avx};
constexpr Part avx2{"AVX2", &Processor::avx2};
constexpr Part avx512{"AVX-512", &Processor::avx512};
constexpr Part bf16{"AVX-512 BF16", &Processor::avx512_bf16};
constexpr Part fma4{"FMA4", &Processor::fma4};
constexpr Part three_d_now{"3DNow!", &Processor::three_d_now};

struct Kernel {
  const char* name;
  int rank;  ///< 0: SSE and less, 1: SSE4.2, 2: AVX, 3: AVX2 and more
  std::optional<Part> needs;
  bool crashes;  ///< in strtri at odd sizes: Prescott from 133 on, Dunnington from 773 on (OpenBLAS 0.3.21)
};

/// The kernels of OpenBLAS on 64-bit x86, each tested by hand.
constexpr std::array kernels = {
    Kernel{"Prescott", 0, std::nullopt, true},   Kernel{"Core2", 0, std::nullopt, true},
    Kernel{"Atom", 0, std::nullopt, true},       Kernel{"Barcelona", 0, std::nullopt, true},
    Kernel{"Bobcat", 0, std::nullopt, true},     Kernel{"Penryn", 0, std::nullopt, true},
    Kernel{"Dunnington", 0, std::nullopt, true}, Kernel{"Nano", 0, std::nullopt, false},
    Kernel{"Opteron", 0, three_d_now, false},    Kernel{"Opteron_SSE3", 0, three_d_now, false},
    Kernel{"Nehalem", 1, sse42, false},          Kernel{"Sandybridge", 2, avx, false},
    Kernel{"Bulldozer", 2, fma4, false},         Kernel{"Piledriver", 2, fma4, false},
    Kernel{"Steamroller", 2, fma4, false},       Kernel{"Excavator", 2, fma4, false},
    Kernel{"Haswell", 3, avx2, false},           Kernel{"Zen", 3, avx2, false},
    Kernel{"SkylakeX", 3, avx512, false},        Kernel{"Cooperlake", 3, bf16, false},
    Kernel{"SapphireRapids", 3, bf16, false},
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

const Kernel* find(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(kernels, [name](const Kernel& kernel) { return same_name(kernel.name, name); });
  return found == kernels.end() ? nullptr : found;
}

/// The most modern kernel known to be sound on the processor, and the instruction set it uses.
struct Best {
  const char* kernel;
  int rank;
  const char* uses;
};
Best best(const Processor& processor) {
  if (processor.avx512_bf16) return {"Cooperlake", 3, bf16.name};
  if (processor.avx512) return {"SkylakeX", 3, avx512.name};
  if (processor.avx2) return {"Haswell", 3, avx2.name};
  if (processor.avx) return {"Sandybridge", 2, avx.name};
  if (processor.sse42) return {"Nehalem", 1, sse42.name};
  return {"Nano", 0, "SSE"};
}

/// Makes an external name safe to print: truncates it and replaces control characters.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, longest_name));
  std::ranges::replace_if(
      text, [](char c) { return c <= ' ' || c > '~'; }, '?');
  return text;
}

BlasInUse& in_use() {
  static BlasInUse state;
  return state;
}

}  // namespace

Processor Processor::this_one() {
  __builtin_cpu_init();
  Processor p;
  p.sse42 = __builtin_cpu_supports("sse4.2") != 0;
  p.avx = __builtin_cpu_supports("avx") != 0;
  p.avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  p.avx512 = p.avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
             __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
             __builtin_cpu_supports("avx512vl") != 0;
  p.avx512_bf16 = p.avx512 && __builtin_cpu_supports("avx512bf16") != 0;
  p.fma4 = __builtin_cpu_supports("fma4") != 0;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  p.three_d_now = __get_cpuid(0x80000001U, &a, &b, &c, &d) != 0 && (d >> 31U) != 0;
  return p;
}

std::string_view name_of(ChosenBy by) {
  constexpr std::array<std::string_view, 3> names = {"library", "user", "altmind"};
  return names[static_cast<std::size_t>(by)];
}

std::optional<std::string> unsound(const Processor& processor, std::string_view kernel) {
  const Kernel* const known = find(kernel);
  if (known == nullptr) return std::nullopt;
  if (known->crashes) return "is known to crash";
  if (known->needs && !(processor.*known->needs->has)) {
    return std::string("needs ") + known->needs->name + ", which this processor does not have";
  }
  return std::nullopt;
}

KernelChoice choose_kernel(const Processor& processor, std::string_view running, std::string_view wished) {
  const Best ours = best(processor);
  const Kernel* const known = find(running);
  const bool sound = !unsound(processor, running);
  const std::string asked = shown(wished) + ", asked for by " + variable + ", ";
  if (!wished.empty() && same_name(running, wished)) {
    if (sound) return {std::string(running), ChosenBy::user, std::string("asked for by ") + variable};
    const std::string fault = asked + *unsound(processor, running);
    return {ours.kernel, ChosenBy::altmind, "chosen by altmind: " + fault,
            "the BLAS kernel " + fault + ": " + ours.kernel + " is used instead"};
  }
  KernelChoice choice{std::string(running), ChosenBy::library, "the library's own choice"};
  if (!sound || (known != nullptr && known->rank < ours.rank)) {
    choice = {ours.kernel, ChosenBy::altmind,
              std::string("chosen by altmind for ") + ours.uses + ": the library, left to itself, takes " +
                  std::string(running)};
  }
  if (!wished.empty()) {
    const std::string fault = asked + "is none that the library has";
    choice.reason += "; " + fault;
    choice.warning = "the BLAS kernel " + fault + ": " + choice.kernel + " is used instead";
  }
  return choice;
}

bool switch_blas_kernel(const std::string& kernel) {
  if (gotoblas_dynamic_init == nullptr || gotoblas_dynamic_quit == nullptr) return same_name(blas_kernel(), kernel);
  const char* const before = std::getenv(variable);
  const std::optional<std::string> kept = before != nullptr ? std::optional<std::string>(before) : std::nullopt;
  ::setenv(variable, kernel.c_str(), 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  // Child processes should see the user's setting.
  if (kept) {
    ::setenv(variable, kept->c_str(), 1);
  } else {
    ::unsetenv(variable);
  }
  return same_name(blas_kernel(), kernel);
}

void start_blas() {
  use_one_blas_thread();
  BlasInUse& use = in_use();
  const std::string_view configuration = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE ..."
  const auto space = configuration.find(' ');
  use.library = configuration.substr(0, space);
  if (space != std::string_view::npos) {
    use.version = configuration.substr(space + 1, configuration.find(' ', space + 1) - space - 1);
  }
  const std::string running = blas_kernel();
  const char* const wished = std::getenv(variable);
  use.choice = choose_kernel(Processor::this_one(), running, wished != nullptr ? wished : "");
  if (same_name(use.choice.kernel, running) || switch_blas_kernel(use.choice.kernel)) return;
  use.choice.reason = "the library has no " + use.choice.kernel;
  use.choice.chosen_by = ChosenBy::library;
  use.choice.kernel = blas_kernel();
}

const BlasInUse& blas_in_use() {
  return in_use();
}

}  // namespace altmind
