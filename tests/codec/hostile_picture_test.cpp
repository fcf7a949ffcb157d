// Damaged files of every kind: each decodes to a picture of the size that its head declares, or is
// refused with an input error. Under a sanitizer the test also finds what reads or writes astray.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/codec/jpeg.h"
#include "saddle/codec/picture.h"
#include "saddle/codec/png.h"
#include "tests/codec/golden_pictures.h"

namespace saddle::codec {
namespace {

constexpr std::size_t kHostileMaxBytes = 1 << 20;

struct HostileFile {
  std::string name;
  std::string bytes;
};

std::vector<HostileFile> hostile_files() {
  std::vector<HostileFile> files;
  for (const char* name : {"grey_progressive", "restarts", "cmyk", "turned6"}) {
    files.push_back({name, test::golden_picture("jpeg", name).file});
  }
  for (const char* name : {"palette4_alpha", "rgb16_interlaced", "exif_after_pixels"}) {
    files.push_back({name, test::golden_picture("png", name).file});
  }
  const Image8 grey = test::noise_picture(9, 9, 1);
  const std::string samples(grey.pixels.begin(), grey.pixels.end());
  files.push_back({"pgm", "P5 # nine\n9 9 255\n" + samples});
  return files;
}

/// Decodes within a bound on memory; true when there is a picture.
bool survives(const std::string& bytes, const std::string& what) {
  try {
    const Image8 image = decode_picture(bytes, "f", kHostileMaxBytes);
    const PictureInfo info = probe_picture(bytes, "f");
    EXPECT_NO_THROW(check_image(image)) << what;
    EXPECT_EQ(image.width, info.width) << what;
    EXPECT_EQ(image.height, info.height) << what;
    EXPECT_EQ(image.channels, info.channels) << what;
    EXPECT_LE(image.pixels.size(), kHostileMaxBytes) << what;
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput) << what << ": " << error.what();
    return false;
  }
}

TEST(HostilePicture, NoTruncationPassesForAWholePicture) {
  for (const HostileFile& file : hostile_files()) {
    ASSERT_LT(file.bytes.size(), 2000U);
    ASSERT_TRUE(survives(file.bytes, file.name));
    for (std::size_t size = 0; size < file.bytes.size(); ++size) {
      const std::string what = file.name + " of " + std::to_string(size) + " bytes";
      EXPECT_FALSE(survives(file.bytes.substr(0, size), what)) << what;
    }
  }
}

TEST(HostilePicture, FlippedBytesDecodeOrAreRefused) {
  for (const HostileFile& file : hostile_files()) {
    PhiloxSequence random(7);
    int refused = 0;
    for (int i = 0; i < 2000; ++i) {
      std::string bytes = file.bytes;
      // One to four bytes, so that one damage may hide another.
      const int flips = 1 + i % 4;
      for (int k = 0; k < flips; ++k) {
        const std::size_t at = random.below(static_cast<std::uint32_t>(bytes.size()));
        bytes[at] = static_cast<char>(random.u32());
      }
      refused += !survives(bytes, file.name + ", flip " + std::to_string(i));
    }
    EXPECT_GT(refused, 0) << file.name;
  }
}

TEST(HostilePicture, FlippedPngChunksWithSoundChecksumsDecodeOrAreRefused) {
  // Checksums would stop most damage at the door; so they are made good again.
  const auto crc = [](std::string_view data) {
    std::uint32_t value = ~0U;
    for (char c : data) {
      value ^= static_cast<std::uint8_t>(c);
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320U : 0U);
    }
    return ~value;
  };
  const auto read32 = [](const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    }
    return value;
  };
  for (const char* name : {"palette4_alpha", "rgb16_interlaced", "exif_after_pixels"}) {
    const std::string file = test::golden_picture("png", name).file;
    PhiloxSequence random(8);
    for (int i = 0; i < 2000; ++i) {
      std::string bytes = file;
      for (int k = 0; k <= i % 3; ++k) {
        const std::size_t at = 8 + random.below(static_cast<std::uint32_t>(bytes.size() - 8));
        bytes[at] = static_cast<char>(random.u32());
      }
      for (std::size_t at = 8; at + 12 <= bytes.size();) {
        const std::size_t size = read32(bytes, at);
        if (size > bytes.size() - at - 12) break;
        const std::uint32_t sum = crc(std::string_view(bytes).substr(at + 4, size + 4));
        for (std::size_t b = 0; b < 4; ++b) {
          bytes[at + 8 + size + b] = static_cast<char>(sum >> (24 - 8 * b));
        }
        at += size + 12;
      }
      survives(bytes, name + (", sound flip " + std::to_string(i)));
    }
  }
}

TEST(HostilePicture, FlippedExifDecodesOrIsIgnored) {
  const std::string file = encode_jpeg(test::noise_picture(5, 3, 1));
  const std::string golden = test::golden_picture("jpeg", "turned6").file;
  const std::size_t start = golden.find("Exif") + 6;
  const std::string tiff(read_jpeg_head(golden, "f").exif);
  ASSERT_EQ(golden.substr(start, tiff.size()), tiff);
  PhiloxSequence random(9);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = tiff;
    for (int k = 0; k <= i % 4; ++k) {
      const std::size_t at = random.below(static_cast<std::uint32_t>(damaged.size()));
      damaged[at] = static_cast<char>(random.u32());
    }
    EXPECT_TRUE(survives(test::with_exif(file, damaged), "exif " + std::to_string(i)));
  }
}

}  // namespace
}  // namespace saddle::codec
