#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <set>
#include <string>

#include "errors.h"
#include "saddle/data/digits.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

using Picture = std::vector<std::uint8_t>;

Picture picture(int label, const DigitFactors& factors, int resolution = 28) {
  Picture out(static_cast<std::size_t>(resolution * resolution));
  draw_digit(label, factors, resolution, out);
  return out;
}

struct Moments {
  double mass = 0, x = 0, y = 0, shear = 0;
};

/// Ink, its centre in pixel indices, and how far the ink runs to the right per pixel upwards.
Moments moments(const Picture& p, int resolution = 28) {
  Moments m;
  for (int pass = 0; pass < 2; ++pass) {
    double xy = 0, yy = 0;
    for (int i = 0; i < resolution * resolution; ++i) {
      const double w = p[static_cast<std::size_t>(i)] / 255.0;
      const double x = i % resolution, y = static_cast<double>(i / resolution);
      if (pass == 0) {
        m.mass += w;
        m.x += w * x;
        m.y += w * y;
      } else {
        xy += w * (x - m.x) * (y - m.y);
        yy += w * (y - m.y) * (y - m.y);
      }
    }
    if (pass == 0) {
      m.x /= m.mass;
      m.y /= m.mass;
    } else {
      m.shear = -xy / yy;
    }
  }
  return m;
}

/// A digit without chance: shapes from the middle of every proportion.
DigitFactors printed() {
  DigitFactors f;
  f.jitter = 0;
  f.warp = 0;
  return f;
}

}  // namespace

TEST(Digits, SameIndexSameDigitAndSplitsDiffer) {
  const DigitsWorld world;
  int equal = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto a = digit_sample(world, Split::kTrain, i);
    const auto b = digit_sample(world, Split::kTrain, i);
    const auto c = digit_sample(world, Split::kTest, i);
    EXPECT_EQ(a.factors, b.factors);
    EXPECT_EQ(picture(a.label, a.factors), picture(b.label, b.factors));
    equal += a.factors == c.factors;
  }
  EXPECT_EQ(equal, 0);
}

TEST(Digits, ClassesHaveEqualSharesAndStylesTheirs) {
  std::array<int, 10> seen{};
  std::set<std::pair<int, int>> styles;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const auto s = digit_sample({}, Split::kTrain, i);
    ++seen[static_cast<std::size_t>(s.label)];
    styles.insert({s.label, s.factors.style});
  }
  for (const int count : seen) EXPECT_NEAR(count, 2000, 170);  // four standard errors
  std::size_t all = 0;
  for (int label = 0; label < 10; ++label) all += static_cast<std::size_t>(digit_styles(label));
  EXPECT_EQ(styles.size(), all);
}

TEST(Digits, InkIsLikeHandwrittenScans) {
  // Mean .1307 and standard deviation .3081 of x/255 are those of the MNIST training images, whose
  // centre of mass lies at pixel 14.
  double mean = 0, square = 0, x = 0, y = 0;
  int at_border = 0;
  constexpr int kImages = 2000;
  for (std::uint64_t i = 0; i < kImages; ++i) {
    const auto s = digit_sample({}, Split::kTrain, i);
    const auto p = picture(s.label, s.factors);
    for (const std::uint8_t v : p) {
      mean += v / 255.0 / (kImages * 784);
      square += v / 255.0 * v / 255.0 / (kImages * 784);
    }
    const Moments m = moments(p);
    x += m.x / kImages;
    y += m.y / kImages;
    ASSERT_GT(m.mass, 15);
    ASSERT_LT(m.mass, 300);
    int border = 0;
    for (std::size_t k = 0; k < 28; ++k) border += p[k] + p[756 + k] + p[28 * k] + p[28 * k + 27];
    at_border += border > 128;
  }
  // Long feet and bars may reach the edge of the paper, as in real scans, but seldom.
  EXPECT_LT(at_border, kImages / 50);
  EXPECT_NEAR(mean, 0.1307, 0.02);
  EXPECT_NEAR(std::sqrt(square - mean * mean), 0.3081, 0.02);
  EXPECT_NEAR(x, 14, 0.2);
  EXPECT_NEAR(y, 14, 0.2);
}

