#include "saddle/codec/jpeg.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/base/temporary.h"
#include "tests/codec/golden_pictures.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::from_hex;
using test::golden_picture;
using test::noise_picture;

// Two builds of libjpeg may round the last bit of the cosine transform differently.
constexpr int kJpegTolerance = 1;

void expect_bad_jpeg(const std::string& bytes, const std::string& text) {
  expect_error([&] { decode_jpeg(bytes, "f"); }, ErrorCode::kInput, "[jpeg] 'f' " + text);
}

/// Smooth, so that JPEG keeps it well.
Image8 smooth_picture(int width, int height, int channels) {
  Image8 image = make_image(width, height, channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        image.pixels[image.offset(x, y) + static_cast<std::size_t>(c)] =
            static_cast<std::uint8_t>(128 + 90 * std::sin(0.1 * (x + c)) * std::cos(0.07 * y));
      }
    }
  }
  return image;
}

double mean_difference(const Image8& a, const Image8& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    sum += std::abs(int{a.pixels[i]} - int{b.pixels[i]});
  }
  return sum / static_cast<double>(a.pixels.size());
}

TEST(Jpeg, DecodesAsPillowDoes) {
  for (const auto& golden : test::golden_pictures("jpeg")) {
    if (golden.name.starts_with("turned")) continue;  // decode_picture turns them
    EXPECT_LE(test::largest_difference(decode_jpeg(golden.file, "f"), golden.image), kJpegTolerance)
        << golden.name;
  }
}

TEST(Jpeg, RoundTripsWithinWhatItsQualityAllows) {
  for (int channels : {1, 3}) {
    const Image8 image = smooth_picture(61, 40, channels);
    const Image8 best = decode_jpeg(encode_jpeg(image, 100, JpegChroma::k444), "f");
    // Luma and chroma off by one each make up to 1 + 1.772 in blue; the transform rounds too.
    EXPECT_LE(test::largest_difference(best, image), 4);
    EXPECT_LT(mean_difference(best, image), 1.0);
    EXPECT_LT(mean_difference(decode_jpeg(encode_jpeg(image), "f"), image), 2.0);
    EXPECT_EQ(encode_jpeg(image), encode_jpeg(image));
    EXPECT_LT(encode_jpeg(image, 30).size(), encode_jpeg(image, 95).size());
  }
  const Image8 image = noise_picture(64, 64, 3);
  EXPECT_LT(encode_jpeg(image, 90, JpegChroma::k420).size(),
            encode_jpeg(image, 90, JpegChroma::k444).size());
  EXPECT_EQ(encode_jpeg(image), encode_jpeg(image, 90, JpegChroma::k420));
}

TEST(Jpeg, WritesAFile) {
  const test::TemporaryDirectory directory;
  const Image8 image = smooth_picture(20, 10, 3);
  write_jpeg(directory / "a.jpg", image, 80, JpegChroma::k444);
  EXPECT_EQ(read_file(directory / "a.jpg"), encode_jpeg(image, 80, JpegChroma::k444));
}

TEST(Jpeg, RefusesWhatIsNoJpeg) {
  expect_bad_jpeg("", "is not a JPEG file: expected the first bytes ff d8 ff");
  expect_bad_jpeg("\x89PNG", "is not a JPEG file: expected the first bytes ff d8 ff");
}

TEST(Jpeg, EveryTruncationIsAnError) {
  // Also where the cut falls between two scans or restart intervals.
  for (const char* name : {"grey", "colour_420", "progressive", "restarts", "cmyk"}) {
    const std::string file = golden_picture("jpeg", name).file;
    for (std::size_t size = 0; size < file.size(); ++size) {
      EXPECT_THROW(decode_jpeg(file.substr(0, size), "f"), Error) << name << " of " << size;
    }
  }
  const std::string file = golden_picture("jpeg", "colour_420").file;
  expect_bad_jpeg(file.substr(0, file.size() - 2), "is a broken JPEG: Premature end of JPEG file");
  expect_bad_jpeg(file.substr(0, file.size() - 40), "is a broken JPEG: Premature end of JPEG file");
}

TEST(Jpeg, DamagedPixelsAreAnErrorWhereTheyCanBeTold) {
  std::string file = golden_picture("jpeg", "restarts").file;
  const std::size_t restart = file.find("\xff\xd0");
  ASSERT_NE(restart, file.npos);
  file[restart + 1] = '\xd5';
  expect_bad_jpeg(file, "is a broken JPEG: Corrupt JPEG data: found marker 0xd5 instead of RST0");
}

