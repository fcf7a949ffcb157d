#include "saddle/metric/path_length.h"

#include <cmath>

#include "saddle/metric/script_generator.h"
#include "saddle/nn/latent.h"
#include "tests/metric/fixtures.h"
#include "tests/metric/script_files.h"

namespace saddle::test {
namespace {

using metric::FloatWidth;

TEST(PathLength, GoldenInterpolationsMatchThePeer) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenCase golden = golden_case("interpolation");
  const at::Tensor &a = golden.tensor("a"), &b = golden.tensor("b"), &t = golden.tensor("t");
  double arc = 0, line = 0;
  for (std::int64_t i = 0; i < t.size(0); ++i) {
    const double at = t[i].item<double>();
    const auto off = [](const at::Tensor& x, const at::Tensor& y) {
      return (x - y).abs().max().item<double>();
    };
    arc = std::max(arc, off(nn::slerp(a, b, at), golden.tensor("slerp")[i]));
    line = std::max(line, off(nn::lerp(a, b, at), golden.tensor("lerp")[i]));
  }
  EXPECT_LT(arc, 1e-9);  // of the golden file
  EXPECT_LT(line, 1e-9);
  report_figure("slerp: deviation from the golden points", arc);
  report_figure("lerp: deviation from the golden points", line);
}

TEST(PathLength, AlmostParallelAndZeroRowsMoveOnTheLine) {
  const auto type = at::TensorOptions().dtype(at::kDouble);
  const at::Tensor a = at::tensor({1.0, 0.0, 1.0, 0.0, 0.0, 0.0}, type).view({3, 2});
  // Cosines 1 - 5e-9, 1 - 5e-7 and none at all.
  const at::Tensor b = at::tensor({1.0, 1e-4, 1.0, 1e-3, 3.0, 4.0}, type).view({3, 2});
  const at::Tensor arc = nn::slerp(a, b, .5), line = nn::lerp(a, b, .5);
  EXPECT_TRUE(at::equal(arc[0], line[0]));
  EXPECT_FALSE(at::equal(arc[1], line[1]));
  EXPECT_TRUE(at::equal(arc[2], line[2]));
}

TEST(PathLength, GoldenPathsMatchThePeer) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenCase golden = golden_case("ppl");
  const Json& expected = golden.results.at("ppl");
  const metric::ScriptGenerator generator(golden_metrics() / "generator.pt",
                                          {.latent = 8, .precision = FloatWidth::kFloat64});
  const auto extractor =
      metric::make_extractor((golden_metrics() / "extractor.pt").string(),
                             {.precision = FloatWidth::kFloat64, .quantise = false});
  const auto images = [&](const at::Tensor& z) { return generator.images(z); };
  for (const char* kind : {"lerp", "slerp_any"}) {
    SCOPED_TRACE(kind);
    const at::Tensor& stored = golden.tensor(std::string("distances_") + kind);
    const auto distances = metric::path_distances(
        golden.tensor("z0"), golden.tensor(std::string("z1_") + kind), expected.at("epsilon"),
        images, metric::squared_feature_distance(*extractor), /*batch=*/17);
    ASSERT_EQ(distances.size(), 50u);
    double largest = 0;
    for (std::size_t i = 0; i < distances.size(); ++i) {
      const double peer = stored[static_cast<std::int64_t>(i)].item<double>();
      EXPECT_NEAR(distances[i], peer, 1e-9);  // of the golden file
      largest = std::max(largest, std::abs(distances[i] - peer));
    }
    const Json& numbers = expected.at(kind);
    const metric::PathLength length = metric::path_length(distances, 10, 90);
    EXPECT_NEAR(length.mean, numbers.at("torch_fidelity_mean"), 1e-9);
    EXPECT_NEAR(length.sd, numbers.at("torch_fidelity_std"), 1e-9);
    EXPECT_NEAR(length.trimmed_mean, numbers.at("trimmed_10_90_mean_numpy"), 1e-9);
    EXPECT_EQ(length.kept, numbers.at("trimmed_count"));
    EXPECT_EQ(length.n, 50);
    report_figure(std::string("path length, ") + kind + ": largest deviation", largest);
  }
}

TEST(PathLength, StoredPointsAreThoseOfTheInterpolations) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenCase golden = golden_case("ppl");
  // The other ends are not stored; along a line the step is eps of the way for all numbers.
  const at::Tensor step = golden.tensor("z1_lerp") - golden.tensor("z0");
  EXPECT_NEAR((step / 0.01 + golden.tensor("z0")).std().item<double>(), 1, 0.2);
}