TEST(Digits, SizeThirtyTwoIsTwentyEightWithMorePaper) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto s = digit_sample({}, Split::kTrain, i);
    const auto small = picture(s.label, s.factors, 28);
    const auto large = picture(s.label, s.factors, 32);
    for (int y = 0; y < 28; ++y) {
      for (int x = 0; x < 28; ++x) {
        // Both round the same edge at another offset: one grey level.
        ASSERT_NEAR(small[static_cast<std::size_t>(28 * y + x)],
                    large[static_cast<std::size_t>(32 * (y + 2) + x + 2)], 1);
      }
    }
  }
}

TEST(Digits, FactorsDoWhatTheySay) {
  for (int label = 0; label < 10; ++label) {
    DigitFactors f = printed();
    const Moments upright = moments(picture(label, f));
    f.slant = 0.5;
    EXPECT_GT(moments(picture(label, f)).shear, upright.shear + 0.2) << label;
    f = printed();
    f.thickness = 4;
    EXPECT_GT(moments(picture(label, f)).mass, 1.25 * upright.mass) << label;
    f = printed();
    f.scale = 0.8;  // leaves room to move: ink does not leave the paper
    const Moments centred = moments(picture(label, f));
    f.shift_x = 2;
    f.shift_y = -1;
    const Moments moved = moments(picture(label, f));
    EXPECT_NEAR(moved.x - centred.x, 2, 0.05) << label;
    EXPECT_NEAR(moved.y - centred.y, -1, 0.05) << label;
    f = printed();
    f.scale = 0.7;
    EXPECT_LT(moments(picture(label, f)).mass, 0.85 * upright.mass) << label;
  }
}

TEST(Digits, PrintedShapesIgnoreTheKeyAndJitterDoesNot) {
  for (const int label : {0, 2, 3, 5, 8}) {
    DigitFactors a = printed(), b = printed();
    b.shape_key = 99;
    EXPECT_EQ(picture(label, a), picture(label, b)) << label;
    a.jitter = b.jitter = 1;
    EXPECT_NE(picture(label, a), picture(label, b)) << label;
  }
}

TEST(Digits, StylesAreDifferentPictures) {
  for (int label = 0; label < 10; ++label) {
    ASSERT_GE(digit_styles(label), 2);
    std::set<std::string> seen;
    for (int style = 0; style < digit_styles(label); ++style) {
      DigitFactors f = printed();
      f.style = style;
      const Picture drawn = picture(label, f);
      seen.emplace(drawn.begin(), drawn.end());
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(digit_styles(label))) << label;
  }
}

TEST(Digits, SourceGivesBytesAndLabels) {
  const auto source = make_source(DigitsWorld{.resolution = 32}, Split::kTest, "");
  EXPECT_EQ(source->classes(), 10);
  EXPECT_EQ(source->size(), Source::kEndless);
  EXPECT_EQ(source->fields()[0].shape, (std::vector<std::int64_t>{1, 32, 32}));
  auto out = read_bytes(*source, std::vector<std::int64_t>{5, 0, std::int64_t{1} << 40});
  const auto s = digit_sample({.resolution = 32}, Split::kTest, 5);
  const auto expected = picture(s.label, s.factors, 32);
  EXPECT_EQ(std::memcmp(out[0].data(), expected.data(), 1024), 0);
  EXPECT_EQ(numbers<std::int64_t>(out[1])[0], s.label);
}

TEST(Digits, RefusesWhatItCannotDraw) {
  Picture p(784);
  DigitFactors f;
  EXPECT_EQ(data_error_text([&] { draw_digit(10, f, 28, p); }),
            "[digits] class: got 10, expected 0 to 9");
  EXPECT_EQ(data_error_text([&] { draw_digit(1, f, 30, p); }),
            "[digits] resolution: got 30, expected 28 or 32");
  EXPECT_EQ(data_error_text([&] { draw_digit(1, f, 32, p); }),
            "[digits] pixels to fill: got 784, expected 1024");
  f.style = 3;
  EXPECT_EQ(data_error_text([&] { draw_digit(1, f, 28, p); }),
            "[digits] style of digit 1: got 3, expected less than 3");
  EXPECT_EQ(data_error_text([] { make_source(DigitsWorld{.resolution = 30}, Split::kTrain, ""); }),
            "[data] data.resolution: got 30, expected 28 or 32");
  EXPECT_EQ(data_error_text([] { make_source(DigitsWorld{}, Split::kTrain, "mnist"); }),
            "[data] the world 'digits' draws its own samples: got the data path 'mnist'; leave it "
            "out, or choose data.name = \"idx\"");
}

}  // namespace saddle::data
