#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace saddle::fuzz {

/// One parser: takes bytes that anybody may have written. It may throw saddle::Error, but not
/// Error(kInternal), which is a promise of the program and not of its user. Anything else is a
/// finding: another exception, a failed `require`, what the sanitizers see, time, memory.
using Target = void (*)(std::string_view bytes);

void fuzz_cifar(std::string_view bytes);
void fuzz_config(std::string_view bytes);
void fuzz_csv(std::string_view bytes);
void fuzz_events(std::string_view bytes);
void fuzz_exif(std::string_view bytes);
void fuzz_idx(std::string_view bytes);
void fuzz_labels(std::string_view bytes);
void fuzz_lengths(std::string_view bytes);
void fuzz_npy(std::string_view bytes);
void fuzz_npz(std::string_view bytes);
void fuzz_packed(std::string_view bytes);
void fuzz_picture(std::string_view bytes);
void fuzz_safetensors(std::string_view bytes);
void fuzz_set(std::string_view bytes);
void fuzz_state(std::string_view bytes);
void fuzz_zip(std::string_view bytes);

/// What a parser may unpack: small, so that a run tries many inputs, and far below the limits that
/// fuzz/run sets.
inline constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

/// What a parser promises about what it took.
inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Bytes as a file in memory, for the readers that want a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes);
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();
  std::string path() const;

 private:
  int file_;
};

}  // namespace saddle::fuzz
