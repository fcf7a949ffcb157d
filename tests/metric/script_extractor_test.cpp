#include <fstream>

#include "saddle/base/hash.h"
#include "saddle/codec/zip.h"
#include "saddle/metric/extractor.h"
#include "saddle/metric/frechet.h"
#include "saddle/metric/perceptual.h"
#include "tests/metric/fixtures.h"
#include "tests/metric/script_files.h"

namespace saddle::test {
namespace {

using metric::ExtractorOptions;
using metric::FloatWidth;

const ExtractorOptions kScriptDoubles{.precision = FloatWidth::kFloat64};

/// Features and expected values lie in different files of the golden case.
struct GoldenScript {
  Json results;
  Safetensors file;
};

GoldenScript golden_script() {
  const auto path = golden_metrics() / "expected.json";
  const Json expected = parse_json(read_file(path), "test", path.string());
  return {expected.at("cases").at("extractor").at("results").at("extractor"),
          load_safetensors(golden_metrics() / "extractor_expected.safetensors")};
}

double largest_of(const at::Tensor& difference) {
  return difference.to(at::kDouble).abs().max().item<double>();
}

TEST(ScriptExtractor, GoldenFileGivesThePeersFeatures) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenScript golden = golden_script();
  const at::Tensor& images = golden.file.at("images");
  const auto path = (golden_metrics() / "extractor.pt").string();
  const auto narrow = metric::make_extractor(path);
  const auto wide = metric::make_extractor(path, kScriptDoubles);
  const double in_float32 =
      largest_of(narrow->run(images).features - golden.file.at("features_float32"));
  const double in_float64 =
      largest_of(wide->run(images).features - golden.file.at("features_float64"));
  EXPECT_LT(in_float32, 1e-5);  // both bounds are of the golden file
  EXPECT_LT(in_float64, 1e-9);
  report_figure("extractor float32: deviation from the golden features", in_float32);
  report_figure("extractor float64: deviation from the golden features", in_float64);
  EXPECT_EQ(narrow->run(images).features.scalar_type(), at::kFloat);
  EXPECT_EQ(wide->run(images).features.scalar_type(), at::kDouble);
  EXPECT_FALSE(wide->run(images).logits.defined());
  // The interpreter rewrites its code in the first runs; the numbers stay.
  const at::Tensor first = narrow->run(images).features;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(at::equal(narrow->run(images).features, first));
  // Float images of the same pixels, and any part of the batch.
  EXPECT_LT(largest_of(wide->run(as_float(images)).features - golden.file.at("features_float64")),
            1e-9);
  EXPECT_LT(largest_of(wide->run(images.narrow(0, 3, 2)).features -
                       golden.file.at("features_float64").narrow(0, 3, 2)),
            1e-9);
}

TEST(ScriptExtractor, GoldenMapsGiveTheReferencesPerceptualDistance) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenScript golden = golden_script();
  const at::Tensor& images = golden.file.at("images");
  const auto maps =
      metric::make_extractor((golden_metrics() / "extractor_maps.pt").string(), kScriptDoubles);
  const auto even = at::arange(0, 16, 2), odd = at::arange(1, 16, 2);
  const auto distances = metric::perceptual_distances(*maps, images.index_select(0, even),
                                                      images.index_select(0, odd));
  const Json& expected = golden.results.at("lpips_like_pairs_0_1__2_3__...");
  ASSERT_EQ(distances.size(), expected.size());
  double largest = 0;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    EXPECT_NEAR(distances[i], expected[i], 1e-9);
    largest = std::max(largest, std::abs(distances[i] - expected[i].get<double>()));
  }
  report_figure("perceptual distance: deviation from the golden pairs", largest);
  expect_error([&] { maps->run(images); }, ErrorCode::kUnsupported,
               "[extractor] extractor_maps.pt: forward gave ([16,8,16,16], [16,16,8,8]), expected "
               "features [n,d], or a pair of features and logits [n,K]; maps serve the perceptual "
               "distance alone");
}

TEST(ScriptExtractor, GoldenImagesGiveThePeersFrechetDistance) {
  SADDLE_NEED_GOLDEN_METRICS();
  const GoldenCase golden = golden_case("end_to_end");
  const auto extractor =
      metric::make_extractor((golden_metrics() / "extractor.pt").string(), kScriptDoubles);
  const auto result = metric::frechet_distance(extractor->run(golden.tensor("real")).features,
                                               extractor->run(golden.tensor("fake")).features);
  const Json& expected = golden.results.at("fid_float64_features");
  const double peer = expected.at("torch_fidelity");
  EXPECT_NEAR(result.value, peer, 1e-7);  // of the golden file
  EXPECT_NEAR(result.mean_term, expected.at("mean_term"), 1e-9);
  EXPECT_NEAR(result.trace_real, expected.at("trace_real"), 1e-9);
  EXPECT_NEAR(result.trace_fake, expected.at("trace_fake"), 1e-9);
  report_figure("FID through the golden extractor: deviation", std::abs(result.value - peer));
}

