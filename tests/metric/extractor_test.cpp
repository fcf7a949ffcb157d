#include "saddle/metric/extractor.h"

#include <cmath>

#include "saddle/metric/frechet.h"
#include "saddle/metric/perceptual.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

using metric::ExtractorOptions;
using metric::FloatWidth;

const ExtractorOptions kDoubles{.precision = FloatWidth::kFloat64};

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// Refusals of images by an extractor.
void expect_refused(const metric::Extractor& extractor, const at::Tensor& images, ErrorCode code,
                    const std::string& text) {
  expect_error([&] { extractor.run(images); }, code, "[extractor] " + text);
}

TEST(Extractor, FloatsAreRoundedToEightBitsUnlessToldOtherwise) {
  const at::Tensor u = byte_noise(50, {3, 2, 5, 4});
  const at::Tensor between = as_float(u) + 0.3 / 127.5;
  const auto pixels = metric::make_extractor("pixels");
  const at::Tensor expected = u.to(at::kFloat).flatten(1) / 255;
  EXPECT_TRUE(at::equal(pixels->run(u).features, expected));
  EXPECT_LT(largest_difference(pixels->run(between.clamp(-1, 1)).features, expected), 1e-7);
  const auto exact = metric::make_extractor("pixels", {.quantise = false});
  EXPECT_NEAR(largest_difference(exact->run(between).features, expected), 0.3 / 255, 1e-6);
  EXPECT_LE(pixels->run(between * 9).features.max().item<float>(), 1);
}

TEST(Extractor, TensorFlow1ResizingTakesTwoPixelsAtSourceOverScale) {
  const at::Tensor row = at::tensor({0, 100, 200}, at::kByte).view({1, 1, 1, 3});
  const at::Tensor image = row.expand({1, 1, 3, 3}).contiguous();
  const auto tf1 = [&](std::int64_t side) {
    const auto extractor =
        metric::make_extractor("pixels", {.precision = FloatWidth::kFloat64,
                                          .resize = side,
                                          .filter = metric::ResizeFilter::kBilinearTf1});
    return extractor->run(image).features.view({side, side}) * 255;
  };
  // Source 0, .5, 1, 1.5, 2, 2.5: the last has no pixel to its right.
  const at::Tensor six = at::tensor({0.0, 50.0, 100.0, 150.0, 200.0, 200.0}, at::kDouble);
  EXPECT_LT(largest_difference(tf1(6), six.expand({6, 6})), 1e-9);
  EXPECT_LT(largest_difference(tf1(6).t().contiguous().t(), six.expand({6, 6})), 1e-9);
  // Source 0, 1.5: no antialias.
  const at::Tensor two = at::tensor({0.0, 150.0}, at::kDouble);
  EXPECT_LT(largest_difference(tf1(2), two.expand({2, 2})), 1e-9);
}

TEST(Extractor, TensorFlow1ResizingMatchesTensorFlow) {
  // Sums over columns and rows of tf.compat.v1.image.resize_bilinear(align_corners=False,
  // half_pixel_centers=False) of TensorFlow 2.21.0 in float32: 5 x 7 pixels made 9 x 9.
  const at::Tensor y = at::arange(5, at::kLong).view({1, 1, 5, 1});
  const at::Tensor x = at::arange(7, at::kLong).view({1, 1, 1, 7});
  const at::Tensor image = (x * 37 + y * 53).remainder(256).to(at::kByte);
  const auto extractor =
      metric::make_extractor("pixels", {.precision = FloatWidth::kFloat64,
                                        .resize = 9,
                                        .filter = metric::ResizeFilter::kBilinearTf1});
  const at::Tensor resized = extractor->run(image).features.view({9, 9}) * 255;
  const at::Tensor rows = at::tensor({1027.77783203125, 1087.3455810546875, 1153.234619140625,
                                      1244.4073486328125, 1253.4073486328125, 1139.148193359375,
                                      1148.1480712890625, 1239.321044921875, 1257.5556640625},
                                     at::kDouble);
  const at::Tensor columns = at::tensor({1036.4444580078125, 1295.4443359375, 1238.3951416015625,
                                         1092.851806640625, 1048.4444580078125, 1307.4444580078125,
                                         1263.037109375, 1168.061767578125, 1100.2222900390625},
                                        at::kDouble);
  constexpr double kFloat32Sums = 1e-3;
  EXPECT_LT(largest_difference(resized.sum(1), rows), kFloat32Sums);
  EXPECT_LT(largest_difference(resized.sum(0), columns), kFloat32Sums);
}

