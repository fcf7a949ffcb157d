#include "saddle/metric/image_quality.h"

#include <algorithm>
#include <cmath>

#include "saddle/base/text.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using metric::PairChannels;
using metric::SsimWindow;

constexpr double kGoldenDigits = 1e-9;  // of the golden file
constexpr double kRounding = 1e-12;     // float64 sums in another order

/// What a golden list says, "inf" included.
std::vector<double> golden_numbers(const Json& list) {
  std::vector<double> numbers;
  for (const Json& entry : list) {
    numbers.push_back(entry.is_string() ? std::numeric_limits<double>::infinity()
                                        : entry.get<double>());
  }
  return numbers;
}

double expect_close_lists(const std::vector<double>& got, const std::vector<double>& expected) {
  double largest = 0;
  EXPECT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    if (std::isinf(expected[i])) {
      EXPECT_EQ(got[i], expected[i]) << i;
      continue;
    }
    EXPECT_NEAR(got[i], expected[i], kGoldenDigits) << i;
    largest = std::max(largest, std::abs(got[i] - expected[i]));
  }
  return largest;
}

TEST(ImageQuality, GoldenPairsMatchThePeer) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenCase golden = golden_case("images");
  const Json& expected = golden.results.at("image_quality_scikit_image");
  const at::Tensor &a = golden.tensor("a"), &b = golden.tensor("b");
  const metric::PairOptions rgb{.border = expected.at("border")};
  const metric::PairOptions luma{.border = rgb.border, .channels = PairChannels::kLuma};
  const auto against = [&](const char* key) { return golden_numbers(expected.at(key)); };
  double largest = 0;
  for (const auto& [got, key] :
       {std::pair{metric::psnr(a, b, rgb), "psnr_rgb"},
        {metric::psnr(a, b, luma), "psnr_y"},
        {metric::ssim(a, b, rgb), "ssim_gauss_rgb"},
        {metric::ssim(a, b, luma), "ssim_gauss_y"},
        {metric::ssim(a, b, luma, SsimWindow::kUniform), "ssim_uniform7_y"}}) {
    SCOPED_TRACE(key);
    largest = std::max(largest, expect_close_lists(got, against(key)));
  }
  report_figure("image quality: largest deviation from the golden values", largest);
}

at::Tensor bytes_of(double value, at::IntArrayRef shape) {
  return at::full(shape, value, at::kByte);
}

TEST(ImageQuality, IdenticalImagesAreInfinitelyGoodAndWhollySimilar) {
  const at::Tensor x = byte_noise(40, {2, 3, 170, 180});
  for (const double value : metric::psnr(x, x)) EXPECT_EQ(value, INFINITY);
  for (const double value : metric::ssim(x, x)) EXPECT_NEAR(value, 1, kRounding);
  for (const double value : metric::ms_ssim(x, x)) EXPECT_NEAR(value, 1, kRounding);
}

TEST(ImageQuality, PsnrOfAConstantOffsetHasTheClosedForm) {
  const at::Tensor x = byte_noise(41, {1, 3, 9, 7}).clamp(0, 200);
  EXPECT_NEAR(metric::psnr(x, x + 5).at(0), 20 * std::log10(255.0 / 5), kRounding);
  // All three channels move Y by 5 (65.481 + 128.553 + 24.966) / 255.
  EXPECT_NEAR(metric::psnr(x, x + 5, {.channels = PairChannels::kLuma}).at(0),
              20 * std::log10(255.0 / (5 * 219.0 / 255)), 1e-10);
}

TEST(ImageQuality, OnlyWhatLiesWithinTheBorderCounts) {
  const at::Tensor x = byte_noise(42, {1, 1, 20, 24}), y = x.clone();
  y.narrow(2, 0, 3).fill_(0);
  y.narrow(3, 21, 3).fill_(255);
  EXPECT_LT(metric::psnr(x, y, {.border = 2}).at(0), 40);
  EXPECT_EQ(metric::psnr(x, y, {.border = 3}).at(0), INFINITY);
  EXPECT_NEAR(metric::ssim(x, y, {.border = 3}).at(0), 1, kRounding);
}

