// Samples and objectives that a program hands in.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/loader/array_source.h"
#include "saddle/metric/result.h"
#include "tests/base/temporary.h"
#include "tests/task/fixtures.h"

namespace saddle {
namespace {

using test::expect_error;
using test::experiment_of;
using test::latents_of;
using test::longs;
using test::same_bytes;

Experiment own_points() {
  return experiment_of("ring", {"data=\"own\""});
}
Experiment own_images(std::vector<std::string> more = {}) {
  more.emplace_back("data=\"own\"");
  return experiment_of("digits", more);
}
std::vector<std::string> without_conditions() {
  return {"generator.condition=\"none\"", "discriminator.condition=\"none\""};
}

std::shared_ptr<data::Source> points(std::int64_t n, std::int64_t dimension = 2) {
  return data::array_source(latents_of(3, n, dimension));
}
std::shared_ptr<data::Source> images() {
  return data::array_source(at::full({6, 1, 8, 8}, 9, at::kByte), longs({0, 1, 1, 1, 2, 2}));
}

TEST(OwnSamples, ArePutInPlaceOfTheConfigsData) {
  const auto source = points(50);
  const auto task = make_task(own_points(), {.train_source = source});
  EXPECT_EQ(task->facts().fingerprint, source->fingerprint());
  EXPECT_EQ(task->facts().samples, 50);
  EXPECT_EQ(task->describe()[0], "data: own, 2-D, 50 samples");
  const auto stage = task->enter(0, nullptr);
  const Round round = stage->game().draw(1);
  const at::Tensor real = round.real.at("x");
  // Every row of the batch is a row of the array.
  const at::Tensor all = latents_of(3, 50, 2);
  for (std::int64_t i = 0; i < real.size(0); ++i) {
    EXPECT_TRUE(all.eq(real[i]).all(1).any().item<bool>()) << i;
  }
}

TEST(OwnSamples, ImagesBringTheirLabels) {
  const auto task = make_task(own_images(), {.train_source = images()});
  EXPECT_EQ(task->facts().dimensions.resolution, 8);
  EXPECT_EQ(task->facts().dimensions.classes, 3);
  EXPECT_EQ(task->facts().frequencies, (std::vector<double>{1. / 6, .5, 2. / 6}));
}

TEST(OwnSamples, PointsOfAnyDimensionAreTrainedOnAndDrawn) {
  for (const std::int64_t dimension : {1, 2, 5}) {
    const auto task = make_task(own_points(), {.train_source = points(40, dimension)});
    const auto stage = task->enter(0, nullptr);
    stage->step(stage->samples_per_step());
    const auto sampler = stage->sampler();
    const data::Batch batch = sampler->sample(latents_of(0, 3, 2), {});
    EXPECT_EQ(batch.at("x").size(1), dimension);
    EXPECT_GT(sampler->picture(batch, 0).width, 0);
  }
}

TEST(OwnSamples, AreMeasuredByTheDistanceToOthersOfTheSame) {
  const auto task =
      make_task(own_points(), {.train_source = points(60), .test_source = points(100)});
  const auto sampler = task->enter(0, nullptr)->sampler();
  const auto metrics = task->evaluate(*sampler, {});
  ASSERT_EQ(metrics.size(), 1u);
  EXPECT_EQ(metrics[0].name, "sliced_w2");
  EXPECT_EQ(metrics[0].n_real, 50);
  EXPECT_EQ(metrics[0].n_fake, 50);
}

TEST(OwnSamples, SamplingNeedsNone) {
  const auto trained = make_task(own_points(), {.train_source = points(50)});
  const auto before = trained->enter(0, nullptr)->sampler();
  const auto task = make_task(own_points(), {.facts = trained->facts()});
  const auto sampler = task->load_sampler(before->weights());
  const at::Tensor z = latents_of(1, 4, 2);
  EXPECT_TRUE(at::equal(sampler->sample(z, {}).at("x"), before->sample(z, {}).at("x")));
  EXPECT_GT(sampler->picture(sampler->sample(z, {}), 0).width, 0);
}

TEST(OwnSamples, ThatNobodyHandsInAreAWrongUse) {
  const std::string text =
      "[data] data.name = \"own\" stands for samples that a program hands in, and none were handed "
      "in; train with that program, or choose data that Saddle can open";
  expect_error([] { make_task(own_points(), {}); }, ErrorCode::kUsage, text);
  expect_error([] { make_task(own_images(), {.test_source = images()}); }, ErrorCode::kUsage, text);
  const auto trained = make_task(own_points(), {.train_source = points(50)});
  const auto task = make_task(own_points(), {.facts = trained->facts()});
  expect_error([&] { task->enter(0, nullptr); }, ErrorCode::kUsage, text);
}

TEST(OwnSamples, BesideOtherDataAreRefused) {
  expect_error([] { make_task(experiment_of("ring"), {.train_source = points(5)}); },
               ErrorCode::kUsage,
               "[data] samples were handed in, but data.name = \"ring\" opens others; set "
               "experiment.data = data::OwnSamples{}");
}

TEST(OwnSamples, OfTheOtherModalityAreRefused) {
  expect_error(
      [] { make_task(own_points(), {.train_source = images()}); }, ErrorCode::kInput,
      "[data] task = \"points\" got images; choose task = \"image\", or hand in points [D]");
  expect_error(
      [] { make_task(own_images(without_conditions()), {.train_source = points(5)}); },
      ErrorCode::kInput,
      "[data] task = \"image\" got points; choose task = \"points\", or hand in images [C,H,W]");
}

TEST(OwnSamples, AreNotMeasuredWithoutATestSet) {
  const auto task = make_task(own_points(), {.train_source = points(50)});
  const auto sampler = task->enter(0, nullptr)->sampler();
  expect_error([&] { task->evaluate(*sampler, {}); }, ErrorCode::kInput,
               "[data] no test samples were handed in to compare with; give "
               "TaskContext::test_source");
  const auto few = make_task(own_points(), {.train_source = points(50), .test_source = points(3)});
  expect_error([&] { few->evaluate(*sampler, {}); }, ErrorCode::kInput,
               "[eval] test points to compare with: got 3, expected 4 or more");
}

TEST(OwnObjective, TrainsBitForBitAsItsTwinInTheTable) {
  const objective::Functions own{
      .name = "own",
      .discriminator =
          [](const at::Tensor& real, const at::Tensor& fake) {
            return at::relu(real.neg().add(1)).mean().add(at::relu(fake.add(1)).mean());
          },
      .generator = [](const at::Tensor&, const at::Tensor& fake) { return fake.mean().neg(); },
      .traits = {.anchored = false}};
  const auto trained = [](const Experiment& experiment, const TaskContext& context) {
    const auto task = make_task(experiment, context);
    auto stage = task->enter(0, nullptr);
    for (int step = 1; step <= 20; ++step) stage->step(step * stage->samples_per_step());
    return stage;
  };
  const auto custom = trained(experiment_of("ring"), {.objective = own});
  const auto row = trained(experiment_of("ring", {"objective=\"hinge\""}), {});
  EXPECT_TRUE(same_bytes(custom->sampler()->weights(), row->sampler()->weights()));
  const auto other = trained(experiment_of("ring"), {});
  EXPECT_FALSE(same_bytes(custom->sampler()->weights(), other->sampler()->weights()));
  EXPECT_FALSE(custom->anchored_logits());
  EXPECT_TRUE(row->anchored_logits());
}

}  // namespace
}  // namespace saddle
