#include "saddle/codec/resize.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/base/temporary.h"
#include "tests/codec/golden_pictures.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using test::noise_picture;

const std::map<std::string, Filter> kFilters = {{"box", Filter::kBox},
                                                {"bilinear", Filter::kBilinear},
                                                {"bicubic", Filter::kBicubic},
                                                {"lanczos", Filter::kLanczos}};

// Against Pillow's 8-bit way: it rounds to levels between its two passes, we once. Against its
// floats: sums that end close to half a level.
constexpr int kResizeTolerance = 1;

TEST(Resize, AgreesWithPillow) {
  int cases = 0;
  for (const std::string& line : test::golden_lines("resize")) {
    std::string filter, depth, from, to;
    int w = 0, h = 0, channels = 0, width = 0, height = 0;
    std::istringstream(line) >> filter >> depth >> w >> h >> channels >> from >> width >> height >>
        to;
    const Image8 source = test::golden_image(w, h, channels, from);
    const Image8 expected = test::golden_image(width, height, channels, to);
    const Image8 got = resize(source, width, height, kFilters.at(filter));
    EXPECT_LE(test::largest_difference(got, expected), kResizeTolerance)
        << filter << " " << depth << " " << w << " x " << h << " x " << channels << " to " << width
        << " x " << height;
    ++cases;
  }
  EXPECT_EQ(cases, 60);
}

TEST(Resize, BoxTakesTheMeanOfWhatFallsIn) {
  const Image8 image{4, 2, 1, {0, 10, 100, 200, 20, 30, 101, 202}};
  EXPECT_EQ(resize(image, 2, 1, Filter::kBox).pixels, (std::vector<std::uint8_t>{15, 151}));
  EXPECT_EQ(resize(image, 8, 4, Filter::kBox), enlarge(image, 2));
}

TEST(Resize, ConstantsStayConstant) {
  for (const auto& [name, filter] : kFilters) {
    for (int channels : {1, 3, 4}) {
      for (int value : {0, 1, 127, 255}) {
        const Image8 image = make_image(17, 9, channels, static_cast<std::uint8_t>(value));
        for (const auto& [width, height] : {std::pair{5, 4}, {17, 40}, {64, 2}, {1, 1}}) {
          EXPECT_EQ(resize(image, width, height, filter),
                    make_image(width, height, channels, static_cast<std::uint8_t>(value)))
              << name << " " << channels << " " << value;
        }
      }
    }
  }
}

TEST(Resize, TheSameSizeIsTheSamePicture) {
  for (const auto& [name, filter] : kFilters) {
    const Image8 image = noise_picture(13, 7, 4);
    EXPECT_EQ(resize(image, 13, 7, filter), image) << name;
    // One direction alone leaves the other as it is: rows stay copies of each other.
    const Image8 row = noise_picture(13, 1, 3);
    const Image8 tall = resize(row, 13, 5, filter);
    for (int y = 0; y < 5; ++y) EXPECT_EQ(crop(tall, 0, y, 13, 1), row) << name;
  }
}

TEST(Resize, TheMeanIsKept) {
  const auto mean = [](const Image8& image) {
    double sum = 0;
    for (std::uint8_t value : image.pixels) sum += value;
    return sum / static_cast<double>(image.pixels.size());
  };
  Image8 image = noise_picture(96, 96, 3);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(64 + value / 2);
  // Half a level is rounded up: 1/8 too much on average for quarters of levels.
  EXPECT_NEAR(mean(resize(image, 48, 48, Filter::kBox)), mean(image) + 0.125, 0.02);
  for (const auto& [name, filter] : kFilters) {
    for (int size : {48, 32, 16, 192}) {
      // Rounding leaves .29 / sqrt(768) = .01 at the smallest; edge pixels count a little
      // otherwise.
      EXPECT_NEAR(mean(resize(image, size, size, filter)), mean(image), 0.5) << name << " " << size;
    }
  }
}

TEST(Resize, ShrinkingDoesNotAlias) {
  // Stripes of one pixel hold no frequency that a picture of a third of the size can show.
  Image8 stripes = make_image(96, 96, 1);
  for (int y = 0; y < 96; ++y) {
    for (int x = 0; x < 96; x += 2) stripes.pixels[stripes.offset(x, y)] = 255;
  }
  for (Filter filter : {Filter::kBilinear, Filter::kBicubic, Filter::kLanczos}) {
    const Image8 small = crop(resize(stripes, 32, 32, filter), 2, 2, 28, 28);
    for (std::uint8_t value : small.pixels) EXPECT_NEAR(value, 127.5, 16);
  }
}

TEST(Resize, TransparentColoursDoNotBleed) {
  Image8 image = make_image(8, 8, 4);
  for (int i = 0; i < 64; ++i) {
    const bool seen = i % 8 < 4;
    const std::uint8_t pixel[4] = {static_cast<std::uint8_t>(seen ? 200 : 13), 100, 50,
                                   static_cast<std::uint8_t>(seen ? 255 : 0)};
    std::copy_n(pixel, 4, &image.pixels[static_cast<std::size_t>(i) * 4]);
  }
  for (const auto& [name, filter] : kFilters) {
    const Image8 small = resize(image, 5, 5, filter);
    for (std::size_t i = 0; i < small.pixels.size(); i += 4) {
      const bool seen = small.pixels[i + 3] > 0;
      EXPECT_EQ(small.pixels[i], seen ? 200 : 0) << name;
      EXPECT_EQ(small.pixels[i + 1], seen ? 100 : 0) << name;
    }
  }
}

TEST(Resize, RefusesSizesBelowOne) {
  expect_error([] { resize(make_image(2, 2, 1), 0, 3, Filter::kBox); }, ErrorCode::kInternal,
               "[image] got a size of 0 x 3");
}

}  // namespace
}  // namespace saddle::codec
