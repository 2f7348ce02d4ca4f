#pragma once
// Which of its kernels OpenBLAS runs. Left to itself, 0.3.21 takes processors that it does not know for one of 2004,
// and the kernels of that one crash.

#include <optional>
#include <string>
#include <string_view>

namespace altmind {

/// What of a processor, and of what the operating system saves of its registers, decides which kernels it can run.
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

/// As `/v1/model` names them.
std::string_view name_of(ChosenBy by);

struct KernelChoice {
  std::string kernel;
  ChosenBy chosen_by = ChosenBy::library;
  std::string reason;                    ///< half a sentence behind the kernel's name
  std::optional<std::string> warning{};  ///< a sentence: what the user asked for is not done
};

/// What to run where the library runs `running` and the user asked for `wished` (empty: for nothing). The user's choice
/// stands unless it is known to crash or needs what the processor has not; the library's stands if it uses what
/// the processor has (AVX2 where there is AVX-512 is enough). Names of kernels are compared without regard to case.
KernelChoice choose_kernel(const Processor& processor, std::string_view running, std::string_view wished);

/// Whether `kernel` is known to crash, or needs what the processor has not: why, as half a sentence behind its name.
/// Kernels that are not known here are taken to be sound.
std::optional<std::string> unsound(const Processor& processor, std::string_view kernel);

/// The BLAS library of this process.
struct BlasInUse {
  std::string library;  ///< OpenBLAS
  std::string version;
  KernelChoice choice;
};

/// Makes BLAS use the calling thread only (replay is bit-exact only then) and a kernel that is sound here, as
/// `choose_kernel` says of OPENBLAS_CORETYPE. At the start of main, before the first product and any thread.
void start_blas();

/// What `start_blas` found and did.
const BlasInUse& blas_in_use();

/// Lets the library run another kernel. Returns whether it does: it may not know it, or be built for one alone. Not
/// while anybody uses it.
bool switch_blas_kernel(const std::string& kernel);

}  // namespace altmind