TEST(ScriptExtractor, OutputsAreFeaturesLogitsOrBoth) {
  const TemporaryDirectory place;
  const at::Tensor images = bar_images(70, 100).images;
  const at::Tensor x = as_float(images);
  write_script(place / "pair.pt",
               "def forward(self, x):\n  return (x.mean(1).mean(1), x.flatten(1)[:, :3])\n");
  const auto pair = metric::make_extractor((place / "pair.pt").string())->run(images);
  EXPECT_LT(largest_of(pair.features - x.mean({1, 2})), 1e-6);
  EXPECT_LT(largest_of(pair.logits - x.flatten(1).narrow(1, 0, 3)), 1e-6);

  write_script(place / "pooled.pt",
               "def forward(self, x):\n  return x.mean([2, 3], True).repeat(1, 4, 1, 1)\n");
  const auto pooled = metric::make_extractor((place / "pooled.pt").string())->run(images);
  EXPECT_EQ(pooled.features.sizes(), (at::IntArrayRef{100, 4}));

  write_script(place / "switch.pt",
               "def forward(self, x, return_features: bool = False, half: bool = False):\n"
               "  y = x.flatten(1)\n"
               "  if return_features:\n    return y\n"
               "  return torch.softmax(y[:, :5], 1)\n");
  const auto path = (place / "switch.pt").string();
  const auto plain = metric::make_extractor(path, {.logits = true});
  EXPECT_EQ(plain->run(images).logits.sizes(), (at::IntArrayRef{100, 5}));
  const ExtractorOptions full{.range = metric::PixelRange::kBytes,
                              .arguments = {"return_features"}};
  const auto features = metric::make_extractor(path, full);
  EXPECT_TRUE(at::equal(features->run(images).features, images.to(at::kFloat).flatten(1)));
  EXPECT_EQ(features->name(),
            "torchscript " + sha256_file_hex(path).substr(0, 12) + ", 0..255, return_features");
  EXPECT_EQ(features->protocol(),
            "extractor: TorchScript switch.pt, sha256 " + sha256_file_hex(path) +
                "; output: as forward gives it with return_features; images rounded to 8 bits; not "
                "resized; input float32 [N,C,H,W] in 0..255 (x = u)");
  expect_error([&] { metric::make_extractor(path, {.arguments = {"return_feature"}}); },
               ErrorCode::kInput,
               "[extractor] switch.pt: forward takes no true-or-false argument 'return_feature'; "
               "did you mean 'return_features'?");
}

TEST(ScriptExtractor, FilesAreAskedInEvaluationMode) {
  const TemporaryDirectory place;
  write_script(place / "dropout.pt",
               "def forward(self, x):\n  return torch.dropout(x.flatten(1), 0.5, self.training)\n",
               {});
  const auto extractor = metric::make_extractor((place / "dropout.pt").string());
  const at::Tensor images = bar_images(71, 10).images;
  EXPECT_TRUE(at::equal(extractor->run(images).features, as_float(images).flatten(1)));
}

// Whole numbers are indices, which float64 cannot be; fractions follow the images' width.
TEST(ScriptExtractor, BuffersOfWholeNumbersStayWhole) {
  const TemporaryDirectory place;
  write_script(place / "pick.pt",
               "def forward(self, x):\n  return x.flatten(1)[:, self.places] * self.factor\n", {},
               {{"places", at::tensor({3, 0}, at::kLong)}, {"factor", at::tensor({2.0F, 1.0F})}});
  const at::Tensor images = bar_images(71, 10).images;
  for (const auto width : {FloatWidth::kFloat32, FloatWidth::kFloat64}) {
    const auto extractor = metric::make_script_extractor(place / "pick.pt", {.precision = width});
    EXPECT_EQ(extractor->run(images).features.size(1), 2);
  }
}

