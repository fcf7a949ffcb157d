#include "saddle/base/hash.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>

#include "saddle/base/file.h"
#include "saddle/base/philox.h"
#include "tests/base/temporary.h"

namespace saddle {
namespace {

TEST(Sha256, MatchesThePublishedVectors) {
  // FIPS 180-4 examples.
  EXPECT_EQ(sha256_hex(std::string_view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.update(std::string(1000, 'a'));
  const std::string million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  EXPECT_EQ(hash.hex(), million);
  EXPECT_EQ(hash.hex(), million) << "asking twice must not change it";
}

TEST(Sha256, FileEqualsBytes) {
  const test::TemporaryDirectory directory;
  write_file_atomic(directory / "a", std::string_view("abc"));
  EXPECT_EQ(sha256_file_hex(directory / "a"), sha256_hex("abc"));
}

TEST(Crc32c, MatchesThePublishedVectors) {
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
  // RFC 3720 appendix B.4, and the usual check value.
  for (auto crc : {&crc32c, &crc32c_portable}) {
    EXPECT_EQ(crc("123456789", 0), 0xe3069283u);
    EXPECT_EQ(crc(std::string(32, '\0'), 0), 0x8a9136aau);
    EXPECT_EQ(crc(std::string(32, '\xff'), 0), 0x62a8ab43u);
    EXPECT_EQ(crc(ascending, 0), 0x46dd794eu);
    EXPECT_EQ(crc("", 0), 0u);
  }
}

TEST(Crc32c, PiecesAndPathsAgree) {
  PhiloxSequence random(7);
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes += static_cast<char>(random.u32());
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 13) {
    const std::string_view all = bytes;
    EXPECT_EQ(crc32c(all.substr(cut), crc32c(all.substr(0, cut))), crc32c_portable(all));
    EXPECT_EQ(crc32c(all.substr(0, cut)), crc32c_portable(all.substr(0, cut)));
  }
}

TEST(Crc32c, MaskRotatesAndAdds) {
  // 0xe3069283 rotated right by 15 is 0x2507c60d.
  EXPECT_EQ(masked_crc32c("123456789"), 0x2507c60du + 0xa282ead8u);
}

TEST(Hash64, IsFnv1aThenAMix) {
  // Published FNV-1a 64 values.
  static_assert(hash64("") == mix64(0xcbf29ce484222325ULL));
  EXPECT_EQ(hash64("a"), mix64(0xaf63dc4c8601ec8cULL));
  EXPECT_EQ(hash64("foobar"), mix64(0x85944171f73967e8ULL));
}

TEST(Hash64, EachInputBitMovesHalfTheOutputBits) {
  PhiloxSequence random(3);
  for (int bit = 0; bit < 64; ++bit) {
    int flipped = 0;
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t x = random.u64();
      flipped += std::popcount(mix64(x) ^ mix64(x ^ std::uint64_t{1} << bit));
    }
    // 12800 coin throws: mean 6400, deviation 57; six deviations.
    EXPECT_NEAR(flipped, 6400, 340) << "bit " << bit;
  }
}

}  // namespace
}  // namespace saddle
