// What tasks say, draw and refuse.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/codec/idx.h"
#include "saddle/task/tasks.h"
#include "tests/base/temporary.h"
#include "tests/task/fixtures.h"

namespace saddle {
namespace {

using test::expect_error;
using test::experiment_of;
using test::labelled_ring;
using test::latents_of;
using test::longs;
using test::TemporaryDirectory;

/// Hands out its latents and remembers what it was asked for.
class Echo final : public Sampler {
 public:
  explicit Echo(std::int64_t classes) : classes_(classes) {}
  data::Batch sample(const at::Tensor& latents, const at::Tensor& labels) override {
    data::Batch batch;
    batch.set("x", latents);
    if (labels.defined()) batch.set("label", labels);
    return batch;
  }
  std::int64_t latent_size() const override { return 4; }
  std::int64_t classes() const override { return classes_; }
  at::Tensor draw_labels(const RandomKey& key, std::int64_t n) const override {
    return labels_with(std::vector<double>(static_cast<std::size_t>(classes_), 1), key, n);
  }
  codec::Image8 picture(const data::Batch& batch, std::int64_t columns) const override {
    drawn = batch;
    drawn_columns = columns;
    return {};
  }
  std::vector<codec::Image8> pictures(const data::Batch&) const override { return {}; }
  NamedTensors weights() const override { return {}; }

  mutable data::Batch drawn;
  mutable std::int64_t drawn_columns = -1;

