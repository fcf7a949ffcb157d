// What a task learns of its data, and labels drawn with it.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/loader/array_source.h"
#include "saddle/task/gan_sampler.h"
#include "saddle/task/gan_stage.h"
#include "tests/base/temporary.h"
#include "tests/task/fixtures.h"

namespace saddle {
namespace {

using test::expect_error;
using test::experiment_of;
using test::labelled_ring;
using test::longs;

at::Tensor pictures_of_shape(std::vector<std::int64_t> shape) {
  return at::zeros(shape, at::kByte);
}

TEST(Facts, PointsHaveADimensionAndNoResolution) {
  const auto source = data::array_source(at::ones({5, 3}));
  const DataFacts facts = facts_of(*source, experiment_of("ring"), {});
  EXPECT_EQ(facts.dimensions.channels, 3);
  EXPECT_EQ(facts.dimensions.resolution, 0);
  EXPECT_EQ(facts.dimensions.classes, 0);
  EXPECT_EQ(facts.samples, 5);
  EXPECT_TRUE(facts.frequencies.empty());
  EXPECT_EQ(facts.fingerprint, source->fingerprint());
}

TEST(Facts, ImagesHaveTheShapeThatTheNetworksSee) {
  const auto source = data::array_source(pictures_of_shape({4, 3, 12, 12}));
  const DataFacts facts = facts_of(*source, experiment_of("ring"), {.pad = 2});
  EXPECT_EQ(facts.dimensions.channels, 3);
  EXPECT_EQ(facts.dimensions.resolution, 16);
}

TEST(Facts, LabelsThatNobodyAsksForAreLeftOut) {
  const auto source = data::array_source(at::ones({2, 2}), longs({0, 1}));
  const DataFacts facts = facts_of(*source, experiment_of("ring"), {});
  EXPECT_EQ(facts.dimensions.classes, 0);
  EXPECT_TRUE(facts.frequencies.empty());
}

TEST(Facts, LabelFrequenciesAreShares) {
  const auto source = data::array_source(at::ones({4, 2}), longs({0, 2, 2, 3}), /*classes=*/5);
  const DataFacts facts = facts_of(*source, labelled_ring(), {});
  EXPECT_EQ(facts.dimensions.classes, 5);
  EXPECT_EQ(facts.frequencies, (std::vector<double>{.25, 0, .5, .25, 0}));
}

TEST(Facts, EveryLabelOfALargeSetIsCounted) {
  // More than one reading of 4096: label 1 is every third sample, and the very last one.
  constexpr std::int64_t kSamples = 10'001;
  at::Tensor labels = at::arange(kSamples, at::kLong).remainder(3).eq(0).to(at::kLong);
  labels[kSamples - 1] = 2;
  const auto source = data::array_source(at::ones({kSamples, 1}), labels);
  const DataFacts facts = facts_of(*source, labelled_ring(), {});
  ASSERT_EQ(facts.frequencies.size(), 3u);
  EXPECT_DOUBLE_EQ(facts.frequencies[1], 3334.0 / kSamples);
  EXPECT_DOUBLE_EQ(facts.frequencies[2], 1.0 / kSamples);
  EXPECT_DOUBLE_EQ(facts.frequencies[0], (kSamples - 3335.0) / kSamples);
}

TEST(Facts, AnEndlessWorldHasEqualShares) {
  const Experiment experiment = labelled_ring();
  const auto source = data::open_source(experiment.data, data::Split::kTrain, "");
  const DataFacts facts = facts_of(*source, experiment, {});
  EXPECT_EQ(facts.samples, data::Source::kEndless);
  EXPECT_EQ(facts.frequencies, std::vector<double>(8, .125));
}

TEST(FactsErrors, LabelsThatTheDataHasNotAreRefused) {
  const auto source = data::array_source(at::ones({5, 2}));
  expect_error([&] { facts_of(*source, labelled_ring(), {}); }, ErrorCode::kUsage,
               "[data] generator.condition wants labels, but the data has none; set "
               "generator.condition and discriminator.condition to \"none\"");
}

TEST(FactsErrors, ImagesThatAreNotSquareAreRefusedWithTheShapeTheNetworksWouldSee) {
  const auto source = data::array_source(pictures_of_shape({4, 1, 8, 10}));
  expect_error([&] { facts_of(*source, experiment_of("ring"), {.pad = 1}); }, ErrorCode::kInput,
               "[data] images of shape [1,10,12] are not square; the networks want equal height "
               "and width");
}

TEST(FactsErrors, SamplesThatAreNeitherPointsNorImagesAreRefused) {
  const auto refused = [](std::vector<std::int64_t> shape, const std::string& one) {
    const auto source = data::array_source(pictures_of_shape(std::move(shape)));
    expect_error([&] { facts_of(*source, experiment_of("ring"), {}); }, ErrorCode::kInput,
                 "[data] samples of shape " + one +
                     " are neither points nor images: expected [D] or [C,H,W]");
  };
  refused({4, 8, 8}, "[8,8]");
  refused({4, 1, 8, 8, 8}, "[1,8,8,8]");
  refused({4}, "[]");
}

TEST(Facts, GoThroughTheTextOfAManifest) {
  const DataFacts facts{.dimensions = {.channels = 3, .resolution = 32, .classes = 2},
                        .frequencies = {1.0 / 3, 2.0 / 3},
                        .samples = data::Source::kEndless,
                        .fingerprint = "sha256:0f"};
  const DataFacts back = data_facts_from(Json::parse(to_json(facts).dump()));
  EXPECT_EQ(back.dimensions.channels, 3);
  EXPECT_EQ(back.dimensions.resolution, 32);
  EXPECT_EQ(back.dimensions.classes, 2);
  EXPECT_EQ(back.frequencies, facts.frequencies);
  EXPECT_EQ(back.samples, data::Source::kEndless);
  EXPECT_EQ(back.fingerprint, "sha256:0f");
}

TEST(FactsErrors, WhatAManifestLacksIsNamed) {
  for (const char* key :
       {"channels", "resolution", "classes", "frequencies", "samples", "fingerprint"}) {
    Json json = to_json(DataFacts{});
    json.erase(key);
    try {
      data_facts_from(json);
      ADD_FAILURE() << "no error without " << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInput);
      EXPECT_NE(error.message().find(key), std::string::npos) << error.what();
      EXPECT_NE(error.message().find("manifest.json"), std::string::npos) << error.what();
    }
  }
}

RandomKey label_key(std::uint64_t draw) {
  return Streams(3).at("label", draw);
}

TEST(Labels, AreNoneWithoutShares) {
  EXPECT_FALSE(labels_with({}, label_key(0), 5).defined());
}

TEST(Labels, AreThoseOfTheInverseDistribution) {
  // Class 1 has no share; a uniform number below .25 means class 0, above .5 class 3.
  const std::vector<double> shares{.25, 0, .25, .5};
  const at::Tensor labels = labels_with(shares, label_key(0), 1000);
  const at::Tensor u = random_uniform(label_key(0), {1000}, at::TensorOptions().dtype(at::kDouble));
  const at::Tensor expected = u.ge(.25).to(at::kLong).mul(2).add(u.ge(.5).to(at::kLong));
  EXPECT_EQ(labels.scalar_type(), at::kLong);
  EXPECT_TRUE(at::equal(labels, expected));
}

TEST(Labels, OccurWithTheirShares) {
  const std::vector<double> shares{.1, 0, .6, .3, 0};
  constexpr std::int64_t kDraws = 100'000;
  const at::Tensor counts = at::bincount(labels_with(shares, label_key(1), kDraws), {}, 5);
  for (std::size_t c = 0; c < shares.size(); ++c) {
    const double expected = shares[c] * kDraws;
    const double deviation = std::sqrt(kDraws * shares[c] * (1 - shares[c]));
    // Five standard deviations of a binomial; exactly none where the share is 0.
    EXPECT_NEAR(static_cast<double>(counts[static_cast<std::int64_t>(c)].item<std::int64_t>()),
                expected, 5 * deviation)
        << c;
  }
}

TEST(Labels, SharesNeedNotSumToOne) {
  EXPECT_TRUE(at::equal(labels_with({1, 3}, label_key(2), 500),
                        labels_with({.25, .75}, label_key(2), 500)));
}

TEST(Labels, AreAFunctionOfTheKey) {
  const std::vector<double> shares(8, .125);
  const at::Tensor labels = labels_with(shares, label_key(3), 100);
  EXPECT_TRUE(at::equal(labels, labels_with(shares, label_key(3), 100)));
  EXPECT_FALSE(at::equal(labels, labels_with(shares, label_key(4), 100)));
}

}  // namespace
}  // namespace saddle