TEST(ImageQuality, SsimOfConstantImagesIsItsLuminanceTerm) {
  const double c1 = 2.55 * 2.55;
  for (const auto& [a, b] : {std::pair{0.0, 0.0}, {0.0, 255.0}, {10.0, 30.0}, {200.0, 199.0}}) {
    const at::Tensor x = bytes_of(a, {1, 3, 12, 15}), y = bytes_of(b, {1, 3, 12, 15});
    const double expected = (2 * a * b + c1) / (a * a + b * b + c1);
    EXPECT_NEAR(metric::ssim(x, y).at(0), expected, kRounding);
    EXPECT_NEAR(metric::ssim(x, y, {}, SsimWindow::kUniform).at(0), expected, kRounding);
  }
}

/// A plain image of doubles, for the reference that is written straight from the formulas.
struct PlainImage {
  std::int64_t height = 0, width = 0;
  std::vector<double> values;
  double at(std::int64_t y, std::int64_t x) const {
    return values[static_cast<std::size_t>(std::min(y, height - 1) * width +
                                           std::min(x, width - 1))];
  }
};

PlainImage plain_image(const at::Tensor& image) {
  const at::Tensor x = image.to(at::kDouble).contiguous();
  const auto* begin = x.const_data_ptr<double>();
  return {x.size(0), x.size(1), {begin, begin + x.numel()}};
}

PlainImage plain_half(const PlainImage& image) {
  PlainImage half{(image.height + 1) / 2, (image.width + 1) / 2, {}};
  for (std::int64_t y = 0; y < half.height; ++y) {
    for (std::int64_t x = 0; x < half.width; ++x) {
      half.values.push_back((image.at(2 * y, 2 * x) + image.at(2 * y, 2 * x + 1) +
                             image.at(2 * y + 1, 2 * x) + image.at(2 * y + 1, 2 * x + 1)) /
                            4);
    }
  }
  return half;
}

/// Mean over positions of (luminance contrast structure, contrast structure), each window by its
/// own weighted mean and deviations from it.
std::pair<double, double> plain_similarity(const PlainImage& a, const PlainImage& b) {
  double weights[11][11], total = 0;
  for (int i = 0; i < 11; ++i) {
    for (int j = 0; j < 11; ++j) {
      const double squares = (i - 5) * (i - 5) + (j - 5) * (j - 5);
      total += weights[i][j] = std::exp(-squares / 4.5);
    }
  }
  double whole = 0, part = 0, positions = 0;
  for (std::int64_t y = 0; y + 11 <= a.height; ++y) {
    for (std::int64_t x = 0; x + 11 <= a.width; ++x) {
      double ma = 0, mb = 0, va = 0, vb = 0, covariance = 0;
      const auto each = [&](auto&& use) {
        for (int i = 0; i < 11; ++i) {
          for (int j = 0; j < 11; ++j) {
            use(weights[i][j] / total, a.at(y + i, x + j), b.at(y + i, x + j));
          }
        }
      };
      each([&](double w, double p, double q) { ma += w * p, mb += w * q; });
      each([&](double w, double p, double q) {
        va += w * (p - ma) * (p - ma);
        vb += w * (q - mb) * (q - mb);
        covariance += w * (p - ma) * (q - mb);
      });
      const double c1 = 6.5025, c2 = 58.5225;
      const double cs = (2 * covariance + c2) / (va + vb + c2);
      part += cs;
      whole += cs * (2 * ma * mb + c1) / (ma * ma + mb * mb + c1);
      ++positions;
    }
  }
  return {whole / positions, part / positions};
}