 private:
  std::int64_t classes_;
};

TEST(FakeBatches, AreLatentsAndLabelsOfTheEvalStreamInTurn) {
  Echo sampler(3);
  const auto fakes = fake_batches(sampler, 6);
  for (std::uint64_t k = 0; k < 3; ++k) {
    const RandomKey key = Streams(6).at("eval", k);
    const data::Batch batch = fakes(5);
    EXPECT_TRUE(at::equal(batch.at("x"), random_normal(key.fork("latent"), {5, 4},
                                                       at::TensorOptions().dtype(at::kFloat))));
    EXPECT_TRUE(at::equal(batch.at("label"), sampler.draw_labels(key.fork("label"), 5)));
  }
}

TEST(FakeBatches, AreAFunctionOfTheSeed) {
  Echo sampler(0);
  const at::Tensor a = fake_batches(sampler, 1)(5).at("x");
  EXPECT_TRUE(at::equal(a, fake_batches(sampler, 1)(5).at("x")));
  EXPECT_FALSE(at::equal(a, fake_batches(sampler, 2)(5).at("x")));
}

TEST(FixedSheet, HasOneClassAColumnAsNearASquareAsCanBe) {
  struct Case {
    std::int64_t classes, count, columns;
  };
  for (const Case& c : {Case{10, 100, 10}, Case{10, 25, 10}, Case{3, 64, 9}, Case{2, 100, 10},
                        Case{40, 100, 40}, Case{10, 5, 0}, Case{0, 64, 0}}) {
    Echo sampler(c.classes);
    fixed_sheet(sampler, Streams(1), c.count);
    EXPECT_EQ(sampler.drawn_columns, c.columns) << c.classes << " classes, " << c.count;
  }
}

TEST(FixedSheet, ShowsTheSameLatentsWithEachClassInTurn) {
  Echo sampler(10);
  fixed_sheet(sampler, Streams(1), 25);
  const data::Batch first = sampler.drawn;
  EXPECT_EQ(first.size(), 25);
  EXPECT_TRUE(at::equal(first.at("label"), at::arange(25, at::kLong).remainder(10)));
  fixed_sheet(sampler, Streams(1), 25);
  EXPECT_TRUE(at::equal(first.at("x"), sampler.drawn.at("x")));
  fixed_sheet(sampler, Streams(2), 25);
  EXPECT_FALSE(at::equal(first.at("x"), sampler.drawn.at("x")));
}

TEST(PointsTask, DescribesDataNetworksAndMachine) {
  const auto task = make_task(experiment_of("ring"), {});
  EXPECT_EQ(task->name(), "points");
  EXPECT_EQ(task->stages(), 1u);
  const auto lines = task->describe();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "data: ring, 2-D, endless samples");
  // 2-8-8-2: 24 + 72 + 18; 2-8-8-1: 24 + 72 + 9.
  EXPECT_EQ(lines[1], "generator: mlp, 114 parameters; discriminator: mlp, 105");
  const auto labelled = make_task(labelled_ring(), {})->describe();
  EXPECT_EQ(labelled[0], "data: ring, 2-D, endless samples, 8 classes");
  // Eight more inputs of eight units on both sides.
  EXPECT_EQ(labelled[1], "generator: mlp, 178 parameters; discriminator: mlp, 169");
}

TEST(PointsTask, APointIsNoPicture) {
  const auto task = make_task(experiment_of("ring"), {});
  const auto sampler = task->enter(0, nullptr)->sampler();
  const data::Batch batch = sampler->sample(latents_of(0, 3, 2), {});
  EXPECT_GT(sampler->picture(batch, 0).width, 0);
  expect_error([&] { sampler->pictures(batch); }, ErrorCode::kUnsupported,
               "[sample] a point is not a picture of its own; try --format sheet, csv, npy or svg");
}

TEST(PointsTask, NumbersAreDrawnInAStripAndPointsOfSpaceByTwoOfTheirCoordinates) {
  for (const auto& [world, dimensions] :
       {std::pair{std::vector<std::string>{"data=line"}, 1},
        {{"data=shells", "data.shells=1", "data.dimensions=3"}, 3}}) {
    const auto task = make_task(experiment_of("ring", world), {});
    const auto sampler = task->enter(0, nullptr)->sampler();
    const data::Batch batch = sampler->sample(latents_of(0, 400, 2), {});
    EXPECT_EQ(batch.at("x").size(1), dimensions);
    const codec::Image8 picture = sampler->picture(batch, 0);
    int rows = 0;
    for (int y = 0; y < picture.height; ++y) {
      bool blue = false;
      for (int x = 0; x < picture.width; ++x) {
        const std::uint8_t* pixel = &picture.pixels[picture.offset(x, y)];
        blue = blue || pixel[2] > pixel[0] + 60;
      }
      rows += blue ? 1 : 0;
    }
    EXPECT_GT(rows, 50) << world[0];
    const auto metrics = task->evaluate(*sampler, {.samples = 100});
    EXPECT_FALSE(metrics.empty());
    for (const auto& metric : metrics) EXPECT_GE(metric.floor, 0) << metric.name;
  }
}

/// A sampler of the digits task, for its pictures.
struct Digits {
  std::unique_ptr<Task> task = make_task(experiment_of("digits"), {});
  std::unique_ptr<Stage> stage = task->enter(0, nullptr);
  std::unique_ptr<Sampler> sampler = stage->sampler();
};

data::Batch images(const at::Tensor& x) {
  data::Batch batch;
  batch.set("x", x);
  return batch;
}

TEST(ImageTask, PicturesAreRoundedAndClampedBytes) {
  const Digits digits;
  const at::Tensor x = test::latents_of(0, 1, 6).view({1, 1, 2, 3});
  // (x + 1) 127.5 is 0, 255, 100.6, 127.4, -25.5 and 299.6.
  x.copy_(at::tensor({-1.f, 1.f, -.21098f, -.00078f, -1.2f, 1.35f}).view({1, 1, 2, 3}));
  const auto pictures = digits.sampler->pictures(images(x));
  ASSERT_EQ(pictures.size(), 1u);
  EXPECT_EQ(pictures[0].width, 3);
  EXPECT_EQ(pictures[0].height, 2);
  EXPECT_EQ(pictures[0].pixels, (std::vector<std::uint8_t>{0, 255, 101, 127, 0, 255}));
}

TEST(ImageTask, ColoursOfAPixelLieSideBySide) {
  const Digits digits;
  at::Tensor x = at::full({1, 3, 1, 2}, -1.f);
  x[0][0][0][1] = 1;  // red of the right pixel
  x[0][2][0][0] = 1;  // blue of the left one
  const auto picture = digits.sampler->pictures(images(x)).front();
  EXPECT_EQ(picture.channels, 3);
  EXPECT_EQ(picture.pixels, (std::vector<std::uint8_t>{0, 0, 255, 255, 0, 0}));
}

TEST(ImageTask, SheetsAreSquareOrAsWideAsAskedForAndSmallImagesEnlarged) {
  const Digits digits;
  const auto sheet = [&](std::int64_t n, std::int64_t size, std::int64_t columns) {
    const codec::Image8 s = digits.sampler->picture(images(at::zeros({n, 1, size, size})), columns);
    return std::pair{s.width, s.height};
  };
  // One pixel between images; below 48 pixels each becomes 2x2.
  EXPECT_EQ(sheet(10, 8, 0), (std::pair{2 * (4 * 8 + 3), 2 * (3 * 8 + 2)}));
  EXPECT_EQ(sheet(10, 8, 5), (std::pair{2 * (5 * 8 + 4), 2 * (2 * 8 + 1)}));
  EXPECT_EQ(sheet(4, 48, 0), (std::pair{2 * 48 + 1, 2 * 48 + 1}));
}

TEST(ImageTask, DescribesItsImages) {
  const Digits digits;
  EXPECT_EQ(digits.task->name(), "image");
  EXPECT_EQ(digits.task->describe()[0], "data: digits, 1x28x28, endless samples, 10 classes");
}

/// IDX files of four 8x8 images, with labels 0, 1, 2, 1.
void write_images(const TemporaryDirectory& place) {
  const std::vector<std::uint8_t> pixels(4 * 8 * 8, 7), labels{0, 1, 2, 1};
  for (const char* split : {"train", "t10k"}) {
    codec::write_idx(place / (std::string(split) + "-images-idx3-ubyte"),
                     codec::make_array<std::uint8_t>(pixels, {4, 8, 8}));
    codec::write_idx(place / (std::string(split) + "-labels-idx1-ubyte"),
                     codec::make_array<std::uint8_t>(labels, {4}));
  }
}

std::vector<std::string> without_labels() {
  return {"data=\"idx\"", "data.labels=\"\"", "data.test_labels=\"\"",
          "generator.condition=\"none\"", "discriminator.condition=\"none\""};
}

TEST(ImageTask, ReadsItsFactsFromFiles) {
  const TemporaryDirectory place;
  write_images(place);
  const auto task =
      make_task(experiment_of("digits", {"data=\"idx\""}), {.data_path = place.path().string()});
  const DataFacts facts = task->facts();
  EXPECT_EQ(facts.dimensions.resolution, 8);
  EXPECT_EQ(facts.dimensions.classes, 3);
  EXPECT_EQ(facts.frequencies, (std::vector<double>{.25, .5, .25}));
  EXPECT_EQ(facts.samples, 4);
  EXPECT_EQ(task->describe()[0], "data: idx, 1x8x8, 4 samples, 3 classes");
}

TEST(ImageTask, WithKnownFactsSamplesNeedNoData) {
  const TemporaryDirectory place;
  write_images(place);
  const Experiment experiment = experiment_of("digits", {"data=\"idx\""});
  const auto trained = make_task(experiment, {.data_path = place.path().string()});
  const auto before = trained->enter(0, nullptr)->sampler();
  const auto task = make_task(experiment, {.facts = trained->facts()});
  const auto sampler = task->load_sampler(before->weights());
  const at::Tensor z = latents_of(1, 3, 5);
  EXPECT_TRUE(at::equal(sampler->sample(z, longs({0, 1, 2})).at("x"),
                        before->sample(z, longs({0, 1, 2})).at("x")));
  EXPECT_THROW(task->enter(0, nullptr), Error);
}

TEST(ImageTask, WithoutLabelsThereIsNoJudge) {
  const TemporaryDirectory place;
  write_images(place);
  const auto task =
      make_task(experiment_of("digits", without_labels()), {.data_path = place.path().string()});
  EXPECT_EQ(task->facts().dimensions.classes, 0);
  const auto sampler = task->enter(0, nullptr)->sampler();
  expect_error([&] { task->evaluate(*sampler, {}); }, ErrorCode::kUnsupported,
               "[eval] images are judged by a classifier of their labels, and this data has none");
}

TEST(ImageTask, LabelsThatFilesLackAreRefused) {
  const TemporaryDirectory place;
  write_images(place);
  const Experiment experiment =
      experiment_of("digits", {"data=\"idx\"", "data.labels=\"\"", "data.test_labels=\"\""});
  expect_error([&] { make_task(experiment, {.data_path = place.path().string()}); },
               ErrorCode::kUsage,
               "[data] generator.condition wants labels, but the data has none; set "
               "generator.condition and discriminator.condition to \"none\"");
}

TEST(ImageTask, FilesThatNobodyNamedAreAWrongUse) {
  try {
    make_task(experiment_of("digits", {"data=\"idx\""}), {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
  }
}

}  // namespace
}  // namespace saddle
