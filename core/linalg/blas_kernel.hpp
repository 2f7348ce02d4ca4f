#pragma once
// Selects the kernel that OpenBLAS runs. By itself, 0.3.21 treats processors that it does not know as a model of 2004,
// and the kernels for that model crash.

#include <optional>
#include <string>
#include <string_view>

namespace altmind {

/// Instruction set extensions that decide which kernels can run: supported by the processor and, for wide registers,
/// enabled by the operating system.
struct Processor {
  bool sse42 = false;
  bool avx = false;
  bool avx2 = false;    ///< with FMA
  bool avx512 = false;  ///< F, CD, BW, DQ and VL
  bool avx512_bf16 = false;
  bool fma4 = false;         ///< AMD 2011 to 2016
  bool three_d_now = false;  ///< AMD until 2011

  static Processor this_one();
};

enum class ChosenBy { library, user, altmind };

/// Returns the name used by `/v1/model`.
std::string_view name_of(ChosenBy by);

struct KernelChoice {
  std::string kernel;
  ChosenBy chosen_by = ChosenBy::library;
  std::string reason;                    ///< half a sentence that follows the kernel's name
  std::optional<std::string> warning{};  ///< a sentence, if the user's request is not honoured
};

/// Returns the kernel to run, given that the library runs `running` and the user asked for `wished` (empty: no
/// request). The user's choice stands unless it is known to crash or needs extensions that the processor lacks; the
/// library's choice stands if it uses what the processor offers (AVX2 is enough where there is AVX-512). Kernel names
/// are compared case-insensitively.
KernelChoice choose_kernel(const Processor& processor, std::string_view running, std::string_view wished);

/// Returns why `kernel` is unsound, as half a sentence that follows its name: it is known to crash, or needs an
/// extension that the processor lacks. Nothing if it is sound; unknown kernels are assumed to be.
std::optional<std::string> unsound(const Processor& processor, std::string_view kernel);

/// The BLAS library of this process.
struct BlasInUse {
  std::string library;  ///< OpenBLAS
  std::string version;
  KernelChoice choice;
};

/// Makes BLAS use only the calling thread (replay is bit-exact only then) and a kernel that is sound on this processor,
/// chosen by `choose_kernel` with OPENBLAS_CORETYPE as the user's wish. Must be called at the start of main, before the
/// first product and before any thread is started.
void start_blas();

/// Returns what `start_blas` found and chose.
const BlasInUse& blas_in_use();

/// Switches the library to another kernel. Returns false if it does not know the kernel or is built for a single one.
/// Must not be called while BLAS is in use.
bool switch_blas_kernel(const std::string& kernel);

}  // namespace altmind
