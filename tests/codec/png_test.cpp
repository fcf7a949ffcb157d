#include "saddle/codec/png.h"

#include <gtest/gtest.h>

#include "saddle/base/file.h"
#include "saddle/base/philox.h"
#include "tests/base/temporary.h"
#include "tests/codec/bytes.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::from_hex;
using Bytes = std::vector<std::uint8_t>;

Image8 noise_image(int width, int height, int channels) {
  Image8 image = make_image(width, height, channels);
  PhiloxSequence random(static_cast<std::uint64_t>(width * 100 + channels));
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random.u32());
  return image;
}

void expect_broken(const std::string& bytes, const std::string& text) {
  expect_error([&] { decode_png(bytes, "f"); }, ErrorCode::kInput, "[png] 'f' " + text);
}

TEST(Png, RoundTripsEveryLayout) {
  const test::TemporaryDirectory directory;
  for (int channels : {1, 3, 4}) {
    for (int width : {1, 7, 64}) {
      const Image8 image = noise_image(width, 33, channels);
      write_png(directory / "a.png", image);
      EXPECT_EQ(read_png(directory / "a.png"), image) << width << " x " << channels;
      EXPECT_EQ(encode_png(image), encode_png(image));
      EXPECT_EQ(decode_png(encode_png(image, {}, 0), "f"), image);
    }
  }
}

TEST(Png, TextReadsBack) {
  const PngText text = {{"Title", "fixed latents"}, {"Comment", "seed 1, 200k samples"}};
  const std::string bytes = encode_png(noise_image(4, 4, 1), text);
  EXPECT_EQ(decode_png_text(bytes, "f"), text);
  EXPECT_TRUE(decode_png_text(encode_png(noise_image(4, 4, 1)), "f").empty());
  expect_error(
      [] {
        encode_png(make_image(1, 1, 1), {{"", "x"}});
      },
      ErrorCode::kInternal, "[png] got a text key of 0 letters, expected 1 to 79");
}

// The files below were put together by hand: signature, IHDR, zlib data, IEND.

TEST(Png, DecodesPalette) {
  const Image8 image = decode_png(
      from_hex("89504e470d0a1a0a0000000d49484452000000030000000108030000002c3ee48600000009504c5445"
               "ff000000ff000a141ed97e4de70000000c4944415478da636062600400000b00046a681d20000000"
               "0049454e44ae426082"),
      "f");
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, (Bytes{10, 20, 30, 255, 0, 0, 0, 255, 0}));
}

TEST(Png, DecodesOneBitGrey) {
  const Image8 image = decode_png(
      from_hex("89504e470d0a1a0a0000000d494844520000000900000001010000000024b9b9d00000000b49444154"
               "78da63d8d0000001e3013120f3791e0000000049454e44ae426082"),
      "f");
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.pixels, (Bytes{255, 0, 255, 255, 0, 0, 0, 0, 255}));
}

TEST(Png, SixteenBitLosesItsLowByte) {
  const Image8 image = decode_png(
      from_hex("89504e470d0a1a0a0000000d49484452000000010000000210020000004673fd3300000016494441"
               "5478da63103269f8ffff3f0303032303c37f0024d004c44d3855f20000000049454e44ae426082"),
      "f");
  EXPECT_EQ(image.pixels, (Bytes{0x12, 0x80, 0xff, 0, 1, 0}));
}

TEST(Png, GreyWithAlphaBecomesRgba) {
  const Image8 image = decode_png(
      from_hex("89504e470d0a1a0a0000000d49484452000000020000000108040000005e2bb7010000000d494441"
               "5478da6360ffcfd9000003b00190e637246a0000000049454e44ae426082"),
      "f");
  EXPECT_EQ(image.channels, 4);
  EXPECT_EQ(image.pixels, (Bytes{7, 7, 7, 255, 9, 9, 9, 128}));
}

TEST(Png, RefusesWhatIsNoPng) {
  expect_broken("", "is not a PNG file: expected the first bytes 89 'PNG'");
  expect_broken("GIF89a, not a PNG", "is not a PNG file: expected the first bytes 89 'PNG'");
}

TEST(Png, EveryTruncationIsAnError) {
  const std::string bytes = encode_png(noise_image(16, 16, 3));
  for (std::size_t size = 8; size < bytes.size(); ++size) {
    expect_broken(bytes.substr(0, size), "is a broken PNG: the file ends too early");
  }
}

TEST(Png, EveryFlippedBitIsAnErrorOrHarmless) {
  const Image8 image = noise_image(8, 8, 1);
  const std::string bytes = encode_png(image);
  int refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 4;
    try {
      decode_png(damaged, "f");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInput);
      ++refused;
    }
  }
  EXPECT_EQ(refused, static_cast<int>(bytes.size())) << "checksums cover the whole file";
}

TEST(Png, ChecksumErrorsNameTheChunk) {
  std::string bytes = encode_png(noise_image(8, 8, 1));
  bytes[bytes.find("IEND") - 5] ^= 1;  // the last byte before the next chunk's length
  expect_broken(bytes, "is a broken PNG: IDAT: CRC error");
  std::string header = encode_png(noise_image(8, 8, 1));
  header[8 + 8] ^= 1;
  expect_broken(header, "is a broken PNG: IHDR: CRC error");
}

TEST(Png, HugeDeclaredSizesTakeNoMemory) {
  expect_broken(
      from_hex(
          "89504e470d0a1a0a0000000d494844520000ea600000ea60080600000080d27542000000094944415478"
          "da63000000010001b10db6930000000049454e44ae426082"),
      "declares too large a picture: got 60000 x 60000 x 4, expected at most 1073741824 bytes");
  expect_broken(
      from_hex(
          "89504e470d0a1a0a0000000d4948445200004e2000000bb80800000000211dd715000000094944415478"
          "da63000000010001b10db6930000000049454e44ae426082"),
      "is a broken PNG: 66 bytes cannot hold 20000 x 3000 pixels");
  expect_broken(
      from_hex(
          "89504e470d0a1a0a0000000d4948445200011170000000010800000000d7282297000000094944415478"
          "da63000000010001b10db6930000000049454e44ae426082"),
      "is a broken PNG: Invalid IHDR data");
  const std::string small = encode_png(noise_image(16, 16, 3));
  EXPECT_NO_THROW(decode_png(small, "f", 768));
  expect_error([&] { decode_png(small, "f", 767); }, ErrorCode::kInput,
               "[png] 'f' declares too large a picture: got 16 x 16 x 3, expected at most 767 "
               "bytes");
}

TEST(Png, RefusesAPictureThatDoesNotHoldTogether) {
  Image8 image = make_image(2, 2, 3);
  image.pixels.pop_back();
  expect_error([&] { encode_png(image); }, ErrorCode::kInternal,
               "[image] got 11 bytes for a picture of 2 x 2 x 3");
}

}  // namespace
}  // namespace saddle::codec
