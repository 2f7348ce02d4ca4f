// A checkpoint file: decodes its tensors, metadata and state, or rejects it with a message.

#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include "adapters/store/checkpoint/checkpoints.hpp"
#include "adapters/store/checkpoint/state_codec.hpp"
#include "config/load.hpp"
#include "tests/fuzz/memory_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace altmind;
  const fuzz::MemoryFile file({data, size});
  try {
    const store::CheckpointImage image = store::read_checkpoint(file.path());
    const auto options = image.metadata.find("config");
    if (options == image.metadata.end()) return 0;
    store::decode_state(image, config::learner_options_from_json(options->second));
  } catch (const std::runtime_error& refusal) {
    if (*refusal.what() == '\0') std::abort();
  }
  return 0;
}
