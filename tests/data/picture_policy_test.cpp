#include "saddle/data/picture_policy.h"

#include <gtest/gtest.h>

#include "sets.h"
#include "tests/base/temporary.h"

namespace saddle::data {

namespace {

using codec::Filter;
using codec::Image8;
using test::expect_error;
using Pixels = std::vector<std::uint8_t>;

PictureShape shape_of(const Image8& picture) {
  return {picture.width, picture.height, picture.channels};
}

/// What the policy makes of a picture; also that sample_shape tells its shape.
Image8 apply(const PicturePolicy& policy, const Image8& picture) {
  Image8 out = apply_policy(policy, picture, "a.png");
  EXPECT_EQ(shape_of(out), sample_shape(policy, shape_of(picture), "a.png"));
  return out;
}

Image8 grey_picture(int width, int height, Pixels pixels) {
  return {.width = width, .height = height, .channels = 1, .pixels = std::move(pixels)};
}

TEST(PicturePolicy, LeavesPicturesAloneUnlessTold) {
  for (const int channels : {1, 3}) {
    const Image8 picture = counting_picture(5, 3, channels);
    EXPECT_EQ(apply({}, picture), picture);
  }
  const Image8 square = counting_picture(4, 4, 3);
  for (const auto fit :
       {PictureFit::kExact, PictureFit::kCrop, PictureFit::kPad, PictureFit::kStretch}) {
    EXPECT_EQ(apply({.resolution = 4, .fit = fit}, square), square);
  }
}

TEST(PicturePolicy, ExactRefusesAnotherSize) {
  expect_error([] { apply({.resolution = 4}, counting_picture(5, 4, 1)); }, ErrorCode::kInput,
               "[images] 'a.png': got 5x4 pixels, expected 4x4 (data.resolution); let it be scaled "
               "with data.fit = \"crop\", \"pad\" or \"stretch\"");
}

TEST(PicturePolicy, CropCutsOutTheMiddleSquare) {
  // 4 columns of 10, 20, 30, 40: the middle two are kept. Of 5, the odd one falls at the right.
  EXPECT_EQ(apply({.resolution = 2, .fit = PictureFit::kCrop},
                  grey_picture(4, 2, {10, 20, 30, 40, 50, 60, 70, 80}))
                .pixels,
            (Pixels{20, 30, 60, 70}));
  EXPECT_EQ(apply({.resolution = 2, .fit = PictureFit::kCrop},
                  grey_picture(2, 5, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}))
                .pixels,
            (Pixels{2, 3, 4, 5}));
}

TEST(PicturePolicy, CropScalesTheSquare) {
  // 6x4 halved by the box filter: means of 2x2 of the middle 4x4.
  Pixels pixels;
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 6; ++x) pixels.push_back(static_cast<std::uint8_t>(40 * (x / 2) + y / 2));
  }
  // Columns 1 to 4 hold 0 40 40 80, so the means are 20 and 60; rows add 0 and 1.
  EXPECT_EQ(apply({.resolution = 2, .fit = PictureFit::kCrop, .filter = Filter::kBox},
                  grey_picture(6, 4, pixels))
                .pixels,
            (Pixels{20, 60, 21, 61}));
}

TEST(PicturePolicy, CropOfALongStripNeedsNoMoreThanItsSquare) {
  // Scaled whole, this strip would take 64 x 4,194,304 pixels.
  const Image8 strip = codec::make_image(1, 65536, 1, 77);
  EXPECT_EQ(apply({.resolution = 64, .fit = PictureFit::kCrop}, strip),
            codec::make_image(64, 64, 1, 77));
}

TEST(PicturePolicy, PadAddsBarsOfTheFillValue) {
  EXPECT_EQ(apply({.resolution = 4, .fit = PictureFit::kPad, .fill = 9},
                  grey_picture(4, 2, {1, 2, 3, 4, 5, 6, 7, 8}))
                .pixels,
            (Pixels{9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9}));
  // Of an odd rest more goes to the right.
  EXPECT_EQ(
      apply({.resolution = 3, .fit = PictureFit::kPad}, grey_picture(2, 3, {1, 2, 3, 4, 5, 6}))
          .pixels,
      (Pixels{1, 2, 0, 3, 4, 0, 5, 6, 0}));
}