TEST(PathLength, OfALinearGeneratorIsTheLengthOfItsPath) {
  // G(z) = z and D = |.|^2: along a line d = |b - a|^2; on an arc of norms near sqrt(L), the square
  // of the angle times the squared norm.
  const auto same = [](const at::Tensor& z) { return z; };
  const auto squared = [](const at::Tensor& a, const at::Tensor& b) {
    return (a - b).square().sum(1);
  };
  constexpr std::int64_t kLatent = 200;
  const auto line =
      metric::path_distances(kLatent, same, squared,
                             {.n = 500, .eps = 1e-4, .kind = metric::PathKind::kLinear, .seed = 3});
  EXPECT_NEAR(metric::path_length(line).mean, 2.0 * kLatent, 10);
  const auto arc = metric::path_distances(kLatent, same, squared, {.n = 500, .eps = 1e-4});
  const double quarter = std::acos(0.0);
  EXPECT_NEAR(metric::path_length(arc).mean, quarter * quarter * kLatent, 10);
  // Neither the batch nor the number of paths changes a path.
  const auto pieces =
      metric::path_distances(kLatent, same, squared, {.n = 20, .eps = 1e-4, .batch = 7});
  EXPECT_EQ(pieces, std::vector<double>(arc.begin(), arc.begin() + 20));
}

TEST(PathLength, PerceptualDistanceServesPathsToo) {
  const auto extractor = metric::make_extractor(
      "random", {.precision = FloatWidth::kFloat64, .quantise = false, .widths = {4, 4}});
  const auto shaped = [](const at::Tensor& z) { return z.tanh().view({-1, 1, 8, 8}); };
  const auto mean_of = [&](double eps) {
    return metric::path_length(metric::path_distances(64, shaped,
                                                      metric::perceptual_path_distance(*extractor),
                                                      {.n = 20, .eps = eps}))
        .mean;
  };
  // d / eps^2 has a limit.
  EXPECT_GT(mean_of(1e-4), 0.01);
  EXPECT_NEAR(mean_of(1e-4) / mean_of(1e-3), 1, 0.02);
}

TEST(PathLength, PercentilesAreRoundedOutwardsToDataPoints) {
  const std::vector<double> d{9, 1, 5, 3, 100};
  const metric::PathLength whole = metric::path_length(d, 0, 100);
  EXPECT_EQ(whole.kept, 5);
  EXPECT_NEAR(whole.mean, 23.6, 1e-12);
  EXPECT_NEAR(whole.trimmed_mean, 23.6, 1e-12);
  EXPECT_NEAR(whole.sd,
              std::sqrt((14.6 * 14.6 + 22.6 * 22.6 + 18.6 * 18.6 + 20.6 * 20.6 + 76.4 * 76.4) / 5),
              1e-12);
  const metric::PathLength inner = metric::path_length(d, 25, 60);  // positions 1 and 2.4
  EXPECT_EQ(inner.low, 3);
  EXPECT_EQ(inner.high, 9);
  EXPECT_EQ(inner.kept, 3);
  EXPECT_NEAR(inner.trimmed_mean, 17.0 / 3, 1e-12);
}

TEST(PathLength, BadInputsAreNamed) {
  const auto same = [](const at::Tensor& z) { return z; };
  const auto sum = [](const at::Tensor& a, const at::Tensor& b) { return (a - b).sum(1); };
  const auto refused = [](auto&& call, const std::string& text,
                          ErrorCode code = ErrorCode::kInput) {
    expect_error(call, code, "[path length] " + text);
  };
  refused([] { metric::path_length({}); }, "got no distances, expected at least one");
  const double bad = NAN;
  refused(
      [&] {
        metric::path_length({&bad, 1});
      },
      "distances: got NaN or Inf, expected finite numbers", ErrorCode::kNumeric);
  const double good = 1;
  refused(
      [&] {
        metric::path_length({&good, 1}, 99, 1);
      },
      "percentiles: got 99 and 1, expected 0 <= low <= high <= 100");
  const at::Tensor z = normal(80, {4, 3});
  refused([&] { metric::path_distances(z, z.narrow(1, 0, 2), .1, same, sum); },
          "latents: got [4,3] and [4,2], expected two of one shape [n,latent]");
  refused([&] { metric::path_distances(z, z, 0, same, sum); },
          "got eps 0 and batch 50, expected eps > 0 and batch >= 1");
  refused([&] { metric::path_distances(z, z * NAN, .1, same, sum); },
          "distance 0: got nan, expected a finite number", ErrorCode::kNumeric);
  const auto rounding = metric::make_extractor("pixels");
  for (const auto make : {metric::squared_feature_distance, metric::perceptual_path_distance}) {
    refused([&] { make(*rounding); },
            "pixels rounds images to 8 bits, in which the small steps of a path vanish; take an "
            "extractor with quantise = false",
            ErrorCode::kUnsupported);
  }
  refused([&] { metric::path_distances(0, same, sum, {}); },
          "got n 1000 and latents of 0, expected at least 1 each");
}