TEST(Jpeg, HeaderErrorsSayWhatIsWrong) {
  const std::string file = golden_picture("jpeg", "grey").file;
  const std::size_t frame = file.find(std::string_view("\xff\xc0\0\x0b", 4));
  ASSERT_NE(frame, file.npos);
  const auto changed = [&](std::size_t at, char value) {
    std::string out = file;
    out[frame + at] = value;
    return out;
  };
  expect_bad_jpeg(changed(4, 12), "has 12 bits a sample, expected 8");
  expect_bad_jpeg(changed(6, 0), "declares a picture of 21 x 0");
  expect_bad_jpeg(changed(9, 2), "has 2 components, expected 1, 3 or 4");
  expect_bad_jpeg(changed(3, 2), "is a broken JPEG: its frame header is too short");
  expect_bad_jpeg(changed(3, 1),
                  "is a broken JPEG: a segment of no length at byte " + std::to_string(frame + 2));
  expect_bad_jpeg(changed(0, 1),
                  "is a broken JPEG: expected a marker at byte " + std::to_string(frame));
  expect_bad_jpeg(changed(1, '\xd9'), "is a broken JPEG: it has no frame header before its pixels");
  expect_bad_jpeg(changed(1, '\xc3'), "is a broken JPEG: Unsupported JPEG process: SOF type 0xc3");
  expect_bad_jpeg(file.substr(0, frame + 5),
                  "ends before it tells its size: got " + std::to_string(frame + 5) +
                      " bytes, expected at least " + std::to_string(frame + 13));
}

TEST(Jpeg, HugeDeclaredSizesTakeNoMemory) {
  std::string file = golden_picture("jpeg", "colour_444").file;
  const std::size_t frame = file.find(std::string_view("\xff\xc0\0\x11", 4));
  ASSERT_NE(frame, file.npos);
  EXPECT_NO_THROW(decode_jpeg(file, "f", 21 * 13 * 3));
  expect_error([&] { decode_jpeg(file, "f", 21 * 13 * 3 - 1); }, ErrorCode::kInput,
               "[jpeg] 'f' declares too large a picture: got 21 x 13 x 3, expected at most 818 "
               "bytes");
  file.replace(frame + 5, 4, from_hex("ea60ea60"));
  expect_bad_jpeg(file,
                  "declares too large a picture: got 60000 x 60000 x 3, expected at most "
                  "1073741824 bytes");
  file.replace(frame + 5, 4, from_hex("27102710"));
  expect_bad_jpeg(file, "is a broken JPEG: " + std::to_string(file.size()) +
                            " bytes cannot hold 10000 x 10000 pixels");
}

TEST(Jpeg, RefusesToEncodeWhatItCannotHold) {
  const auto expect = [](auto call, const std::string& text) {
    expect_error(call, ErrorCode::kInternal, "[jpeg] " + text);
  };
  expect([] { encode_jpeg(make_image(2, 2, 4)); }, "got a picture with alpha; flatten it first");
  expect([] { encode_jpeg(make_image(2, 2, 3), 0); }, "got a quality of 0, expected 1 to 100");
  expect([] { encode_jpeg(make_image(65501, 1, 1)); },
         "got a picture of 65501 x 1, expected sides of at most 65500");
}

TEST(Jpeg, FacadesDecodeAsPillowDoes) {
  const auto folder = std::filesystem::path(test::kSharedDirectory) / "data/facades";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no facades in " << folder;
  // Means of red, green and blue by Pillow 13.0.0.
  const struct {
    const char* file;
    double mean[3];
  } cases[] = {{"train/1.jpg", {72.03529, 89.3188, 153.93396}},
               {"test/106.jpg", {73.20229, 96.0462, 150.88503}}};
  for (const auto& item : cases) {
    const Image8 image = decode_jpeg(read_file(folder / item.file), item.file);
    ASSERT_EQ(image.width, 512);
    ASSERT_EQ(image.height, 256);
    ASSERT_EQ(image.channels, 3);
    for (std::size_t c = 0; c < 3; ++c) {
      double sum = 0;
      for (std::size_t i = c; i < image.pixels.size(); i += 3) sum += image.pixels[i];
      EXPECT_NEAR(sum / (512 * 256), item.mean[c], 0.01) << item.file << ", colour " << c;
    }
  }
}

}  // namespace
}  // namespace saddle::codec
