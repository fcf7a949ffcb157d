#include "saddle/codec/image.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "saddle/codec/scatter.h"
#include "tests/base/temporary.h"

namespace saddle::codec {
namespace {

using test::expect_error;
using Pixel = std::vector<std::uint8_t>;

Image8 grey(int width, int height, Pixel pixels) {
  return {.width = width, .height = height, .channels = 1, .pixels = std::move(pixels)};
}

Pixel pixel_at(const Image8& image, int x, int y) {
  const auto first = image.pixels.begin() + static_cast<std::ptrdiff_t>(image.offset(x, y));
  return {first, first + image.channels};
}

TEST(Image, TilePutsPicturesRowByRow) {
  const std::vector<Image8> images = {grey(2, 1, {1, 2}), grey(2, 1, {3, 4}), grey(2, 1, {5, 6})};
  const Image8 sheet = tile(images, 2, 1, 9);
  EXPECT_EQ(sheet, grey(5, 3,
                        {1, 2, 9, 3, 4,  //
                         9, 9, 9, 9, 9,  //
                         5, 6, 9, 9, 9}));
  EXPECT_EQ(tile(images, 10, 0, 0), grey(6, 1, {1, 2, 3, 4, 5, 6}));
}

TEST(Image, TileTakesTheLargestAndRichestPicture) {
  const std::vector<Image8> images = {grey(1, 1, {7}), make_image(2, 2, 3, 50)};
  const Image8 sheet = tile(images, 2, 0, 255);
  EXPECT_EQ(sheet.channels, 3);
  EXPECT_EQ(sheet.width, 4);
  EXPECT_EQ(pixel_at(sheet, 0, 0), (Pixel{7, 7, 7}));
  EXPECT_EQ(pixel_at(sheet, 1, 0), (Pixel{255, 255, 255}));
  EXPECT_EQ(pixel_at(sheet, 2, 1), (Pixel{50, 50, 50}));
}

TEST(Image, EnlargeRepeatsPixels) {
  EXPECT_EQ(enlarge(grey(2, 1, {1, 2}), 2), grey(4, 2, {1, 1, 2, 2, 1, 1, 2, 2}));
}

TEST(Image, ChannelsConvert) {
  Image8 rgb = make_image(1, 1, 3);
  rgb.pixels = {255, 0, 0};
  EXPECT_EQ(with_channels(rgb, 1).pixels, Pixel{76});  // .299 * 255 = 76.2
  EXPECT_EQ(with_channels(rgb, 4).pixels, (Pixel{255, 0, 0, 255}));
  EXPECT_EQ(with_channels(with_channels(rgb, 4), 3), rgb);
  EXPECT_EQ(with_channels(grey(1, 1, {9}), 4).pixels, (Pixel{9, 9, 9, 255}));
}

TEST(Image, AlphaFlattensOverABackground) {
  const Image8 image{3, 1, 4, {10, 20, 30, 255, 10, 20, 30, 0, 10, 20, 30, 51}};
  // .2 of the colour and .8 of the background.
  EXPECT_EQ(flatten_alpha(image, {100, 110, 121}),
            (Image8{3, 1, 3, {10, 20, 30, 100, 110, 121, 82, 92, 103}}));
  EXPECT_EQ(flatten_alpha(image).pixels, (Pixel{10, 20, 30, 255, 255, 255, 206, 208, 210}));
  EXPECT_EQ(flatten_alpha(grey(1, 1, {9})), grey(1, 1, {9}));
}

TEST(Image, CropTakesAPart) {
  const Image8 image{3, 2, 3, {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6}};
  EXPECT_EQ(crop(image, 1, 0, 2, 2), (Image8{2, 2, 3, {2, 2, 2, 3, 3, 3, 5, 5, 5, 6, 6, 6}}));
  EXPECT_EQ(crop(image, 0, 0, 3, 2), image);
}

TEST(Image, PadPutsABorderAround) {
  EXPECT_EQ(pad(grey(2, 1, {1, 2}), {.left = 1, .right = 2, .top = 1}, 7),
            grey(5, 2, {7, 7, 7, 7, 7, 7, 1, 2, 7, 7}));
  const Image8 clear{1, 1, 4, {1, 2, 3, 0}};
  EXPECT_EQ(pad(clear, {.bottom = 1}, 9), (Image8{1, 2, 4, {1, 2, 3, 0, 9, 9, 9, 255}}));
  EXPECT_EQ(pad(clear, {}), clear);
}

TEST(Image, OrientedSetsAPictureUpright) {
  // What should be seen is F-like: 1 2 3 above 4 5 6. EXIF names where the stored first row and
  // column are seen: 6 says that the first row is on the right and the first column on top.
  const Image8 upright = grey(3, 2, {1, 2, 3, 4, 5, 6});
  const std::vector<Image8> stored = {
      upright,                         // 1: top, left
      grey(3, 2, {3, 2, 1, 6, 5, 4}),  // 2: top, right
      grey(3, 2, {6, 5, 4, 3, 2, 1}),  // 3: bottom, right
      grey(3, 2, {4, 5, 6, 1, 2, 3}),  // 4: bottom, left
      grey(2, 3, {1, 4, 2, 5, 3, 6}),  // 5: left, top
      grey(2, 3, {3, 6, 2, 5, 1, 4}),  // 6: right, top
      grey(2, 3, {6, 3, 5, 2, 4, 1}),  // 7: right, bottom
      grey(2, 3, {4, 1, 5, 2, 6, 3}),  // 8: left, bottom
  };
  for (int k = 1; k <= 8; ++k) {
    EXPECT_EQ(oriented(stored[static_cast<std::size_t>(k - 1)], k), upright) << k;
  }
  const Image8 colour{1, 2, 3, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(oriented(colour, 6), (Image8{2, 1, 3, {4, 5, 6, 1, 2, 3}}));
}

TEST(Image, RefusesWhatDoesNotHoldTogether) {
  const auto expect = [](auto call, const std::string& text) {
    expect_error(call, ErrorCode::kInternal, "[image] " + text);
  };
  expect([] { make_image(0, 5, 1); }, "got a size of 0 x 5");
  expect([] { make_image(5, 5, 2); }, "got 2 channels, expected 1, 3 or 4");
  expect([] { check_image(grey(2, 2, {1, 2, 3})); }, "got 3 bytes for a picture of 2 x 2 x 1");
  expect([] { tile({}, 2); },
         "a sheet needs pictures, columns and no negative gap: got 0, 2 and 2");
  expect([] { crop(make_image(3, 2, 1), 2, 0, 2, 2); },
         "got a crop of 2 x 2 at 2, 0, expected one within 3 x 2");
  expect([] { crop(make_image(3, 2, 1), 0, -1, 1, 1); },
         "got a crop of 1 x 1 at 0, -1, expected one within 3 x 2");
  expect([] { pad(make_image(3, 2, 1), {.right = -1}); },
         "got a border of 0, -1, 0 and 0, expected none below 0");
  expect([] { oriented(make_image(3, 2, 1), 9); }, "got an orientation of 9, expected 1 to 8");
  expect([] { enlarge(make_image(1, 1, 1), 0); }, "got a factor of 0, expected at least 1");
}

TEST(Scatter, PointsLandWhereTheyShould) {
  const std::vector<float> points = {-1, 1, 0, 0, std::nanf(""), 0, 5, 5};
  const ScatterLayer layer{.points = points, .colour = {10, 20, 30}, .radius = 1.5, .alpha = 1};
  const Image8 image = draw_scatter({&layer, 1}, ScatterView{-2, 2, -2, 2}, 40);
  const Pixel colour = {10, 20, 30};
  const Pixel white = {255, 255, 255};
  EXPECT_EQ(pixel_at(image, 10, 10), colour) << "(-1, 1) is left and above";
  EXPECT_EQ(pixel_at(image, 20, 20), colour);
  EXPECT_EQ(pixel_at(image, 10, 30), white);
  int dark = 0;
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) dark += pixel_at(image, x, y) != white;
  }
  // Two discs of radius 2 with their soft edge, nothing else.
  EXPECT_GE(dark, 2 * 9);
  EXPECT_LE(dark, 2 * 16);
}

TEST(Scatter, AlphaBlends) {
  const std::vector<float> points = {0, 0};
  const ScatterLayer layer{.points = points, .colour = {55, 55, 55}, .radius = 3, .alpha = 0.5};
  EXPECT_EQ(pixel_at(draw_scatter({&layer, 1}, {}, 21), 10, 10), (Pixel{155, 155, 155}));
}

TEST(Scatter, ViewIsSquareAndHoldsAllPoints) {
  const std::vector<float> points = {0, 0, 4, 1, std::numeric_limits<float>::infinity(), 9};
  const ScatterLayer layer{.points = points};
  const ScatterView view = fit_view({&layer, 1});
  EXPECT_DOUBLE_EQ(view.x_low, 2 - 2.3);
  EXPECT_DOUBLE_EQ(view.x_high, 2 + 2.3);
  EXPECT_DOUBLE_EQ(view.y_low, 0.5 - 2.3);
  EXPECT_DOUBLE_EQ(view.y_high, 0.5 + 2.3);
  expect_error(
      [] {
        draw_scatter({}, ScatterView{0, 0, 0, 1});
      },
      ErrorCode::kInternal, "[scatter] got an empty view: x 0 to 0, y 0 to 1");
}

TEST(Scatter, FakesDoNotMoveTheView) {
  const std::vector<float> real = {-1, -1, 1, 1};
  const std::vector<float> far = {100, 100};
  EXPECT_EQ(draw_real_and_fake(real, far, {}, 64), draw_real_and_fake(real, {}, {}, 64));
  const std::vector<float> near = {0, 0};
  EXPECT_NE(draw_real_and_fake(real, near, {}, 64), draw_real_and_fake(real, {}, {}, 64));
  EXPECT_NO_THROW(draw_real_and_fake({}, {}, {}, 64));
}

}  // namespace
}  // namespace saddle::codec
