#include "saddle/metric/classifier.h"

#include <fstream>

#include "saddle/data/digits.h"
#include "saddle/data/idx_source.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

std::shared_ptr<data::Source> bar_source(std::uint64_t draw, std::int64_t n) {
  const BarImages bars = bar_images(draw, n);
  return data::array_source(bars.images, bars.labels, 3);
}

metric::ClassifierOptions quick_options() {
  return {.epochs = 2, .min_steps = 120, .batch = 64};
}

/// Trains on 600 images of bars and tests on 200; the notices go to `notices`.
metric::Classifier bar_classifier(const metric::ClassifierOptions& options,
                                  std::vector<std::string>* notices = nullptr) {
  const Log log([notices](LogLevel, std::string_view text) {
    if (notices != nullptr) notices->emplace_back(text);
  });
  return metric::Classifier::train_or_load(*bar_source(1, 600), {0, 600}, *bar_source(2, 200),
                                           {0, 200}, options, {}, log);
}

std::filesystem::path only_file(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  EXPECT_EQ(files.size(), 1u);
  return files.empty() ? std::filesystem::path() : files.front();
}

TEST(Classifier, LearnsBarsAndGivesFeaturesAndProbabilities) {
  std::int64_t calls = 0, last = 0;
  const auto classifier = metric::Classifier::train_or_load(
      *bar_source(1, 600), {0, 600}, *bar_source(2, 200), {0, 200}, quick_options(),
      [&](const metric::ClassifierProgress& p) {
        ++calls;
        last = p.step;
        EXPECT_EQ(p.steps, 120);
      });
  EXPECT_EQ(last, 120);
  EXPECT_EQ(calls, 6);
  EXPECT_GT(classifier.accuracy(), 0.95);
  EXPECT_FALSE(classifier.from_cache());
  const BarImages bars = bar_images(3, 50);
  const auto out = classifier.run(bars.images);
  EXPECT_EQ(out.features.sizes(), (at::IntArrayRef{50, 128}));
  EXPECT_EQ(out.logits.sizes(), (at::IntArrayRef{50, 3}));
  EXPECT_GE(out.features.min().item<float>(), 0);
  EXPECT_FALSE(out.logits.requires_grad());
  const at::Tensor p = classifier.probabilities(bars.images);
  EXPECT_LT((p.sum(1) - 1).abs().max().item<float>(), 1e-5);
  EXPECT_TRUE(out.features.equal(classifier.features(as_float(bars.images))));
}

TEST(Classifier, FloatImagesAreClampedAndRoundedToEightBits) {
  const auto classifier = bar_classifier(quick_options());
  const at::Tensor x = as_float(bar_images(3, 20).images);
  const at::Tensor off = at::where(x.gt(-0.99), x + 0.4 / 127.5, x - 3);
  EXPECT_TRUE(
      classifier.features(off).equal(classifier.features(at::where(x.gt(-0.99), x, -1.0f))));
}

TEST(Classifier, TheSameSeedGivesTheSameWeightsAndAnotherSeedOthers) {
  const auto options = quick_options();
  const std::string hash = bar_classifier(options).weights_hash();
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(hash, bar_classifier(options).weights_hash());
  auto other = options;
  other.seed = 1;
  EXPECT_NE(hash, bar_classifier(other).weights_hash());
}

TEST(Classifier, ComesBackFromTheCacheAsItWas) {
  const TemporaryDirectory cache;
  auto options = quick_options();
  options.cache_directory = cache / "deep";
  const auto trained = bar_classifier(options);
  const auto loaded = bar_classifier(options);
  EXPECT_FALSE(trained.from_cache());
  EXPECT_TRUE(loaded.from_cache());
  EXPECT_EQ(trained.weights_hash(), loaded.weights_hash());
  EXPECT_EQ(trained.accuracy(), loaded.accuracy());
  EXPECT_EQ(trained.n_test(), loaded.n_test());
  EXPECT_EQ(trained.train_cpu_seconds(), loaded.train_cpu_seconds());
  EXPECT_EQ(trained.description(), loaded.description());
  const at::Tensor images = bar_images(3, 20).images;
  EXPECT_TRUE(trained.run(images).logits.equal(loaded.run(images).logits));
  options.seed = 1;
  EXPECT_FALSE(bar_classifier(options).from_cache());
}

TEST(Classifier, DamagedCacheFileIsReportedAndReplaced) {
  const TemporaryDirectory cache;
  auto options = quick_options();
  options.cache_directory = cache.path();
  const auto trained = bar_classifier(options);
  const auto path = only_file(cache.path());
  const std::string good = read_file(path);

  std::string flipped = good;
  flipped[flipped.size() - 5] ^= 1;
  std::string better = good;
  better[better.find("\"n_test\":\"") + 10] ^= 1;
  for (const std::string& bad : {good.substr(0, good.size() / 2), flipped, better, std::string()}) {
    write_file_atomic(path, bad);
    std::vector<std::string> notices;
    const auto again = bar_classifier(options, &notices);
    EXPECT_FALSE(again.from_cache());
    EXPECT_EQ(again.weights_hash(), trained.weights_hash());
    ASSERT_EQ(notices.size(), 1u);
    EXPECT_TRUE(
        notices[0].starts_with("the cached classifier " + path.string() + " cannot be used ("))
        << notices[0];
    EXPECT_TRUE(notices[0].ends_with("; it is trained again")) << notices[0];
    EXPECT_TRUE(bar_classifier(options).from_cache());
  }
}

TEST(Classifier, CacheThatCannotBeWrittenIsReportedAndDoneWithout) {
  const TemporaryDirectory cache;
  std::ofstream(cache / "file") << "not a directory";
  auto options = quick_options();
  options.cache_directory = cache / "file";
  std::vector<std::string> notices;
  EXPECT_GT(bar_classifier(options, &notices).accuracy(), 0.95);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_TRUE(notices[0].starts_with("the classifier cannot be kept for the next time: "))
      << notices[0];
}