TEST(Extractor, OtherFiltersShrinkWithAntialias) {
  const at::Tensor row = at::tensor({0, 40, 200, 255}, at::kByte).view({1, 1, 1, 4});
  const at::Tensor image = row.expand({1, 1, 4, 4}).contiguous();
  const auto shrunk = [&](metric::ResizeFilter filter) {
    const auto extractor = metric::make_extractor(
        "pixels", {.precision = FloatWidth::kFloat64, .resize = 2, .filter = filter});
    return extractor->run(image).features.view({2, 2}) * 255;
  };
  // Triangles of half width 2 around 1 and 3: weights .75 .75 .25 of the pixels at .5 1.5 2.5.
  const at::Tensor linear = at::tensor(
      {(0.75 * 0 + 0.75 * 40 + 0.25 * 200) / 1.75, (0.25 * 40 + 0.75 * 200 + 0.75 * 255) / 1.75},
      at::kDouble);
  EXPECT_LT(largest_difference(shrunk(metric::ResizeFilter::kBilinear), linear.expand({2, 2})),
            1e-9);
  // Keys' cubic with a = -.5 at distances .25 .75 1.25 1.75 of the scale; what is left of it at the
  // edge is normalised.
  const auto keys = [](double x) {
    return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2;
  };
  const double a = keys(0.25), b = keys(0.75), c = keys(1.25), sum = 2 * a + b + c;
  const at::Tensor cubic = at::tensor(
      {(a * 0 + a * 40 + b * 200 + c * 255) / sum, (c * 0 + b * 40 + a * 200 + a * 255) / sum},
      at::kDouble);
  EXPECT_LT(largest_difference(shrunk(metric::ResizeFilter::kBicubic), cubic.expand({2, 2})), 1e-9);
}

TEST(Extractor, RandomNetworkIsAFunctionOfItsSeed) {
  const at::Tensor images = byte_noise(51, {5, 3, 32, 32});
  const auto features = [&](const ExtractorOptions& options) {
    return metric::make_extractor("random", options)->run(images).features;
  };
  const at::Tensor first = features({});
  EXPECT_EQ(first.sizes(), (at::IntArrayRef{5, 480}));
  EXPECT_EQ(first.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(first, features({})));
  EXPECT_FALSE(at::allclose(first, features({.seed = 1})));
  // The weights are the same numbers in both precisions.
  EXPECT_LT(largest_difference(first, features(kDoubles)), 1e-5);
  EXPECT_EQ(features(kDoubles).scalar_type(), at::kDouble);
  EXPECT_EQ(features({.widths = {7}}).sizes(), (at::IntArrayRef{5, 35}));
}

TEST(Extractor, RandomNetworkTellsItsMapsInNumbersOfEachStage) {
  const at::Tensor images = byte_noise(52, {2, 1, 20, 14});
  const auto extractor = metric::make_extractor(
      "random", {.precision = FloatWidth::kFloat64, .seed = 4, .widths = {3, 5}});
  const auto maps = extractor->maps(images);
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps[0].sizes(), (at::IntArrayRef{2, 3, 10, 7}));
  EXPECT_EQ(maps[1].sizes(), (at::IntArrayRef{2, 5, 5, 4}));
  const at::Tensor features = extractor->run(images).features;
  EXPECT_EQ(features.sizes(), (at::IntArrayRef{2, 40}));
  // Channel 2 of the second stage: its upper right quarter, rows 0..2 and columns 2..3, and its
  // deviation.
  const at::Tensor map = maps[1][1][2];
  EXPECT_NEAR(features[1][15 + 4 * 2 + 1].item<double>(),
              map.narrow(0, 0, 3).narrow(1, 2, 2).mean().item<double>(), 1e-12);
  const at::Tensor centred = map - map.mean();
  EXPECT_NEAR(features[1][15 + 20 + 2].item<double>(),
              std::sqrt(centred.square().mean().item<double>()), 1e-12);
  // He's weights keep the size of what goes through.
  for (const at::Tensor& stage : maps) {
    const double size = stage.square().mean().sqrt().item<double>();
    EXPECT_GT(size, 0.1);
    EXPECT_LT(size, 2);
  }
}

TEST(Extractor, RandomNetworkSeesADifferenceThatNoiseIsNot) {
  const auto extractor = metric::make_extractor("random", {.widths = {8, 8}});
  const auto features = [&](const at::Tensor& images) { return extractor->run(images).features; };
  const at::Tensor bars = features(bar_images(53, 1000).images);
  const double floor = metric::frechet_distance(bars, features(bar_images(54, 1000).images)).value;
  const at::Tensor noise = byte_noise(55, {1000, 1, 8, 8});
  const double other = metric::frechet_distance(bars, features(noise)).value;
  EXPECT_LT(floor * 20, other);
}

