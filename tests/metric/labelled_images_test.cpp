#include "saddle/metric/labelled_images.h"

#include <cmath>

#include "saddle/data/idx_source.h"
#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

struct BarWorld {
  std::shared_ptr<data::Source> train, test;
};

BarWorld bar_world() {
  const BarImages train = bar_images(1, 1800), test = bar_images(2, 400);
  return {data::array_source(train.images, train.labels, 3),
          data::array_source(test.images, test.labels, 3)};
}

/// All tests here use one classifier, trained by whichever comes first.
metric::LabelledImagesOptions small_options() {
  static const TemporaryDirectory cache;
  metric::LabelledImagesOptions options;
  options.n_fake = 300;
  options.n_real = 300;
  options.batch = 64;
  options.classifier = {
      .epochs = 2, .min_steps = 150, .batch = 64, .cache_directory = cache.path()};
  return options;
}

metric::LabelledImagesReport evaluate(const metric::FakeSampler& fakes,
                                      const metric::LabelledImagesOptions& options) {
  const BarWorld world = bar_world();
  return metric::evaluate_labelled_images(*world.train, *world.test, fakes, options);
}

TEST(LabelledImages, SplitUsesEveryImageOnce) {
  const auto images = [](std::int64_t n) {
    return data::array_source(at::zeros({n, 1, 1, 1}, at::kByte), at::zeros({n}, at::kLong), 2);
  };
  const auto mnist = metric::labelled_images_split(*images(60000), *images(10000), 10000);
  EXPECT_EQ(mnist.classifier.first, 0);
  EXPECT_EQ(mnist.classifier.count, 50000);
  EXPECT_EQ(mnist.floor.first, 50000);
  EXPECT_EQ(mnist.floor.count, 10000);
  EXPECT_EQ(mnist.reference.count, 10000);
  const auto small = metric::labelled_images_split(*images(600), *images(50), 10000);
  EXPECT_EQ(small.classifier.count, 500);
  EXPECT_EQ(small.floor.first, 500);
  EXPECT_EQ(small.floor.count, 100);
  EXPECT_EQ(small.reference.count, 50);
  expect_error([&] { metric::labelled_images_split(*images(6), *images(50), 10000); },
               ErrorCode::kInput,
               "[metric] labelled images: got 6 for training and 50 for the reference, expected at "
               "least 12 and 2");
}

TEST(LabelledImages, RealImagesAsFakesMeetTheFloor) {
  const BarImages fakes = bar_images(3, 300);
  const auto report = evaluate(sampler_of(as_float(fakes.images), fakes.labels), small_options());
  EXPECT_EQ(names_of(report.metrics),
            (std::vector<std::string>{"class_kl", "sure", "requested_class", "classifier_score",
                                      "classifier_frechet"}));
  EXPECT_GT(report.classifier_accuracy, 0.95);
  for (const metric::MetricValue& m : report.metrics) {
    EXPECT_EQ(m.n_real, 300) << m.name;
    EXPECT_EQ(m.n_fake, 300) << m.name;
    EXPECT_NE(m.protocol.find("classifier saddle-cnn/1 "), std::string::npos) << m.protocol;
  }
  EXPECT_LT(find_metric(report.metrics, "class_kl").value, 0.03);
  const auto sure = find_metric(report.metrics, "sure");
  EXPECT_NEAR(sure.value, report.reference_sure, 0.05);
  const auto requested = find_metric(report.metrics, "requested_class");
  EXPECT_GT(requested.value, 0.95);
  EXPECT_GT(requested.floor, 0.95);
  EXPECT_NEAR(requested.baseline, 1.0 / 3, 0.1);
  const auto score = find_metric(report.metrics, "classifier_score");
  EXPECT_GT(score.value, 2.5);
  EXPECT_LE(score.value, 3);
  const auto frechet = find_metric(report.metrics, "classifier_frechet");
  EXPECT_LT(frechet.value, 2 * frechet.floor);
  EXPECT_GT(frechet.baseline, 5 * frechet.floor);
}