TEST(PicturePolicy, PadScalesTheLongerSide) {
  // 4x2 to 2x1, then a bar below; means 2.5 + 0.5 rounds to 3 and 5.
  EXPECT_EQ(apply({.resolution = 2, .fit = PictureFit::kPad, .filter = Filter::kBox, .fill = 255},
                  grey_picture(4, 2, {1, 2, 3, 4, 3, 4, 5, 8}))
                .pixels,
            (Pixels{3, 5, 255, 255}));
  // A line keeps a pixel of its shorter side.
  EXPECT_EQ(
      apply({.resolution = 4, .fit = PictureFit::kPad}, codec::make_image(100, 1, 1, 50)).pixels,
      (Pixels{0, 0, 0, 0, 50, 50, 50, 50, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(PicturePolicy, StretchScalesBothSidesOnTheirOwn) {
  EXPECT_EQ(apply({.resolution = 2, .fit = PictureFit::kStretch, .filter = Filter::kBox},
                  grey_picture(4, 2, {0, 2, 10, 12, 20, 22, 30, 32}))
                .pixels,
            (Pixels{1, 11, 21, 31}));
}

TEST(PicturePolicy, APixelBecomesAPlane) {
  for (const auto fit : {PictureFit::kCrop, PictureFit::kPad, PictureFit::kStretch}) {
    EXPECT_EQ(apply({.resolution = 8, .fit = fit}, codec::make_image(1, 1, 3, 200)),
              codec::make_image(8, 8, 3, 200));
  }
}

TEST(PicturePolicy, ChannelsAreConvertedWhereAskedFor) {
  EXPECT_EQ(apply({.channels = PictureChannels::kRgb}, grey_picture(2, 1, {3, 200})).pixels,
            (Pixels{3, 3, 3, 200, 200, 200}));
  const Image8 colours{
      .width = 3, .height = 1, .channels = 3, .pixels = {255, 0, 0, 0, 255, 0, 0, 0, 255}};
  // ITU-R BT.601: .299, .587 and .114 of 255.
  EXPECT_EQ(apply({.channels = PictureChannels::kGrey}, colours).pixels, (Pixels{76, 150, 29}));
  for (const int value : {0, 1, 127, 254, 255}) {
    EXPECT_EQ(apply({.channels = PictureChannels::kGrey},
                    codec::make_image(1, 1, 3, static_cast<std::uint8_t>(value)))
                  .pixels,
              (Pixels{static_cast<std::uint8_t>(value)}));
  }
}

TEST(PicturePolicy, TransparencyIsRefusedOrLaidOnAColour) {
  const Image8 picture{.width = 3,
                       .height = 1,
                       .channels = 4,
                       .pixels = {10, 20, 30, 255, 10, 20, 30, 0, 100, 0, 200, 51}};
  expect_error([&] { apply({}, picture); }, ErrorCode::kInput,
               "[images] 'a.png': got transparency (an alpha channel), expected grey or RGB; say "
               "what shines through with data.alpha = \"white\" or \"black\"");
  // Alpha 51 is a fifth: 100/5 + 204, 204, 40 + 204 on white, 20, 0, 40 on black.
  EXPECT_EQ(apply({.alpha = PictureAlpha::kWhite}, picture).pixels,
            (Pixels{10, 20, 30, 255, 255, 255, 224, 204, 244}));
  EXPECT_EQ(apply({.alpha = PictureAlpha::kBlack}, picture).pixels,
            (Pixels{10, 20, 30, 0, 0, 0, 20, 0, 40}));
  EXPECT_EQ(
      apply({.channels = PictureChannels::kGrey, .alpha = PictureAlpha::kWhite}, picture).channels,
      1);
}

TEST(PicturePolicy, NoColourOfATransparentPixelBleedsInWhenScaled) {
  // A red pixel of alpha 0 beside a blue one: on black, half of blue is left and no red.
  const Image8 picture{
      .width = 2, .height = 1, .channels = 4, .pixels = {255, 0, 0, 0, 0, 0, 200, 255}};
  EXPECT_EQ(apply({.resolution = 1,
                   .fit = PictureFit::kStretch,
                   .filter = Filter::kBox,
                   .alpha = PictureAlpha::kBlack},
                  picture)
                .pixels,
            (Pixels{0, 0, 100}));
}

TEST(PicturePolicy, HalvesOfAPairAreTakenFromBothEnds) {
  const Image8 even = grey_picture(4, 1, {1, 2, 3, 4});
  EXPECT_EQ(apply({.part = PicturePart::kLeft}, even).pixels, (Pixels{1, 2}));
  EXPECT_EQ(apply({.part = PicturePart::kRight}, even).pixels, (Pixels{3, 4}));
  const Image8 odd = grey_picture(5, 1, {1, 2, 3, 4, 5});
  EXPECT_EQ(apply({.part = PicturePart::kLeft}, odd).pixels, (Pixels{1, 2}));
  EXPECT_EQ(apply({.part = PicturePart::kRight}, odd).pixels, (Pixels{4, 5}));
  expect_error(
      [] {
        apply({.part = PicturePart::kLeft}, grey_picture(1, 2, {1, 2}));
      },
      ErrorCode::kInput, "[images] 'a.png': is one pixel wide: it has no left and right half");
  // The size of a half counts.
  EXPECT_EQ(apply({.resolution = 2, .part = PicturePart::kRight},
                  grey_picture(4, 2, {1, 2, 3, 4, 5, 6, 7, 8}))
                .pixels,
            (Pixels{3, 4, 7, 8}));
}

TEST(PicturePolicy, FixesTheShapeOnlyWhereNothingDependsOnThePicture) {
  const PicturePolicy all{.resolution = 8,
                          .fit = PictureFit::kCrop,
                          .channels = PictureChannels::kRgb,
                          .alpha = PictureAlpha::kWhite};
  EXPECT_TRUE(fixes_shape(all));
  for (const int width : {2, 8, 31}) {
    for (const int channels : {1, 3, 4}) {
      EXPECT_EQ(sample_shape(all, {width, 9, channels}, "a.png"), (PictureShape{8, 8, 3}));
    }
  }
  PicturePolicy some = all;
  some.channels = PictureChannels::kAsStored;
  EXPECT_FALSE(fixes_shape(some));
  some = all;
  some.resolution = 0;
  EXPECT_FALSE(fixes_shape(some));
  EXPECT_FALSE(fixes_shape({}));
}

TEST(PicturePolicy, SamplesHavePlanesOfTheirChannels) {
  std::vector<std::byte> out(12);
  write_planar(counting_picture(2, 2, 3), out);
  std::vector<int> values;
  for (const std::byte byte : out) values.push_back(std::to_integer<int>(byte));
  EXPECT_EQ(values, (std::vector<int>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}));
}

}  // namespace

}  // namespace saddle::data
