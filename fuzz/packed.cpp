#include <cstring>

#include "fuzz/target.h"
#include "saddle/base/hash.h"
#include "saddle/codec/packed.h"

// A packed set. Its hash and the checksum of its first page are set right: else every change would
// end there. The first byte says whether.
void saddle::fuzz::fuzz_packed(std::string_view bytes) {
  constexpr std::size_t kHash = 72, kCrc = codec::kPackedPage - 4;
  if (bytes.empty()) return;
  std::string file(bytes.substr(1));
  if (bytes[0] % 2 == 0 && file.size() > codec::kPackedPage) {
    std::uint64_t sizes[4];
    std::memcpy(sizes, file.data() + 16, sizeof sizes);
    const std::uint64_t rest = file.size() - codec::kPackedPage;
    if (sizes[1] <= rest && sizes[3] <= rest - sizes[1]) {
      const std::string_view hashed(file.data() + codec::kPackedPage, sizes[1] + sizes[3]);
      const std::string digits = sha256_hex(hashed);
      for (std::size_t i = 0; i < 32; ++i) {
        file[kHash + i] = static_cast<char>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
      }
    }
    const std::uint32_t sum = crc32c(std::string_view(file).substr(0, kCrc));
    std::memcpy(file.data() + kCrc, &sum, sizeof sum);
  }
  const MemoryFile memory(file);
  const codec::PackedFile packed(memory.path());
  for (std::size_t field = 0; field < packed.info().fields.size(); ++field) {
    const std::size_t expected = packed.info().fields[field].sample_bytes();
    require(packed.sample(field, 0).size() == expected);
    require(packed.sample(field, packed.info().samples - 1).size() == expected);
  }
  packed.verify();
}