TEST(Classifier, CacheDirectoryFollowsTheEnvironment) {
  const auto keep = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::string(value) : std::string();
  };
  const std::string own = keep("SADDLE_CACHE"), shared = keep("XDG_CACHE_HOME"),
                    home = keep("HOME");
  ::setenv("SADDLE_CACHE", "/a", 1);
  ::setenv("XDG_CACHE_HOME", "/b", 1);
  ::setenv("HOME", "/c", 1);
  EXPECT_EQ(metric::default_cache_directory(), "/a");
  ::setenv("SADDLE_CACHE", "", 1);
  EXPECT_EQ(metric::default_cache_directory(), "/b/saddle");
  ::unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(metric::default_cache_directory(), "/c/.cache/saddle");
  ::unsetenv("HOME");
  EXPECT_EQ(metric::default_cache_directory(), "");
  ::setenv("SADDLE_CACHE", own.c_str(), 1);
  ::setenv("XDG_CACHE_HOME", shared.c_str(), 1);
  ::setenv("HOME", home.c_str(), 1);
}

TEST(Classifier, TakesAllImageSizesAndColours) {
  for (std::int64_t size : {28, 32, 64}) {
    for (std::int64_t channels : {1, 3}) {
      const at::Tensor images = at::zeros({8, channels, size, size}, at::kByte);
      const auto source = data::array_source(images, at::arange(8, at::kLong).remainder(2), 2);
      const auto classifier = metric::Classifier::train_or_load(
          *source, {0, 8}, *source, {0, 8}, {.epochs = 1, .min_steps = 1, .batch = 4});
      EXPECT_EQ(classifier.features(images).sizes(), (at::IntArrayRef{8, 128}));
    }
  }
}

TEST(Classifier, BadInputsAreNamed) {
  const auto bars = bar_source(1, 100);
  const auto make = [](const data::Source& train, metric::IndexRange range,
                       const data::Source& test, metric::IndexRange test_range) {
    metric::Classifier::train_or_load(train, range, test, test_range,
                                      {.epochs = 1, .min_steps = 1});
  };
  const auto points = data::array_source(at::zeros({5, 2}));
  expect_error(
      [&] {
        make(*points, {0, 5}, *points, {0, 5});
      },
      ErrorCode::kUnsupported,
      "[classifier] training set: got samples of shape [2], expected images [C,H,W]");
  const auto plain = data::array_source(at::zeros({5, 1, 8, 8}, at::kByte));
  expect_error(
      [&] {
        make(*plain, {0, 5}, *plain, {0, 5});
      },
      ErrorCode::kUnsupported,
      "[classifier] training set: got 0 classes, expected labels of at least 2; give the "
      "labels file, or use metrics that need none");
  const auto larger = data::array_source(at::zeros({5, 1, 9, 9}, at::kByte),
                                         at::arange(5, at::kLong).remainder(3), 3);
  expect_error(
      [&] {
        make(*bars, {0, 100}, *larger, {0, 5});
      },
      ErrorCode::kInput,
      "[classifier] test set: got images of [1,9,9] in 3 classes, expected [1,8,8] in 3 as "
      "in the training set");
  expect_error(
      [&] {
        make(*bars, {50, 51}, *bars, {0, 5});
      },
      ErrorCode::kInput,
      "[metric] training images of the classifier: got samples 50 to 100, expected a range "
      "that is not empty within 100 samples");
  const auto classifier = metric::Classifier::train_or_load(*bars, {0, 100}, *bars, {0, 100},
                                                            {.epochs = 1, .min_steps = 1});
  expect_error(
      [&] {
        classifier.features(at::zeros({2, 1, 12, 12}));
      },
      ErrorCode::kInput,
      "[classifier] images: got [2,1,12,12], expected [N,1,8,8]; evaluate with the padding "
      "that the generator was trained with");
}

TEST(ClassifierData, MnistTestAccuracyIsAtLeast985PerMille) {
  if (!saddle_test_all()) GTEST_SKIP() << "trains for about 40 s; set SADDLE_TEST_ALL=1";
  const std::string folder = std::string(kSharedDirectory) + "/data/mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no MNIST in " << folder;
  const auto train = data::make_source(data::IdxFiles{}, data::Split::kTrain, folder);
  const auto test = data::make_source(data::IdxFiles{}, data::Split::kTest, folder);
  const auto classifier =
      metric::Classifier::train_or_load(*train, {0, 50000}, *test, {0, 10000}, {});
  report_figure("classifier of MNIST, accuracy on 10,000 test images", classifier.accuracy());
  report_figure("classifier of MNIST, CPU seconds", classifier.train_cpu_seconds());
  EXPECT_GE(classifier.accuracy(), 0.985);
}

TEST(ClassifierData, DrawnDigitsAloneTeachToReadMnist) {
  if (!saddle_test_all()) GTEST_SKIP() << "trains for about 40 s; set SADDLE_TEST_ALL=1";
  const std::string folder = std::string(kSharedDirectory) + "/data/mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no MNIST in " << folder;
  const auto drawn = data::make_source(data::DigitsWorld{}, data::Split::kTrain, "");
  const auto written = data::make_source(data::IdxFiles{}, data::Split::kTest, folder);
  const auto classifier =
      metric::Classifier::train_or_load(*drawn, {0, 50000}, *written, {0, 10000}, {});
  report_figure("classifier of 50,000 drawn digits, accuracy on the MNIST test images",
                classifier.accuracy());
  EXPECT_GE(classifier.accuracy(), 0.7);
}

}  // namespace
}  // namespace saddle::test