double plain_ms_ssim(PlainImage a, PlainImage b) {
  double product = 1;
  for (const double weight : {.0448, .2856, .3001, .2363}) {
    product *= std::pow(std::max(0.0, plain_similarity(a, b).second), weight);
    a = plain_half(a);
    b = plain_half(b);
  }
  return product * std::pow(std::max(0.0, plain_similarity(a, b).first), .1333);
}

/// A smooth picture with detail, and the same with noise of this size: u8 [1,C,H,W].
std::pair<at::Tensor, at::Tensor> picture_and_noisy(std::int64_t c, std::int64_t h, std::int64_t w,
                                                    double noise) {
  const at::Tensor y = at::arange(h, at::kDouble).view({1, 1, h, 1}) / 9;
  const at::Tensor x = at::arange(w, at::kDouble).view({1, 1, 1, w}) / 7;
  const at::Tensor channel = at::arange(c, at::kDouble).view({1, c, 1, 1});
  const at::Tensor picture = (y + channel).sin() * (x * x * 0.05).cos() * 90 + 128;
  const at::Tensor noisy = picture + normal(43, {1, c, h, w}) * noise;
  return {picture.round().clamp(0, 255).to(at::kByte), noisy.round().clamp(0, 255).to(at::kByte)};
}

TEST(ImageQuality, MsSsimMatchesASlowReferenceFromTheFormulas) {
  for (const double noise : {4.0, 60.0}) {
    const auto [a, b] = picture_and_noisy(2, 161, 171, noise);
    double expected = 0;
    for (int c = 0; c < 2; ++c) {
      expected += plain_ms_ssim(plain_image(a[0][c]), plain_image(b[0][c])) / 2;
    }
    EXPECT_NEAR(metric::ms_ssim(a, b).at(0), expected, 1e-10);
    EXPECT_NEAR(metric::ssim(a.narrow(1, 0, 1), b.narrow(1, 0, 1)).at(0),
                plain_similarity(plain_image(a[0][0]), plain_image(b[0][0])).first, 1e-10);
  }
}

/// A picture of whole numbers by formula and the same disturbed by at most `amplitude`.
std::pair<at::Tensor, at::Tensor> formula_pair(std::int64_t h, std::int64_t w,
                                               std::int64_t amplitude) {
  const auto type = at::TensorOptions().dtype(at::kLong);
  const at::Tensor y = at::arange(h, type).view({1, 1, h, 1});
  const at::Tensor x = at::arange(w, type).view({1, 1, 1, w});
  const at::Tensor c = at::arange(3, type).view({1, 3, 1, 1});
  const at::Tensor t = (3 * x * x + 5 * y * y + (c + 1) * x * y).floor_divide(512).remainder(510);
  const at::Tensor a = at::minimum(t, 510 - t).clamp(0, 255);
  const at::Tensor disturbance =
      ((x * 7 + y * 13 + c * 29) * (x + 3 * y + 1)).remainder(2 * amplitude + 1) - amplitude;
  return {a.to(at::kByte), (a + disturbance).clamp(0, 255).to(at::kByte)};
}

TEST(ImageQuality, FormulaPicturesMatchTensorFlow) {
  // tf.image.ssim_multiscale and ssim of TensorFlow 2.21.0 made to compute in float64 (its
  // convert_image_dtype replaced), and psnr, in float32.
  struct Row {
    std::int64_t height, width, amplitude;
    double ms_ssim, ssim, psnr;
  };
  constexpr double kDigits = 1e-12, kFloat32 = 2e-5;
  for (const Row& row : {Row{176, 192, 10, 0.96681476298480, 0.70485939639308, 32.175289},
                         {161, 203, 40, 0.75908613045882, 0.15518359014803, 21.008850},
                         {177, 166, 120, 0.41629103808411, 0.02421636063703, 12.410288}}) {
    const auto [a, b] = formula_pair(row.height, row.width, row.amplitude);
    EXPECT_NEAR(metric::ms_ssim(a, b).at(0), row.ms_ssim, kDigits);
    EXPECT_NEAR(metric::ssim(a, b).at(0), row.ssim, kDigits);
    EXPECT_NEAR(metric::psnr(a, b).at(0), row.psnr, kFloat32);
    report_figure(cat("MS-SSIM of ", row.height, " x ", row.width, ": deviation from TensorFlow"),
                  std::abs(metric::ms_ssim(a, b).at(0) - row.ms_ssim));
  }
}

