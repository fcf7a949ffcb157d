// One program for all targets: SADDLE_FUZZ names the one that this process runs. See fuzz/run.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "fuzz/target.h"
#include "saddle/base/error.h"

namespace saddle::fuzz {
namespace {

constexpr struct {
  std::string_view name;
  Target target;
} kTargets[] = {{"cifar", fuzz_cifar},   {"config", fuzz_config},
                {"csv", fuzz_csv},       {"events", fuzz_events},
                {"exif", fuzz_exif},     {"idx", fuzz_idx},
                {"labels", fuzz_labels}, {"lengths", fuzz_lengths},
                {"npy", fuzz_npy},       {"npz", fuzz_npz},
                {"packed", fuzz_packed}, {"picture", fuzz_picture},
                {"set", fuzz_set},       {"safetensors", fuzz_safetensors},
                {"state", fuzz_state},   {"zip", fuzz_zip}};

Target chosen_target() {
  const char* wish = std::getenv("SADDLE_FUZZ");
  for (const auto& [name, target] : kTargets) {
    if (wish != nullptr && name == wish) return target;
  }
  std::fputs("SADDLE_FUZZ must name a target:", stderr);
  for (const auto& row : kTargets) std::fprintf(stderr, " %s", row.name.data());
  std::fputs("\n", stderr);
  std::exit(2);
}

}  // namespace

MemoryFile::MemoryFile(std::string_view bytes) : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
  require(file_ >= 0 &&
          ::write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}
MemoryFile::~MemoryFile() {
  ::close(file_);
}
std::string MemoryFile::path() const {
  return "/proc/self/fd/" + std::to_string(file_);
}

}  // namespace saddle::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const saddle::fuzz::Target target = saddle::fuzz::chosen_target();
  try {
    target({reinterpret_cast<const char*>(data), size});
  } catch (const saddle::Error& error) {
    if (error.code() != saddle::ErrorCode::kInternal) return 0;
    std::fprintf(stderr, "a broken promise: %s\n", error.what());
    std::abort();
  }
  return 0;
}
