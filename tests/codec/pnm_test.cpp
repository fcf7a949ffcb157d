#include "saddle/codec/pnm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/base/temporary.h"
#include "tests/codec/bytes.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::from_hex;
using Samples = std::vector<std::uint8_t>;

void expect_bad_pnm(const std::string& bytes, const std::string& text) {
  expect_error([&] { decode_pnm(bytes, "f"); }, ErrorCode::kInput, "[pnm] 'f' " + text);
}

TEST(Pnm, DecodesGreyAndColour) {
  const Image8 grey = decode_pnm("P5\n3 2\n255\n" + from_hex("000102fdfeff"), "f");
  EXPECT_EQ(grey, (Image8{3, 2, 1, {0, 1, 2, 253, 254, 255}}));
  const Image8 colour = decode_pnm("P6 2 1 255 " + from_hex("0a141e28323c"), "f");
  EXPECT_EQ(colour, (Image8{2, 1, 3, {10, 20, 30, 40, 50, 60}}));
}

TEST(Pnm, SamplesMayLookLikeSpacesAndComments) {
  EXPECT_EQ(decode_pnm("P5 2 2 255\n\n# \t", "f").pixels, (Samples{'\n', '#', ' ', '\t'}));
}

TEST(Pnm, CommentsMayStandAnywhereInTheHeader) {
  const PnmHead head =
      read_pnm_head("P5# made by hand\n# more\n 4# wide\n3 #high\r255# white\nx", "f");
  EXPECT_EQ(head.width, 4);
  EXPECT_EQ(head.height, 3);
  EXPECT_EQ(head.max_value, 255);
  EXPECT_EQ(head.data_at, 52U);
}

TEST(Pnm, SamplesAreSpreadOverEightBits) {
  for (int largest : {1, 3, 100, 254, 255, 256, 1000, 65535}) {
    for (int value : {0, 1, largest / 3, largest / 2, largest - 1, largest}) {
      std::string bytes = "P5 1 1 " + std::to_string(largest) + " ";
      if (largest > 255) bytes += static_cast<char>(value >> 8);
      bytes += static_cast<char>(value & 255);
      EXPECT_EQ(decode_pnm(bytes, "f").pixels[0], std::floor(255.0 * value / largest + 0.5))
          << value << " of " << largest;
    }
  }
}

TEST(Pnm, RefusesWhatIsWrong) {
  expect_bad_pnm("P2 1 1 255 7",
                 "is not a binary PGM or PPM file: expected the first bytes P5 or P6");
  expect_bad_pnm("P5 12", "ends within its header");
  expect_bad_pnm("P5 # no end", "ends within its header");
  expect_bad_pnm("P5 -2 2 255 ", "has a broken header: expected a number for the width at byte 3");
  expect_bad_pnm("P5 2 2x 255 ", "has a broken header: expected a number for the height at byte 6");
  expect_bad_pnm("P5 0 2 255 ", "has a width that is not within 1 to 65536");
  expect_bad_pnm("P5 2 99999999999999999999 255 ", "has a height that is not within 1 to 65536");
  expect_bad_pnm("P5 2 2 65536 ", "has a largest value that is not within 1 to 65535");
  expect_bad_pnm("P6 2 1 255 12345",
                 "has the wrong size: got 5 bytes after its header, expected 6 for 2 x 1 x 3");
  expect_bad_pnm("P5 2 1 256 12345",
                 "has the wrong size: got 5 bytes after its header, expected 4 for 2 x 1 x 1");
  expect_bad_pnm("P5 1 1 9 \x0a", "has a sample of 10, expected at most its largest value 9");
  expect_bad_pnm("P6 60000 60000 255 ",
                 "declares too large a picture: got 60000 x 60000 x 3, expected at most 1073741824 "
                 "bytes");
}

}  // namespace
}  // namespace saddle::codec
