#include "saddle/codec/png.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/base/temporary.h"
#include "tests/codec/bytes.h"
#include "tests/codec/golden_pictures.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::from_hex;
using test::noise_picture;
using Bytes = std::vector<std::uint8_t>;

void expect_broken(const std::string& bytes, const std::string& text) {
  expect_error([&] { decode_png(bytes, "f"); }, ErrorCode::kInput, "[png] 'f' " + text);
}

TEST(Png, RoundTripsEveryLayout) {
  const test::TemporaryDirectory directory;
  for (int channels : {1, 3, 4}) {
    for (int width : {1, 7, 64}) {
      const Image8 image = noise_picture(width, 33, channels);
      write_png(directory / "a.png", image);
      EXPECT_EQ(read_png(directory / "a.png"), image) << width << " x " << channels;
      EXPECT_EQ(encode_png(image), encode_png(image));
      EXPECT_EQ(decode_png(encode_png(image, {}, 0), "f"), image);
    }
  }
}

TEST(Png, TextReadsBack) {
  const PngText text = {{"Title", "fixed latents"}, {"Comment", "seed 1, 200k samples"}};
  const std::string bytes = encode_png(noise_picture(4, 4, 1), text);
  EXPECT_EQ(decode_png_text(bytes, "f"), text);
  EXPECT_TRUE(decode_png_text(encode_png(noise_picture(4, 4, 1)), "f").empty());
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

TEST(Png, DecodesEveryLayout) {
  for (const auto& golden : test::golden_pictures("png")) {
    if (golden.name.starts_with("exif")) continue;  // decode_picture turns them
    EXPECT_EQ(decode_png(golden.file, "f"), golden.image) << golden.name;
  }
}

TEST(Png, SixteenBitsAreRounded) {
  // Every 16-bit sample, in a grey file of 256 x 256: signature, IHDR, IDAT, IEND.
  const auto number = [](std::size_t value) {
    std::string out;
    for (int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 255);
    return out;
  };
  const auto chunk = [&](const std::string& type, const std::string& data) {
    const std::string part = type + data;
    const auto* bytes = reinterpret_cast<const Bytef*>(part.data());
    return number(data.size()) + part + number(crc32(0, bytes, static_cast<uInt>(part.size())));
  };
  std::string rows;
  for (int value = 0; value < 65536; ++value) {
    if (value % 256 == 0) rows += '\0';
    rows += static_cast<char>(value >> 8);
    rows += static_cast<char>(value & 255);
  }
  std::string packed(compressBound(rows.size()), ' ');
  uLongf size = packed.size();
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(rows.data()), rows.size()),
            Z_OK);
  packed.resize(size);
  const Image8 image = decode_png(from_hex("89504e470d0a1a0a") +
                                      chunk("IHDR", from_hex("00000100000001001000000000")) +
                                      chunk("IDAT", packed) + chunk("IEND", ""),
                                  "f");
  for (int value = 0; value < 65536; ++value) {
    ASSERT_EQ(image.pixels[static_cast<std::size_t>(value)], (value + 128) / 257) << value;
  }
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
  const std::string bytes = encode_png(noise_picture(16, 16, 3));
  for (std::size_t size = 8; size < bytes.size(); ++size) {
    expect_broken(bytes.substr(0, size), "is a broken PNG: the file ends too early");
  }
}

TEST(Png, EveryFlippedBitIsAnErrorOrHarmless) {
  const Image8 image = noise_picture(8, 8, 1);
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
  std::string bytes = encode_png(noise_picture(8, 8, 1));
  bytes[bytes.find("IEND") - 5] ^= 1;  // the last byte before the next chunk's length
  expect_broken(bytes, "is a broken PNG: IDAT: CRC error");
  std::string header = encode_png(noise_picture(8, 8, 1));
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
  const std::string small = encode_png(noise_picture(16, 16, 3));
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

TEST(Png, HeadErrorsSayWhatIsWrong) {
  const auto expect = [](const std::string& bytes, const std::string& text) {
    expect_error([&] { read_png_head(bytes, "f"); }, ErrorCode::kInput, "[png] 'f' " + text);
  };
  const std::string file = encode_png(noise_picture(4, 4, 1));
  const std::size_t pixels = file.find("IDAT");
  EXPECT_EQ(read_png_head(file.substr(0, pixels + 4), "f").width, 4) << "no pixel is needed";
  expect(file.substr(0, pixels + 3), "ends before its pixels: got 40 bytes, expected at least 41");
  expect(file.substr(0, 20), "ends before its pixels: got 20 bytes, expected at least 29");
  std::string other = file;
  other[12] = 'X';
  expect(other, "is a broken PNG: its first chunk is no IHDR of a picture that is read");
}

}  // namespace
}  // namespace saddle::codec
