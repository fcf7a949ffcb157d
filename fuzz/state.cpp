#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fuzz/target.h"
#include "saddle/base/error.h"
#include "saddle/base/jsonl.h"
#include "saddle/train/run_directory.h"

namespace saddle::fuzz {
namespace {

template <class Call>
void refusing(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    require(error.code() != ErrorCode::kInternal);
  }
}

}  // namespace

// The state.json of a checkpoint, and the same bytes as JSON lines.
void fuzz_state(std::string_view bytes) {
  namespace fs = std::filesystem;
  refusing([&] { read_jsonl(MemoryFile(bytes).path()); });
  const Json json = parse_json(bytes, "fuzz", "state.json");
  if (!json.is_object()) return;
  require(parse_sealed_json(sealed_json_text(json), "fuzz", "state.json").is_object());
  static const fs::path directory =
      fs::temp_directory_path() / ("saddle-fuzz-" + std::to_string(::getpid()));
  fs::create_directories(directory);
  std::ofstream(directory / "state.json", std::ios::binary) << bytes;
  refusing([&] { verify_checkpoint({0, directory}); });
}

}  // namespace saddle::fuzz
