// The sampler against the formula of its network; statistics of batch norm against their
// definition.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/nn/latent.h"
#include "saddle/task/gan_sampler.h"
#include "tests/base/temporary.h"
#include "tests/task/fixtures.h"

namespace saddle {
namespace {

using test::expect_error;
using test::experiment_of;
using test::kFloatDigits;
using test::labelled_ring;
using test::largest_difference;
using test::latents_of;
using test::longs;
using test::mlp_by_hand;
using test::same_bytes;
using test::tensor_of;
using test::with_one_hot;

const at::TensorOptions kFloats = at::TensorOptions().dtype(at::kFloat);

DataFacts ring_facts() {
  return {.dimensions = {.channels = 2}, .samples = 9};
}

DataFacts labelled_ring_facts() {
  return {.dimensions = {.channels = 2, .classes = 3}, .frequencies = {.5, .25, .25}, .samples = 9};
}

DataFacts digit_facts() {
  return {.dimensions = {.channels = 1, .resolution = 8, .classes = 2},
          .frequencies = {.75, .25},
          .samples = 9};
}

GanSampler sampler_of(const Experiment& experiment, const DataFacts& facts) {
  return {make_generator(experiment, facts, kFloats), facts, {}, at::kCPU};
}

TEST(GanSampler, MakesWhatTheFormulaOfItsNetworkSays) {
  GanSampler sampler = sampler_of(experiment_of("ring"), ring_facts());
  const at::Tensor z = latents_of(0, 7, 2);
  const data::Batch batch = sampler.sample(z, {});
  EXPECT_LT(largest_difference(batch.at("x"), mlp_by_hand(sampler.weights(), z)), kFloatDigits);
  EXPECT_EQ(batch.at("x").scalar_type(), at::kFloat);
  EXPECT_FALSE(batch.has("label"));
  EXPECT_FALSE(batch.at("x").requires_grad());
}

TEST(GanSampler, MakesTheClassThatIsAskedFor) {
  GanSampler sampler = sampler_of(labelled_ring(), labelled_ring_facts());
  const at::Tensor z = latents_of(0, 3, 2);
  const at::Tensor labels = longs({2, 0, 1});
  const data::Batch batch = sampler.sample(z, labels);
  EXPECT_LT(
      largest_difference(batch.at("x"), mlp_by_hand(sampler.weights(), with_one_hot(z, labels, 3))),
      kFloatDigits);
  EXPECT_TRUE(at::equal(batch.at("label"), labels));
  EXPECT_EQ(sampler.classes(), 3);
  EXPECT_EQ(sampler.latent_size(), 2);
  // The same latents of another class are other samples.
  EXPECT_GT(largest_difference(batch.at("x"), sampler.sample(z, longs({1, 1, 0})).at("x")), .01);
}

TEST(GanSampler, ManySamplesAreMadeInPartsThatKeepTheirPlaces) {
  GanSampler sampler = sampler_of(labelled_ring(), labelled_ring_facts());
  constexpr std::int64_t kMany = 600;  // parts of 256, 256 and 88
  const at::Tensor z = latents_of(1, kMany, 2);
  const at::Tensor labels = at::arange(kMany, at::kLong).remainder(3);
  const data::Batch batch = sampler.sample(z, labels);
  EXPECT_EQ(batch.size(), kMany);
  EXPECT_LT(
      largest_difference(batch.at("x"), mlp_by_hand(sampler.weights(), with_one_hot(z, labels, 3))),
      kFloatDigits);
  EXPECT_TRUE(at::equal(batch.at("label"), labels));
}

TEST(GanSampler, ASampleDoesNotDependOnItsBatch) {
  // Batch norm with the statistics of the batch would make it do so.
  GanSampler sampler = sampler_of(experiment_of("digits"), digit_facts());
  const at::Tensor z = latents_of(2, 300, 5);
  const at::Tensor labels = at::arange(300, at::kLong).remainder(2);
  const at::Tensor together = sampler.sample(z, labels).at("x");
  const at::Tensor alone = sampler.sample(z.narrow(0, 299, 1), labels.narrow(0, 299, 1)).at("x");
  EXPECT_EQ(together.sizes(), (std::vector<std::int64_t>{300, 1, 8, 8}));
  EXPECT_LT(largest_difference(together.narrow(0, 299, 1), alone), kFloatDigits);
}

TEST(GanSampler, TheSameSeedMakesTheSameSamples) {
  const auto draw = [](const std::string& seed) {
    GanSampler sampler = sampler_of(experiment_of("digits", {"train.seed=" + seed}), digit_facts());
    return sampler.sample(latents_of(3, 4, 5), longs({0, 1, 0, 1})).at("x");
  };
  EXPECT_TRUE(at::equal(draw("1"), draw("1")));
  EXPECT_FALSE(at::equal(draw("1"), draw("2")));
}

TEST(GanSampler, AWalkBetweenLatentsIsAWalkBetweenTheirSamples) {
  GanSampler sampler = sampler_of(experiment_of("ring"), ring_facts());
  const at::Tensor a = latents_of(4, 1, 2), b = latents_of(5, 1, 2);
  constexpr int kSteps = 65;
  std::vector<at::Tensor> walk;
  for (int i = 0; i < kSteps; ++i) walk.push_back(nn::slerp(a, b, i / (kSteps - 1.0)));
  const at::Tensor x = sampler.sample(at::cat(walk), {}).at("x");
  EXPECT_LT(largest_difference(x[0], sampler.sample(a, {}).at("x")[0]), kFloatDigits);
  EXPECT_LT(largest_difference(x[kSteps - 1], sampler.sample(b, {}).at("x")[0]), kFloatDigits);
  // A piecewise-linear network turns the bound of the latent steps into one of the samples: the
  // product of its layers' norms.
  double slope = 1;
  for (const auto& entry : sampler.weights()) {
    if (entry.tensor.dim() == 2) slope *= entry.tensor.norm().item().toDouble();
  }
  const auto longest_step = [](const at::Tensor& path) {
    return (path.slice(0, 1) - path.slice(0, 0, -1)).norm(2, 1).max().item().toDouble();
  };
  EXPECT_LE(longest_step(x), slope * longest_step(at::cat(walk)) + kFloatDigits);
  EXPECT_GT(longest_step(x), 0);
}

TEST(GanSampler, AMissingLabelIsAskedFor) {
  GanSampler sampler = sampler_of(labelled_ring(), labelled_ring_facts());
  expect_error([&] { sampler.sample(latents_of(0, 3, 2), {}); }, ErrorCode::kInput,
               "[generator] its condition asks for labels: got none");
}

TEST(GanSampler, LabelsThatNobodyKnowsAreLeftOut) {
  GanSampler sampler = sampler_of(experiment_of("ring"), ring_facts());
  const at::Tensor z = latents_of(0, 2, 2);
  const data::Batch batch = sampler.sample(z, longs({0, 1}));
  EXPECT_FALSE(batch.has("label"));
  EXPECT_TRUE(at::equal(batch.at("x"), sampler.sample(z, {}).at("x")));
  EXPECT_FALSE(sampler.draw_labels(Streams(1).at("label", 0), 4).defined());
}

TEST(GanSampler, DrawsLabelsWithTheTrainingFrequencies) {
  const GanSampler sampler = sampler_of(labelled_ring(), labelled_ring_facts());
  const RandomKey key = Streams(1).at("label", 0);
  EXPECT_TRUE(at::equal(sampler.draw_labels(key, 50), labels_with({.5, .25, .25}, key, 50)));
}

TEST(GanSampler, ItsWeightsMakeTheSameSamplesInAnotherGenerator) {
  const DataFacts facts = digit_facts();
  const Experiment experiment = experiment_of("digits", {"train.seed=1"});
  auto generator = make_generator(experiment, facts, kFloats);
  estimate_statistics(*generator, facts, Streams(1), 8, at::kCPU);
  GanSampler sampler(std::move(generator), facts, {}, at::kCPU);
  auto other = make_generator(experiment_of("digits", {"train.seed=2"}), facts, kFloats);
  load_generator(*other, sampler.weights());
  GanSampler loaded(std::move(other), facts, {}, at::kCPU);
  EXPECT_TRUE(same_bytes(sampler.weights(), loaded.weights()));
  const at::Tensor z = latents_of(6, 3, 5);
  EXPECT_TRUE(at::equal(sampler.sample(z, longs({0, 1, 1})).at("x"),
                        loaded.sample(z, longs({0, 1, 1})).at("x")));
}

TEST(GanSampler, CopiedGeneratorsMakeTheSameSamplesAndShareNothing) {
  const DataFacts facts = digit_facts();
  const auto estimated = [&](const std::string& seed) {
    auto generator =
        make_generator(experiment_of("digits", {"train.seed=" + seed}), facts, kFloats);
    estimate_statistics(*generator, facts, Streams(1), 8, at::kCPU);
    return generator;
  };
  const auto from = estimated("1");
  auto to = estimated("2");
  copy_generator(*from, *to);
  const auto wipe = [](const std::string&, at::Tensor& t) { t.detach().zero_(); };
  from->parameters(wipe);
  from->buffers(wipe);
  const GanSampler copy(std::move(to), facts, {}, at::kCPU);
  const GanSampler original(estimated("1"), facts, {}, at::kCPU);
  EXPECT_TRUE(same_bytes(copy.weights(), original.weights()));
}

TEST(LoadGenerator, RefusesWhatIsMissingOrOfAnotherShape) {
  const auto generator = make_generator(experiment_of("ring"), ring_facts(), kFloats);
  NamedTensors weights = sampler_of(experiment_of("ring"), ring_facts()).weights();
  NamedTensors shorter(weights.begin(), weights.end() - 1);
  expect_error([&] { load_generator(*generator, shorter); }, ErrorCode::kInput,
               "[weights] no tensor '4.bias' among the generator's weights; the run's config.toml "
               "and its checkpoint do not belong together");
  weights[2].tensor = at::zeros({3, 8});
  expect_error([&] { load_generator(*generator, weights); }, ErrorCode::kInput,
               "[weights] generator tensor '2.weight' has shape [3,8], expected [8,8]");
}

// What the first batch norm of a DCGAN sees: the first layer maps 1x1 latents to 4x4 maps, so it is
// a product y[n,o,h,w] = sum_i z[n,i] W[i,o,h,w].
at::Tensor first_maps(const at::Tensor& weight, const at::Tensor& inputs) {
  return at::einsum("ni,iohw->nohw", {inputs.to(at::kDouble), weight.to(at::kDouble)});
}

TEST(EstimateStatistics, AreTheMeansOverSixtyFourBatches) {
  constexpr std::int64_t kBatchSize = 8;
  constexpr std::uint64_t kSeed = 5;
  const DataFacts facts = digit_facts();
  const auto generator = make_generator(experiment_of("digits"), facts, kFloats);
  estimate_statistics(*generator, facts, Streams(kSeed), kBatchSize, at::kCPU);
  const GanSampler sampler(make_generator(experiment_of("digits"), facts, kFloats), facts, {},
                           at::kCPU);
  const at::Tensor weight = tensor_of(sampler.weights(), "0.weight");
  at::Tensor mean = at::zeros({weight.size(1)}, at::kDouble), variance = at::zeros_like(mean);
  for (std::uint64_t i = 0; i < 64; ++i) {
    const RandomKey key = Streams(kSeed).at("eval", i).fork("statistics");
    const at::Tensor z = random_normal(key.fork("latent"), {kBatchSize, 5}, kFloats);
    const at::Tensor labels = labels_with(facts.frequencies, key.fork("label"), kBatchSize);
    const at::Tensor maps = first_maps(weight, with_one_hot(z, labels, 2));
    mean += maps.mean({0, 2, 3}) / 64;
    variance += maps.var({0, 2, 3}, /*unbiased=*/true) / 64;
  }
  int seen = 0;
  generator->buffers([&](const std::string& name, at::Tensor& t) {
    // Sizes of about 1e-3, so that the tolerance leaves four digits.
    if (name != "1.running_mean" && name != "1.running_var") return;
    EXPECT_LT(largest_difference(t, name == "1.running_mean" ? mean : variance), 1e-7) << name;
    ++seen;
  });
  EXPECT_EQ(seen, 2);
  EXPECT_GT(variance.min().item().toDouble(), 1e-4);
}

TEST(EstimateStatistics, DoNotDependOnWhatWasThere) {
  const DataFacts facts = digit_facts();
  const auto estimated = [&](double before) {
    const auto generator = make_generator(experiment_of("digits"), facts, kFloats);
    generator->buffers([&](const std::string&, at::Tensor& t) { t.fill_(before); });
    estimate_statistics(*generator, facts, Streams(0), 4, at::kCPU);
    NamedTensors list;
    generator->buffers([&](const std::string& name, at::Tensor& t) {
      list.push_back({name, t.clone()});
    });
    return list;
  };
  EXPECT_TRUE(same_bytes(estimated(1), estimated(1000)));
}

TEST(EstimateStatistics, LeaveParametersAlone) {
  for (const bool image : {true, false}) {
    const Experiment experiment = experiment_of(image ? "digits" : "ring");
    const DataFacts used = image ? digit_facts() : ring_facts();
    const auto generator = make_generator(experiment, used, kFloats);
    estimate_statistics(*generator, used, Streams(0), 4, at::kCPU);
    const GanSampler fresh = sampler_of(experiment, used);
    generator->parameters([&](const std::string& name, at::Tensor& t) {
      EXPECT_TRUE(at::equal(t, tensor_of(fresh.weights(), name))) << name;
    });
  }
}

}  // namespace
}  // namespace saddle