/// The error of a file's extractor for these images.
std::string refusal_of(const std::filesystem::path& file, const at::Tensor& images, ErrorCode code,
                       const ExtractorOptions& options = {}) {
  try {
    metric::make_script_extractor(file, options)->run(images);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

TEST(ScriptExtractor, WrongFilesAreNamed) {
  const TemporaryDirectory place;
  const std::string how =
      ", expected a file that torch.jit.script(model).save(path) or "
      "torch.jit.trace(...).save(path) "
      "wrote";
  const auto made = [&](const std::string& name) { metric::make_script_extractor(place / name); };
  const std::string folder = place.path().string() + "/";
  EXPECT_THROW(made("missing.pt"), Error);
  try {
    made("missing.pt");
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("missing.pt"), std::string::npos);
    EXPECT_EQ(error.code(), ErrorCode::kInput);
  }
  write_file_atomic(place / "text.pt", "weights of a kind");
  expect_error([&] { made("text.pt"); }, ErrorCode::kInput,
               "[extractor] " + folder + "text.pt: got a file that is no TorchScript" + how);
  const codec::ZipInput weights{.name = "weights/data.pkl", .bytes = "bytes"};
  codec::write_zip(place / "weights.pt", {&weights, 1}, codec::ZipMethod::kStored);
  expect_error([&] { made("weights.pt"); }, ErrorCode::kInput,
               "[extractor] " + folder +
                   "weights.pt: got an archive without code (weights alone, as torch.save writes "
                   "them?)" +
                   how);
  write_script(place / "good.pt", "def forward(self, x):\n  return x.flatten(1)\n");
  const std::string bytes = read_file(place / "good.pt");
  write_file_atomic(place / "cut.pt", bytes.substr(0, bytes.size() / 2));
  try {
    made("cut.pt");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    EXPECT_NE(error.message().find(folder + "cut.pt"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("truncated"), std::string::npos) << error.message();
  }
  const codec::ZipInput code{.name = "archive/code/__torch__.py", .bytes = "nothing"};
  codec::write_zip(place / "hollow.pt", {&code, 1}, codec::ZipMethod::kStored);
  try {
    made("hollow.pt");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    EXPECT_NE(error.message().find("hollow.pt: cannot be read as TorchScript ("),
              std::string::npos);
    EXPECT_EQ(error.message().find('\n'), std::string::npos) << error.message();
  }
}

TEST(ScriptExtractor, WrongOutputsAreNamed) {
  const TemporaryDirectory place;
  const at::Tensor images = bar_images(72, 4).images;
  const std::string expected = ", expected features [n,d], or a pair of features and logits [n,K]";
  const auto of = [&](const std::string& body, ErrorCode code = ErrorCode::kInput,
                      const ExtractorOptions& options = {}) {
    write_script(place / "f.pt", "def forward(self, x):\n  " + body + "\n");
    return refusal_of(place / "f.pt", images, code, options);
  };
  EXPECT_EQ(of("return x.sum()"), "[extractor] f.pt: forward gave []" + expected);
  EXPECT_EQ(of("return 3"), "[extractor] f.pt: forward gave Int" + expected);
  EXPECT_EQ(of("return (x.flatten(1), 3)"), "[extractor] f.pt: forward gave Tuple" + expected);
  EXPECT_EQ(of("return x", ErrorCode::kUnsupported),
            "[extractor] f.pt: forward gave [4,1,8,8]" + expected +
                "; maps serve the perceptual distance alone");
  EXPECT_EQ(
      of("return x.flatten(1)[:2]"),
      "[extractor] f.pt: forward gave [2,64] for 4 images, expected floating-point numbers in "
      "one row an image");
  EXPECT_EQ(
      of("return x.flatten(1).argmax(1, True)"),
      "[extractor] f.pt: forward gave [4,1] of integers for 4 images, expected floating-point "
      "numbers in one row an image");
  EXPECT_EQ(of("return x.flatten(1).clamp(max=-0.9).add(0.9).sqrt()", ErrorCode::kNumeric),
            "[extractor] f.pt: got NaN or Inf for 4 of 4 images, expected finite numbers");
  EXPECT_EQ(of("return (x.flatten(1), x.flatten(1))", ErrorCode::kInput, {.logits = true}),
            "[extractor] f.pt: forward gave ([4,64], [4,64]), expected logits [n,K]");
  EXPECT_EQ(of("return torch.conv2d(x, torch.zeros(2, 3, 3, 3))"),
            "[extractor] f.pt: forward refused float32 [4,1,8,8]: Given groups=1, weight of size "
            "[2, 3, 3, 3], expected input[4, 1, 8, 8] to have 3 channels, but got 1 channels "
            "instead");
  EXPECT_EQ(
      of("return torch.mm(x.flatten(1), torch.ones(64, 2))", ErrorCode::kInput, kScriptDoubles),
      "[extractor] f.pt: forward refused float64 [4,1,8,8]: expected m1 and m2 to have the "
      "same dtype, but got: double != float; where the code itself asks for float32, try "
      "precision float32");
  write_script(place / "f.pt", "def forward(self, x):\n  return x.flatten(1)\n");
  expect_error([&] { metric::make_script_extractor(place / "f.pt")->maps(images); },
               ErrorCode::kUnsupported,
               "[extractor] f.pt: forward gave [4,64], expected a tuple of maps [n,c,h,w], as the "
               "perceptual distance takes them");
}

}  // namespace
}  // namespace saddle::test
