#include "saddle/data/shape_reader.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "saddle/base/philox.h"
#include "saddle/data/split.h"
#include "tests/data/errors.h"

namespace saddle::data {

namespace {

std::vector<std::uint8_t> drawn_sample(const ShapeSample& s, int resolution) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(3 * resolution * resolution));
  draw_shape(s.label, s.factors, resolution, out);
  return out;
}

/// How far two values of a factor are from each other; cyclic ones both ways round.
double factor_error(const ShapeFactorRange& factor, const ShapeFactors& a, const ShapeFactors& b) {
  const double error = std::abs(a.*factor.value - b.*factor.value);
  return factor.cyclic ? std::min(error, 1 - error) : error;
}

// In the order of ShapeFactors, as the header of read_shape states them.
constexpr double kFactorErrors[] = {.001, .001, .001, .002, .002, .004,
                                    .002, .004, .007, .001, .007, .007};

}  // namespace

TEST(ShapeReader, ReadsKindAndFactorsOffDrawnPictures) {
  const ShapesWorld world;
  const auto truth = shape_truth(world);
  for (std::uint64_t i = 0; i < 500; ++i) {
    const auto s = shape_sample(world, Split::kTest, i);
    const auto reading = read_shape(drawn_sample(s, 64), 64);
    ASSERT_TRUE(reading.has_value()) << i;
    EXPECT_EQ(reading->label, s.label) << i;
    EXPECT_LT(reading->residual, 0.9) << i;
    for (std::size_t f = 0; f < truth.size(); ++f) {
      EXPECT_LT(factor_error(truth[f], reading->factors, s.factors), kFactorErrors[f])
          << i << ' ' << truth[f].name;
    }
  }
}

TEST(ShapeReader, NoiseOfFifteenLevelsHidesNeitherKindNorPlace) {
  const ShapesWorld world;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto s = shape_sample(world, Split::kTest, i);
    auto picture = drawn_sample(s, 64);
    auto random = PhiloxSequence::of(5, i);
    for (auto& v : picture) {
      v = static_cast<std::uint8_t>(std::clamp(std::round(v + 15 * random.normal()), 0.0, 255.0));
    }
    const auto reading = read_shape(picture, 64);
    ASSERT_TRUE(reading.has_value()) << i;
    EXPECT_EQ(reading->label, s.label) << i;
    EXPECT_NEAR(reading->factors.x, s.factors.x, 0.003) << i;
    EXPECT_NEAR(reading->factors.y, s.factors.y, 0.003) << i;
    EXPECT_NEAR(reading->factors.size, s.factors.size, 0.003) << i;
    // What is left is the noise, less where it was cut at 0.
    EXPECT_GT(reading->residual, 10) << i;
    EXPECT_LT(reading->residual, 16) << i;
  }
}

TEST(ShapeReader, SmallPicturesAreReadToo) {
  const ShapesWorld world{.resolution = 32};
  int wrong = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto s = shape_sample(world, Split::kTest, i);
    const auto reading = read_shape(drawn_sample(s, 32), 32);
    ASSERT_TRUE(reading.has_value()) << i;
    wrong += reading->label != s.label;
    EXPECT_NEAR(reading->factors.size, s.factors.size, 0.003) << i;
  }
  EXPECT_EQ(wrong, 0);
}

TEST(ShapeReader, WhatIsNotOfTheWorldLeavesAResidual) {
  // Two shapes in one picture: the left half of one and the right half of another.
  const ShapesWorld world;
  for (std::uint64_t i = 0; i < 50; ++i) {
    auto a = shape_sample(world, Split::kTest, 2 * i);
    auto b = shape_sample(world, Split::kTest, 2 * i + 1);
    a.factors.x = 0.3;
    b.factors.x = 0.7;
    auto picture = drawn_sample(a, 64);
    const auto other = drawn_sample(b, 64);
    for (std::size_t k = 0; k < picture.size(); ++k) {
      if (k % 64 >= 32) picture[k] = other[k];
    }
    const auto reading = read_shape(picture, 64);
    ASSERT_TRUE(reading.has_value()) << i;
    EXPECT_GT(reading->residual, 6) << i;
  }
}

TEST(ShapeReader, FindsNothingWhereNothingStandsOut) {
  ShapeFactors f = shape_sample({}, Split::kTest, 0).factors;
  f.size = 0;
  // A dot of half a pixel is no shape either.
  EXPECT_FALSE(read_shape(drawn_sample({0, f}, 64), 64).has_value());
  EXPECT_FALSE(read_shape(std::vector<std::uint8_t>(3 * 64 * 64, 128), 64).has_value());
}

TEST(ShapeReader, ReadsOnlyTheKindsOfTheWorld) {
  const ShapesWorld world;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto reading = read_shape(drawn_sample(shape_sample(world, Split::kTest, i), 64), 64, 2);
    ASSERT_TRUE(reading.has_value());
    EXPECT_LT(reading->label, 2);
  }
}

TEST(ShapeReader, RefusesWhatIsNoPicture) {
  const std::vector<std::uint8_t> bytes(3 * 64 * 64);
  EXPECT_EQ(data_error_text([&] { read_shape(bytes, 32); }),
            "[shapes] bytes of a picture: got 12288, expected 3072");
  EXPECT_EQ(data_error_text([&] { read_shape(bytes, 64, 0); }),
            "[shapes] kinds: got 0, expected 1 to 10");
}

}  // namespace saddle::data
