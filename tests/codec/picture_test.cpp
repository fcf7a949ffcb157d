#include "saddle/codec/picture.h"

#include <gtest/gtest.h>

#include "saddle/codec/exif.h"
#include "saddle/codec/jpeg.h"
#include "saddle/codec/png.h"
#include "tests/base/temporary.h"
#include "tests/codec/golden_pictures.h"

namespace saddle::codec {
namespace {

using test::exif_tiff;
using test::expect_error;
using test::golden_picture;
using test::noise_picture;
using test::with_exif;
using std::string_literals::operator""s;

void expect_bad_picture(const std::string& bytes, const std::string& text) {
  expect_error([&] { decode_picture(bytes, "f"); }, ErrorCode::kInput, "[picture] 'f' " + text);
  expect_error([&] { probe_picture(bytes, "f"); }, ErrorCode::kInput, "[picture] 'f' " + text);
}

TEST(Picture, DecodesWhatTheProbePromised) {
  for (const char* kind : {"png", "jpeg"}) {
    for (const auto& golden : test::golden_pictures(kind)) {
      const PictureInfo info = probe_picture(golden.file, "f");
      const Image8 image = decode_picture(golden.file, "f");
      EXPECT_EQ(info.format, kind == "png"s ? PictureFormat::kPng : PictureFormat::kJpeg);
      EXPECT_EQ(info.width, golden.image.width) << golden.name;
      EXPECT_EQ(info.height, golden.image.height) << golden.name;
      EXPECT_EQ(info.channels, golden.image.channels) << golden.name;
      EXPECT_EQ(info.bit_depth, golden.bit_depth) << golden.name;
      // Two builds of libjpeg may differ by one level.
      EXPECT_LE(test::largest_difference(image, golden.image), 1) << golden.name;
    }
  }
}

TEST(Picture, ExifSetsAJpegUpright) {
  const std::string file = encode_jpeg(noise_picture(5, 3, 3), 90, JpegChroma::k444);
  const Image8 stored = decode_picture(file, "f");
  for (bool big_endian : {false, true}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string turned = with_exif(file, exif_tiff(orientation, big_endian));
      const PictureInfo info = probe_picture(turned, "f");
      EXPECT_EQ(info.orientation, orientation);
      EXPECT_EQ(info.width, orientation >= 5 ? 3 : 5);
      EXPECT_EQ(decode_picture(turned, "f"), oriented(stored, orientation));
    }
  }
}

TEST(Picture, BrokenExifDoesNotSpoilThePixels) {
  const std::string file = encode_jpeg(noise_picture(5, 3, 1));
  const Image8 stored = decode_picture(file, "f");
  const std::string good = exif_tiff(6, true);
  for (std::size_t size = 0; size + 8 < good.size(); ++size) {
    EXPECT_EQ(decode_picture(with_exif(file, good.substr(0, size)), "f"), stored) << size;
  }
  for (int orientation : {0, 9, 255}) {
    EXPECT_EQ(exif_orientation(exif_tiff(orientation, true)), 1) << orientation;
  }
  std::string text = good;
  text[13] = 2;  // a text where a number should be
  EXPECT_EQ(exif_orientation(text), 1);
  EXPECT_EQ(exif_orientation(""), 1);
  EXPECT_EQ(exif_orientation(good + std::string(1 << 20, 'x')), 6);
  EXPECT_EQ(exif_orientation("MM" + std::string(100000, '\xff')), 1);
}

TEST(Picture, TheProbeNeedsNoPixels) {
  for (const char* name : {"turned6", "progressive"}) {
    const std::string file = golden_picture("jpeg", name).file;
    const std::size_t frame = file.find(name == "turned6"s ? "\xff\xc0" : "\xff\xc2");
    ASSERT_NE(frame, file.npos);
    const std::size_t needed = frame + 2 + 17;  // marker, then a frame header of three colours
    EXPECT_EQ(probe_picture(file.substr(0, needed), "f"), probe_picture(file, "f"));
    EXPECT_THROW(probe_picture(file.substr(0, needed - 1), "f"), Error);
  }
  const std::string png = golden_picture("png", "exif_before_pixels").file;
  EXPECT_EQ(probe_picture(png.substr(0, png.find("IDAT") + 4), "f"), probe_picture(png, "f"));
  const std::string late = golden_picture("png", "exif_after_pixels").file;
  EXPECT_EQ(probe_picture(late, "f").orientation, 6);
  EXPECT_EQ(probe_picture(late.substr(0, late.find("eXIf")), "f").orientation, 1);
  EXPECT_EQ(probe_picture("P6 30 20 65535\n", "f"),
            (PictureInfo{PictureFormat::kPnm, 30, 20, 3, 16, 1}));
}

TEST(Picture, TheFirstBytesTellTheFormat) {
  EXPECT_EQ(picture_format(encode_png(noise_picture(2, 2, 1)).substr(0, 8)), PictureFormat::kPng);
  EXPECT_EQ(picture_format("\xff\xd8\xff\xe0"), PictureFormat::kJpeg);
  EXPECT_EQ(picture_format("P5\n"), PictureFormat::kPnm);
  EXPECT_EQ(picture_format("P6#"), PictureFormat::kPnm);
  for (const char* other : {"", "P", "P5", "P5x", "P4\n", "PNG", "\xff\xd8", "hello"}) {
    EXPECT_EQ(picture_format(other), std::nullopt) << other;
  }
  EXPECT_EQ(to_text(PictureFormat::kPng), "PNG");
  EXPECT_EQ(to_text(PictureFormat::kJpeg), "JPEG");
  EXPECT_EQ(to_text(PictureFormat::kPnm), "PNM");
}

TEST(Picture, OtherFormatsAreNamed) {
  const std::string bmp = "BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"s;
  const std::pair<std::string, const char*> cases[] = {
      {"RIFF\x24\0\0\0WEBPVP8 "s, "WebP"},
      {"RIFF\x24\0\0\0WAVEfmt "s, ""},
      {"GIF89a", "GIF"},
      {"GIF87a", "GIF"},
      {bmp, "BMP"},
      {"BM is how this text begins", ""},
      {"II*\0\x08"s, "TIFF"},
      {"MM\0*\0"s, "TIFF"},
      {"\0\0\0\x18"s
       "ftypheic\0\0\0\0mif1heic"s,
       "HEIC"},
      {"\0\0\0\x18"s
       "ftypmif1\0\0\0\0mif1avif"s,
       "AVIF"},
      {"\0\0\0\x18"s
       "ftypmif1\0\0\0\0mif1miaf"s,
       "HEIF"},
      {"\0\0\0\x20"s
       "ftypavif\0\0\0\0avifmif1"s,
       "AVIF"},
      {"\0\0\0\x18"s
       "ftypmp42\0\0\0\0mp42isom"s,
       ""},
      {"\xff\x0a\xfa\x7f", "JPEG XL"},
      {"\0\0\0\x0cJXL \r\n\x87\n"s, "JPEG XL"},
      {"\0\0\0\x0cjP  \r\n\x87\n"s, "JPEG 2000"},
      {"8BPS\0\1"s, "Photoshop"},
      {"P2\n2 2\n255\n", "text PNM"},
      {"P4\n8 1\n", "PBM"},
      {"P7\nWIDTH", "PAM"},
      {"", ""},
      {"Patience", ""},
  };
  for (const auto& [bytes, name] : cases) EXPECT_EQ(unsupported_picture(bytes), name) << bytes;
  EXPECT_EQ(unsupported_picture(encode_png(noise_picture(2, 2, 1))), "");
  EXPECT_EQ(unsupported_picture(encode_jpeg(noise_picture(2, 2, 1))), "");

  expect_bad_picture(
      "RIFF\x24\0\0\0WEBPVP8 "s,
      "is a picture in WebP format: expected PNG, JPEG or binary PGM or PPM; convert "
      "it to PNG or JPEG");
  expect_bad_picture("hello", "is no picture: expected PNG, JPEG or binary PGM or PPM");
}

TEST(Picture, TheBoundOnMemoryHoldsForEachFormat) {
  const Image8 image = noise_picture(10, 10, 3);
  const std::string ppm = "P6 10 10 255 " + std::string(image.pixels.begin(), image.pixels.end());
  EXPECT_EQ(decode_picture(ppm, "f"), image);
  for (const std::string& file : {encode_png(image), encode_jpeg(image), ppm}) {
    EXPECT_NO_THROW(decode_picture(file, "f", 300));
    EXPECT_THROW(decode_picture(file, "f", 299), Error);
  }
}

TEST(Picture, ReadsFiles) {
  const test::TemporaryDirectory directory;
  write_png(directory / "not.jpg", noise_picture(3, 4, 3));
  EXPECT_EQ(read_picture(directory / "not.jpg"), noise_picture(3, 4, 3)) << "names do not matter";
}

TEST(Picture, RealSetsHaveTheSizesTheyAreKnownFor) {
  const auto folder = std::filesystem::path(test::kSharedDirectory) / "data";
  if (!std::filesystem::exists(folder / "facades")) GTEST_SKIP() << "no data in " << folder;
  const struct {
    const char* file;
    int width, height, channels;
  } cases[] = {{"sr/set5/img_001.png", 512, 512, 3},  {"sr/set5/img_002.png", 288, 288, 3},
               {"sr/set5/img_003.png", 256, 256, 3},  {"sr/set5/img_004.png", 280, 280, 3},
               {"sr/set5/img_005.png", 228, 344, 3},  {"membrane_em/image/0.png", 512, 512, 1},
               {"facades/train/400.jpg", 512, 256, 3}};
  for (const auto& item : cases) {
    const std::string bytes = read_file(folder / item.file);
    const PictureInfo info = probe_picture(bytes, item.file);
    EXPECT_EQ(info.width, item.width) << item.file;
    EXPECT_EQ(info.height, item.height) << item.file;
    EXPECT_EQ(info.channels, item.channels) << item.file;
    EXPECT_EQ(info.bit_depth, 8) << item.file;
    EXPECT_EQ(probe_picture(std::string_view(bytes).substr(0, 1024), item.file), info);
  }
  double sum = 0;
  for (int i = 0; i < 30; ++i) {
    const Image8 label = read_picture(folder / "membrane_em/label" / (std::to_string(i) + ".png"));
    for (std::uint8_t value : label.pixels) {
      ASSERT_TRUE(value == 0 || value == 255);
      sum += value / 255;
    }
  }
  EXPECT_NEAR(sum / (30 * 512 * 512), 0.780, 0.0005) << "share of cell";
}

}  // namespace
}  // namespace saddle::codec