TEST(Extractor, RowsDoNotDependOnTheRestOfTheBatch) {
  const at::Tensor images = byte_noise(56, {150, 3, 16, 16});
  for (const char* name : {"pixels", "random"}) {
    const auto extractor = metric::make_extractor(name);
    const at::Tensor whole = extractor->run(images).features;
    for (const std::int64_t first : {0, 63, 149}) {
      const at::Tensor one = extractor->run(images.narrow(0, first, 1)).features;
      EXPECT_LT(largest_difference(one, whole.narrow(0, first, 1)), 1e-6) << name << first;
    }
    EXPECT_LT(largest_difference(extractor->run(images.flip(0)).features.flip(0), whole), 1e-6);
  }
}

TEST(Extractor, GreyIsRepeatedWhereThreeChannelsAreAskedFor) {
  const at::Tensor grey = byte_noise(57, {4, 1, 12, 12});
  const ExtractorOptions three{.channels = 3};
  const auto extractor = metric::make_extractor("random", three);
  EXPECT_TRUE(at::equal(extractor->run(grey).features,
                        extractor->run(grey.expand({-1, 3, -1, -1})).features));
  EXPECT_EQ(metric::make_extractor("pixels")->run(grey).features.size(1), 144);
  EXPECT_EQ(metric::make_extractor("pixels", three)->run(grey).features.size(1), 432);
  expect_refused(*extractor, byte_noise(58, {1, 2, 12, 12}), ErrorCode::kInput,
                 "images: got 2 channels, expected 3 or grey as extractor.channels says");
}

TEST(Extractor, ClassifierGivesItsFeaturesAndLogits) {
  const BarImages train = bar_images(1, 600), test = bar_images(2, 200);
  auto classifier = std::make_shared<metric::Classifier>(
      metric::Classifier::train_or_load(*data::array_source(train.images, train.labels, 3),
                                        {0, 600}, *data::array_source(test.images, test.labels, 3),
                                        {0, 200}, {.epochs = 1, .min_steps = 20, .batch = 64}));
  const auto extractor = metric::make_classifier_extractor(classifier);
  const at::Tensor images = bar_images(3, 100).images;
  const auto direct = classifier->run(images);
  const auto out = extractor->run(images);
  EXPECT_LT(largest_difference(out.features, direct.features), 1e-5);
  EXPECT_LT(largest_difference(out.logits, direct.logits), 1e-5);
  EXPECT_LT(largest_difference(extractor->run(as_float(images)).features, direct.features), 1e-5);
  EXPECT_EQ(extractor->name(), "saddle-cnn/1 " + classifier->weights_hash().substr(0, 12));
  EXPECT_NE(extractor->protocol().find("test accuracy"), std::string::npos);
  EXPECT_NE(extractor->identity().find(classifier->weights_hash()), std::string::npos);
  expect_error([&] { extractor->maps(images); }, ErrorCode::kUnsupported,
               "[extractor] " + extractor->name() +
                   " has no feature maps; the perceptual distance takes the random network, or a "
                   "TorchScript file that gives a tuple of maps");
}

TEST(Extractor, NamesAndProtocolsTellWhatDecidesTheNumbers) {
  const auto named = [](const char* what, const ExtractorOptions& options) {
    return metric::make_extractor(what, options)->name();
  };
  EXPECT_EQ(named("pixels", {}), "pixels");
  EXPECT_EQ(named("pixels", {.resize = 16, .quantise = false}),
            "pixels, resized to 16 (bilinear), not rounded to 8 bits");
  EXPECT_EQ(named("random", {.seed = 3}), "random-conv/1 seed 3");
  EXPECT_EQ(named("random", {.channels = 3, .widths = {8, 16}}),
            "random-conv/1 seed 0 widths [8,16], 3 channels");
  EXPECT_EQ(metric::make_extractor("random", {.precision = FloatWidth::kFloat64,
                                              .resize = 64,
                                              .filter = metric::ResizeFilter::kBilinearTf1})
                ->protocol(),
            "extractor: random-conv/1, stages of [16,24,24,32] channels, random weights of seed 0; "
            "output: quarter means and standard deviations of every stage; images rounded to 8 "
            "bits; then resized to 64 x 64 by bilinear_tf1 as TensorFlow 1, without antialias; "
            "input float64 [N,C,H,W] in -1..1 (x = u / 127.5 - 1)");
  EXPECT_EQ(metric::make_extractor("pixels")->protocol(),
            "extractor: the pixels, flattened; images rounded to 8 bits; not resized; input "
            "float32 [N,C,H,W] in 0..1 (x = u / 255)");
  std::vector<std::string> identities;
  for (const ExtractorOptions& options :
       {ExtractorOptions{}, kDoubles, ExtractorOptions{.resize = 8}, ExtractorOptions{.seed = 1},
        ExtractorOptions{.channels = 3}, ExtractorOptions{.quantise = false},
        ExtractorOptions{.resize = 8, .filter = metric::ResizeFilter::kBicubic},
        ExtractorOptions{.widths = {8}}}) {
    identities.push_back(metric::make_extractor("random", options)->identity());
  }
  std::ranges::sort(identities);
  EXPECT_EQ(std::ranges::adjacent_find(identities), identities.end());
}

