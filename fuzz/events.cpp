#include <cstring>

#include "fuzz/target.h"
#include "saddle/base/hash.h"
#include "saddle/codec/tensorboard.h"

// A TensorBoard event file. The checksums of its records are set right as far as records reach:
// else every change would end there. The first byte says whether.
void saddle::fuzz::fuzz_events(std::string_view bytes) {
  if (bytes.empty()) return;
  std::string file(bytes.substr(1));
  for (std::size_t at = 0; bytes[0] % 2 == 0 && at + 16 <= file.size();) {
    std::uint64_t length = 0;
    std::memcpy(&length, file.data() + at, sizeof length);
    const auto put = [&](std::size_t place, std::string_view of) {
      const std::uint32_t sum = masked_crc32c(of);
      std::memcpy(file.data() + place, &sum, sizeof sum);
    };
    put(at + 8, std::string_view(file).substr(at, 8));
    if (length > file.size() - at - 16) break;
    put(at + 12 + length, std::string_view(file).substr(at + 12, length));
    at += 16 + length;
  }
  codec::read_events(MemoryFile(file).path());
}