TEST(LabelledImages, CollapsedGeneratorIsSeen) {
  const BarImages bars = bar_images(3, 300);
  const at::Tensor one = as_float(bars.images.narrow(0, 0, 1)).expand({300, 1, 8, 8});
  const auto report = evaluate(sampler_of(one), small_options());
  EXPECT_EQ(
      names_of(report.metrics),
      (std::vector<std::string>{"class_kl", "sure", "classifier_score", "classifier_frechet"}));
  const double share =
      static_cast<double>(report.counts_reference.at(bars.labels[0].item<int>())) / 300;
  EXPECT_NEAR(find_metric(report.metrics, "class_kl").value, -std::log(share), 1e-9);
  EXPECT_NEAR(find_metric(report.metrics, "classifier_score").value, 1, 1e-6);
  const auto frechet = find_metric(report.metrics, "classifier_frechet");
  EXPECT_GT(frechet.value, 10 * frechet.floor);
}

TEST(LabelledImages, FakesOfWrongClassesFailTheRequest) {
  const BarImages fakes = bar_images(3, 300);
  const auto report = evaluate(sampler_of(as_float(fakes.images), fakes.labels.add(1).remainder(3)),
                               small_options());
  EXPECT_LT(find_metric(report.metrics, "requested_class").value, 0.05);
  EXPECT_LT(find_metric(report.metrics, "class_kl").value, 0.03);
}

TEST(LabelledImages, TheNumbersDoNotDependOnTheBatchSize) {
  auto options = small_options();
  const at::Tensor fakes = as_float(bar_images(3, 300).images);
  const auto a = evaluate(sampler_of(fakes), options);
  options.batch = 37;
  const auto b = evaluate(sampler_of(fakes), options);
  EXPECT_TRUE(b.classifier_from_cache);
  for (std::size_t i = 0; i < a.metrics.size(); ++i) {
    // Float32 products of other batch sizes may round otherwise in the last digit.
    EXPECT_NEAR(a.metrics[i].value, b.metrics[i].value, 1e-4 * std::abs(a.metrics[i].value));
  }
}

TEST(LabelledImages, FewFakesCarryTheWarning) {
  auto options = small_options();
  options.n_fake = 100;
  const auto report = evaluate(sampler_of(as_float(bar_images(3, 100).images)), options);
  EXPECT_TRUE(find_metric(report.metrics, "classifier_frechet")
                  .warning.starts_with("100 rows for 128 features"));
}

TEST(LabelledImages, BadFakesAreNamed) {
  auto options = small_options();
  options.n_fake = 9;
  expect_error(
      [&] {
        evaluate(sampler_of(at::zeros({9, 1, 8, 8})), options);
      },
      ErrorCode::kInput,
      "[metric] generated images: got n 9, expected at least 10, one for each split of the "
      "score");
  options.n_fake = 10;
  expect_error(
      [&] {
        evaluate(sampler_of(at::zeros({10, 1, 4, 4})), options);
      },
      ErrorCode::kInput,
      "[classifier] images: got [10,1,4,4], expected [N,1,8,8]; evaluate with the padding "
      "that the generator was trained with");
}

TEST(LabelledImagesData, MnistFloorIsFarBelowTheBaseline) {
  if (!saddle_test_all()) GTEST_SKIP() << "trains for about 40 s; set SADDLE_TEST_ALL=1";
  const std::string folder = std::string(kSharedDirectory) + "/data/mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no MNIST in " << folder;
  const auto train = data::make_source(data::IdxFiles{}, data::Split::kTrain, folder);
  const auto test = data::make_source(data::IdxFiles{}, data::Split::kTest, folder);
  // Copies of the first training images are the best that a generator could do.
  const auto copies = data::subset(*train, 0, 10000);
  const metric::FakeSampler fakes = [&, next = std::int64_t{0}](std::int64_t n) mutable {
    std::vector<std::int64_t> indices(n);
    for (std::int64_t& i : indices) i = next++;
    data::Batch batch = data::read_batch(*copies, indices);
    batch.set("x", as_float(batch.at("x")));
    return batch;
  };
  const auto report = metric::evaluate_labelled_images(*train, *test, fakes, {});
  const auto frechet = find_metric(report.metrics, "classifier_frechet");
  EXPECT_GT(frechet.floor, 0);
  EXPECT_LT(frechet.value, 3 * frechet.floor);
  EXPECT_GT(frechet.baseline, 50 * frechet.floor);
  EXPECT_LT(find_metric(report.metrics, "class_kl").floor, 0.002);
  EXPECT_NEAR(report.reference_sure, 0.97, 0.015);
  EXPECT_GT(find_metric(report.metrics, "requested_class").floor, 0.985);
}

}  // namespace
}  // namespace saddle::test