TEST(Extractor, PerceptualDistanceOfTheRandomNetworkOrdersDistortions) {
  const at::Tensor a = byte_noise(59, {70, 3, 16, 16}).clamp(40, 215);
  const auto extractor = metric::make_extractor("random");
  const auto distances = [&](double noise) {
    const at::Tensor b = (a.to(at::kDouble) + normal(60, a.sizes()) * noise).clamp(0, 255).round();
    return metric::perceptual_distances(*extractor, a, b.to(at::kByte));
  };
  const auto none = distances(0), little = distances(3), much = distances(30);
  ASSERT_EQ(none.size(), 70u);
  for (std::size_t i = 0; i < none.size(); ++i) {
    EXPECT_EQ(none[i], 0);
    EXPECT_LT(0, little[i]);
    EXPECT_LT(little[i], much[i]);
  }
}

TEST(Extractor, PerceptualDistanceHasItsClosedForm) {
  // Two maps: of one position with (3,4) against (4,-3), and of two positions, one of them equal.
  const auto type = at::TensorOptions().dtype(at::kDouble);
  const at::Tensor a = at::tensor({3.0, 4.0}, type).view({1, 2, 1, 1});
  const at::Tensor b = at::tensor({4.0, -3.0}, type).view({1, 2, 1, 1});
  const at::Tensor c = at::tensor({1.0, 5.0}, type).view({1, 1, 1, 2});
  const at::Tensor d = at::tensor({2.0, -1.0}, type).view({1, 1, 1, 2});
  EXPECT_NEAR(metric::perceptual_distance({a, c}, {b, d}).item<double>(), 2 + (0 + 4) / 2.0, 1e-9);
  expect_error(
      [&] {
        metric::perceptual_distance({a}, {b, d});
      },
      ErrorCode::kInput,
      "[perceptual] maps: got [1,2,1,1] and [1,2,1,1] [1,1,1,2], expected the same maps "
      "[N,c,h,w] of both images");
  expect_error([&] { metric::perceptual_distance({a * NAN}, {b}); }, ErrorCode::kNumeric,
               "[perceptual] maps: got NaN or Inf, expected finite numbers");
}

TEST(Extractor, BadInputsAreNamed) {
  const auto extractor = metric::make_extractor("random");
  expect_refused(*extractor, byte_noise(61, {3, 8, 8}), ErrorCode::kInput,
                 "images: got [3,8,8], expected [N,C,H,W] with at least one image");
  expect_refused(*extractor, at::zeros({0, 3, 8, 8}), ErrorCode::kInput,
                 "images: got [0,3,8,8], expected [N,C,H,W] with at least one image");
  expect_refused(*extractor, at::zeros({1, 3, 8, 8}, at::kLong), ErrorCode::kInput,
                 "images: got integers that are not of 8 bits, expected u8, or float in [-1,1]");
  expect_refused(*extractor, at::full({2, 3, 8, 8}, NAN), ErrorCode::kNumeric,
                 "images: got 384 NaN or Inf in 2 images, expected finite numbers");
  expect_refused(*extractor, byte_noise(62, {1, 3, 2, 8}), ErrorCode::kInput,
                 "images: got 2 x 8 pixels, expected at least 3 x 3 for the random network");
  expect_error([] { metric::make_extractor("pixel"); }, ErrorCode::kUsage,
               "[extractor] 'pixel' is no extractor and no TorchScript file; did you mean "
               "'pixels'?");
  expect_error([] { metric::make_extractor("random", {.widths = {}}); }, ErrorCode::kUsage,
               "[extractor] extractor.widths: got none, expected the channels of at least one "
               "stage");
}

}  // namespace
}  // namespace saddle::test