TEST(ImageQuality, MsSsimOfANegativeIsZero) {
  const at::Tensor x = byte_noise(44, {1, 1, 176, 176});
  EXPECT_EQ(metric::ms_ssim(x, 255 - x).at(0), 0);
  EXPECT_LT(metric::ssim(x, 255 - x).at(0), -0.9);
}

TEST(ImageQuality, LargerShiftsAndMoreNoiseAreWorse) {
  const at::Tensor wide = picture_and_noisy(1, 192, 200, 0).first;
  const at::Tensor a = wide.narrow(3, 0, 180);
  double before = 1;
  for (const std::int64_t shift : {1, 2, 4}) {
    const double value = metric::ms_ssim(a, wide.narrow(3, shift, 180)).at(0);
    EXPECT_LT(value, before - 0.01);
    before = value;
  }
  before = 1;
  for (const double noise : {2.0, 10.0, 50.0}) {
    const auto [clean, noisy] = picture_and_noisy(3, 176, 176, noise);
    const double value = metric::ms_ssim(clean, noisy).at(0);
    EXPECT_LT(value, before);
    before = value;
  }
}

TEST(ImageQuality, PairsDoNotKnowEachOther) {
  const auto [a, b] = picture_and_noisy(3, 40, 30, 20);
  const at::Tensor many_a = at::cat({b, a, a}), many_b = at::cat({b, b, a});
  const auto together = metric::ssim(many_a, many_b);
  EXPECT_EQ(together.at(1), metric::ssim(a, b).at(0));
  EXPECT_EQ(metric::psnr(many_a, many_b).at(1), metric::psnr(a, b).at(0));
}

TEST(ImageQuality, BadInputsAreNamed) {
  const at::Tensor x = byte_noise(45, {1, 3, 12, 20});
  const auto refused = [](auto&& call, const std::string& text) {
    expect_error(call, ErrorCode::kInput, "[image quality] " + text);
  };
  refused([&] { metric::psnr(x, x.narrow(3, 0, 19)); },
          "images: got [1,3,12,20] and [1,3,12,19], expected pairs of one size");
  refused([&] { metric::psnr(x.to(at::kFloat), x); },
          "images: got [1,3,12,20] that are not of 8 bits, expected u8 [n,C,H,W] with at least one "
          "image");
  refused([&] { metric::psnr(x, x[0]); },
          "images: got [3,12,20], expected u8 [n,C,H,W] with at least one image");
  refused(
      [&] {
        metric::psnr(x.narrow(1, 0, 1), x.narrow(1, 0, 1), {.channels = PairChannels::kLuma});
      },
      "luma: got images of 1 channels, expected red, green and blue; compare all channels "
      "instead");
  refused([&] { metric::psnr(x, x, {.border = 6}); },
          "border: got 6 pixels on each side of images of 12 x 20, expected one that leaves "
          "something");
  refused([&] { metric::ssim(x, x, {.border = 1}); },
          "images: got 10 x 18 within the border, expected sides of at least 11: the window of "
          "SSIM has 11 x 11 pixels");
  refused([&] { metric::ssim(x, x, {.border = 3}, SsimWindow::kUniform); },
          "images: got 6 x 14 within the border, expected sides of at least 7: the window of SSIM "
          "has 7 x 7 pixels");
  const at::Tensor small = bytes_of(0, {1, 1, 160, 200});
  refused([&] { metric::ms_ssim(small, small); },
          "images: got 160 x 200, expected sides of at least 161: MS-SSIM halves images four times "
          "and its window has 11 x 11 pixels; use SSIM");
}

}  // namespace
}  // namespace saddle::test