TEST(ScriptGenerator, ItsIdentityIsThatOfTheFileAndHowItIsAsked) {
  SADDLE_NEED_GOLDEN_METRICS();
  const metric::ScriptGenerator generator(golden_metrics() / "generator.pt", {.latent = 8});
  const at::Tensor images = generator.images(normal(81, {30, 8}));
  EXPECT_EQ(images.sizes(), (at::IntArrayRef{30, 3, 32, 32}));
  EXPECT_LE(images.abs().max().item<float>(), 1);
  EXPECT_NE(metric::ScriptGenerator(golden_metrics() / "generator.pt",
                                    {.latent = 8, .precision = FloatWidth::kFloat64})
                .identity(),
            generator.identity());
}

TEST(ScriptGenerator, RangesAndBytesBecomeImagesFromMinusOneToOne) {
  const TemporaryDirectory place;
  const std::string shape = ".reshape(-1, 1, 1, 2)";
  const at::Tensor z = at::tensor({0.25f, 0.75f, 0.5f, 2.0f}).view({2, 2});
  const auto images = [&](const std::string& body, const metric::ScriptGeneratorOptions& options) {
    write_script(place / "g.pt", "def forward(self, z):\n  return " + body + shape + "\n",
                 {{"z_dim", 2}});
    return metric::ScriptGenerator(place / "g.pt", options).images(z).flatten(1);
  };
  const at::Tensor clamped = z.clamp(-1, 1);
  EXPECT_TRUE(at::allclose(images("z", {}), clamped));
  EXPECT_TRUE(
      at::allclose(images("z", {.range = metric::PixelRange::kUnit}), z.clamp(0, 1).mul(2).sub(1)));
  EXPECT_TRUE(at::allclose(images("(z * 100)", {.range = metric::PixelRange::kBytes}),
                           z.mul(100).div(127.5).sub(1)));
  EXPECT_TRUE(at::allclose(images("(z * 100).to(0)", {}), z.mul(100).div(127.5).sub(1)));
}

TEST(ScriptGenerator, BadFilesAreNamed) {
  const TemporaryDirectory place;
  write_script(place / "g.pt", "def forward(self, z):\n  return z\n");
  expect_error([&] { metric::ScriptGenerator generator(place / "g.pt"); }, ErrorCode::kInput,
               "[generator] g.pt: the size of its latents is not known, as it has no attribute "
               "latent_size or z_dim; give it with the option latent");
  const metric::ScriptGenerator flat(place / "g.pt", {.latent = 4});
  expect_error(
      [&] {
        flat.images(at::zeros({3, 4}));
      },
      ErrorCode::kInput,
      "[generator] g.pt: forward gave [3,4] for 3 latents, expected images [n,C,H,W], "
      "float or u8");
  expect_error(
      [&] {
        flat.images(at::zeros({3, 5}));
      },
      ErrorCode::kInput, "[generator] latents: got [3,5], expected [n,4]");
  write_script(place / "nan.pt",
               "def forward(self, z):\n  return (z - 1).sqrt().reshape(-1, 1, 2, 2)\n",
               {{"latent_size", 4}});
  const metric::ScriptGenerator broken(place / "nan.pt");
  EXPECT_EQ(broken.latent_size(), 4);
  expect_error(
      [&] {
        broken.images(at::zeros({3, 4}));
      },
      ErrorCode::kNumeric, "[generator] nan.pt: forward gave NaN or Inf, expected finite images");
  write_script(place / "mm.pt", "def forward(self, z):\n  return torch.mm(z, torch.ones(7, 2))\n");
  const metric::ScriptGenerator wrong(place / "mm.pt", {.latent = 4});
  expect_error(
      [&] {
        wrong.images(at::zeros({3, 4}));
      },
      ErrorCode::kInput,
      "[generator] mm.pt: forward refused float32 [3,4]: mat1 and mat2 shapes cannot be "
      "multiplied (3x4 and 7x2)");
}

}  // namespace
}  // namespace saddle::test
