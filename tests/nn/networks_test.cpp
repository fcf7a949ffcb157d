#include "saddle/nn/networks.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "saddle/base/error.h"
#include "saddle/config/reader.h"
#include "saddle/nn/build.h"
#include "saddle/nn/chain.h"
#include "saddle/tensor/autograd.h"

namespace saddle::nn {
namespace {

const at::TensorOptions kF32 = at::TensorOptions().dtype(at::kFloat);
const at::TensorOptions kF64 = at::TensorOptions().dtype(at::kDouble);
const RandomKey kInit = Streams(7).at("init", 0);
constexpr Dimensions kPoints{.channels = 2};
constexpr Dimensions kDigits{.channels = 1, .resolution = 28, .classes = 10};

constexpr Dimensions colour(std::int64_t resolution) {
  return {.channels = 3, .resolution = resolution, .classes = 10};
}

template <class Variant, std::size_t... I>
std::vector<Variant> rows_of_table(std::index_sequence<I...>) {
  return {Variant(std::variant_alternative_t<I, Variant>{})...};
}
// Every row of a table with its defaults: a new row is tested without being named here.
template <class Variant>
std::vector<Variant> rows() {
  return rows_of_table<Variant>(std::make_index_sequence<std::variant_size_v<Variant>>{});
}

at::Tensor labels(std::int64_t n) {
  return at::arange(n, at::kLong).remainder(10);
}
Condition condition(std::int64_t n) {
  Condition c;
  c.labels = labels(n);
  return c;
}

std::map<std::string, at::Tensor> tensors(auto& network) {
  std::map<std::string, at::Tensor> all;
  const auto keep = [&](const std::string& name, at::Tensor& t) {
    EXPECT_TRUE(all.emplace(name, t.detach().clone()).second) << "a name twice: " << name;
  };
  network.parameters(keep);
  network.buffers(keep);
  return all;
}

std::int64_t count(const GeneratorConfig& config, const Dimensions& data) {
  return parameter_count(*build_generator(config, data, kInit, kF32));
}
std::int64_t count(const DiscriminatorConfig& config, const Dimensions& data) {
  return parameter_count(*build_discriminator(config, data, kInit, kF32));
}

TEST(Networks, MlpCountsAreThePublishedOnes) {
  EXPECT_EQ(count(MlpGenerator{}, kPoints), 17154);
  EXPECT_EQ(count(MlpDiscriminator{}, kPoints), 17025);
  EXPECT_EQ(count(MlpGenerator{.latent = 100, .widths = {256, 512, 1024}}, kDigits), 1486352);
  EXPECT_EQ(count(MlpDiscriminator{.widths = {1024, 512, 256}}, kDigits), 1460225);
}

TEST(Networks, SizesHaveAnUpperBound) {
  const auto refusal = [](auto config, const std::string& text) {
    try {
      config::load(config, std::vector<config::Source>{{.text = text, .name = "my.toml"}});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      return error.message();
    }
    return std::string();
  };
  const std::string wide = "expected a whole number in [1, 65536]";
  EXPECT_EQ(refusal(MlpGenerator{}, "latent = 1000000000"),
            "my.toml:1:10: latent: got 1000000000, " + wide);
  EXPECT_EQ(refusal(MlpGenerator{}, "width = 65537"), "my.toml:1:9: width: got 65537, " + wide);
  EXPECT_EQ(refusal(MlpDiscriminator{}, "widths = [65537]"),
            "my.toml:1:11: widths: got 65537, " + wide);
  EXPECT_EQ(refusal(MlpDiscriminator{}, "depth = 65"),
            "my.toml:1:9: depth: got 65, expected a whole number in [1, 64]");
  EXPECT_EQ(refusal(DcganGenerator{}, "width = 4097"),
            "my.toml:1:9: width: got 4097, expected a whole number in [1, 4096]");
  EXPECT_EQ(refusal(DcganDiscriminator{}, "width = 0"),
            "my.toml:1:9: width: got 0, expected a whole number in [1, 4096]");
  EXPECT_EQ(refusal(MlpGenerator{}, "width = 65536\ndepth = 64"), "");
}

TEST(Networks, DcganCountsAreThePublishedOnes) {
  EXPECT_EQ(count(DcganGenerator{}, kDigits), 837504);
  EXPECT_EQ(count(DcganDiscriminator{}, kDigits), 659456);
  EXPECT_EQ(count(DcganGenerator{}, colour(32)), 1068928);
  EXPECT_EQ(count(DcganDiscriminator{}, colour(32)), 663296);
  EXPECT_EQ(count(DcganGenerator{}, colour(64)), 3576704);
  EXPECT_EQ(count(DcganDiscriminator{}, colour(64)), 2765568);
  EXPECT_EQ(count(DcganGenerator{}, colour(128)), 12786560);
  EXPECT_EQ(count(DcganDiscriminator{}, colour(128)), 11164416);
}

TEST(Networks, ConditionalDcganCountsAreThePublishedOnes) {
  EXPECT_EQ(count(DcganGenerator{.condition = GeneratorCondition::kConcat}, colour(32)), 1109888);
  EXPECT_EQ(count(DcganDiscriminator{.condition = DiscriminatorCondition::kConcat}, colour(32)),
            673536);
  // Projection adds one row of the last hidden width a class.
  EXPECT_EQ(count(DcganDiscriminator{.condition = DiscriminatorCondition::kProjection}, colour(32)),
            663296 + 10 * 256);
}

TEST(Networks, DcganWithoutBatchNormHasABiasInEveryConvolution) {
  const std::int64_t outputs = 64 + 128 + 256 + 1, scales = 2 * (128 + 256);
  for (const Norm norm : {Norm::kNone, Norm::kSpectral}) {
    EXPECT_EQ(count(DcganDiscriminator{.norm = norm}, colour(32)), 663296 - scales + outputs);
  }
  EXPECT_EQ(count(DcganDiscriminator{.bias = true}, colour(32)), 663296 + 64 + 1);
  EXPECT_EQ(count(DcganGenerator{.bias = true}, colour(32)), 1068928 + 3);
}

TEST(Networks, NamesArePositionsInTheLayerList) {
  auto g = build_generator(DcganGenerator{.latent = 8, .width = 4, .bias = true}, colour(32), kInit,
                           kF32);
  auto d = build_discriminator(
      DcganDiscriminator{
          .width = 4, .bias = true, .condition = DiscriminatorCondition::kProjection},
      colour(32), kInit, kF32);
  std::set<std::string> generator, discriminator;
  for (const auto& [name, t] : tensors(*g)) generator.insert(name);
  for (const auto& [name, t] : tensors(*d)) discriminator.insert(name);
  EXPECT_EQ(generator,
            (std::set<std::string>{
                "0.weight", "1.bias", "1.running_mean", "1.running_var", "1.weight", "3.weight",
                "4.bias", "4.running_mean", "4.running_var", "4.weight", "6.weight", "7.bias",
                "7.running_mean", "7.running_var", "7.weight", "9.bias", "9.weight"}));
  EXPECT_EQ(discriminator, (std::set<std::string>{
                               "0.bias", "0.weight", "2.weight", "3.bias", "3.running_mean",
                               "3.running_var", "3.weight", "5.weight", "6.bias", "6.running_mean",
                               "6.running_var", "6.weight", "8.bias", "8.weight", "embed.weight"}));
}

TEST(Networks, DcganWeightsAreDrawnAsPublished) {
  auto g = build_generator(DcganGenerator{}, colour(32), kInit, kF64);
  auto all = tensors(*g);
  // 5 standard errors of the estimates.
  const at::Tensor w = all.at("0.weight"), scale = all.at("1.weight");
  const double n = static_cast<double>(w.numel()), m = static_cast<double>(scale.numel());
  EXPECT_NEAR(w.mean().item<double>(), 0, 5 * .02 / std::sqrt(n));
  EXPECT_NEAR(w.std().item<double>(), .02, 5 * .02 / std::sqrt(2 * n));
  EXPECT_NEAR(scale.mean().item<double>(), 1, 5 * .02 / std::sqrt(m));
  EXPECT_NEAR(scale.std().item<double>(), .02, 5 * .02 / std::sqrt(2 * m));
  EXPECT_EQ(all.at("1.bias").abs().max().item<double>(), 0);
  EXPECT_EQ(all.at("1.running_var").min().item<double>(), 1);
}

TEST(Networks, MlpWeightsAreUniformWithinOneOverRootOfTheInputs) {
  auto d = build_discriminator(MlpDiscriminator{}, kPoints, kInit, kF64);
  auto all = tensors(*d);
  const double bound = 1 / std::sqrt(128.);
  for (const char* name : {"2.weight", "2.bias"}) {
    EXPECT_LE(all.at(name).abs().max().item<double>(), bound) << name;
    EXPECT_GT(all.at(name).abs().max().item<double>(), .95 * bound) << name;
  }
  const double n = 128 * 128;
  EXPECT_NEAR(all.at("2.weight").std().item<double>(), bound / std::sqrt(3.), 5 * bound / n * 128);
}

TEST(Networks, SameKeyMakesTheSameNetworkAndAnotherKeyAnother) {
  const auto once = tensors(*build_generator(DcganGenerator{.width = 4}, kDigits, kInit, kF32));
  const auto again = tensors(*build_generator(DcganGenerator{.width = 4}, kDigits, kInit, kF32));
  const auto other = tensors(
      *build_generator(DcganGenerator{.width = 4}, kDigits, Streams(8).at("init", 0), kF32));
  for (const auto& [name, t] : once) EXPECT_TRUE(at::equal(t, again.at(name))) << name;
  EXPECT_FALSE(at::equal(once.at("0.weight"), other.at("0.weight")));
  EXPECT_FALSE(at::equal(once.at("3.weight").flatten().narrow(0, 0, 9),
                         once.at("6.weight").flatten().narrow(0, 0, 9)));
}

// Every row makes what its dimensions say, in both dtypes, with and without labels.
class GeneratorRow : public ::testing::TestWithParam<GeneratorConfig> {};
class DiscriminatorRow : public ::testing::TestWithParam<DiscriminatorConfig> {};

TEST_P(GeneratorRow, MakesImagesInRangeWithAndWithoutLabels) {
  for (const bool conditional : {false, true}) {
    GeneratorConfig config = GetParam();
    std::visit(
        [&](auto& row) {
          row.width = 8;
          row.condition = conditional ? GeneratorCondition::kConcat : GeneratorCondition::kNone;
        },
        config);
    auto g = build_generator(config, kDigits, kInit, kF32);
    const at::Tensor z = random_normal(kInit, {5, g->latent_size()}, kF32);
    const at::Tensor x = g->forward(z, condition(5), {});
    EXPECT_EQ(x.sizes(), (at::IntArrayRef{5, 1, 28, 28}));
    EXPECT_LE(x.abs().max().item<float>(), 1);
    Condition other = condition(5);
    other.labels = other.labels.add(3);
    EXPECT_EQ(at::equal(x, g->forward(z, other, {})), !conditional);
  }
}

TEST_P(DiscriminatorRow, ScoresImagesUnderEveryNormAndCondition) {
  for (const auto cond : {DiscriminatorCondition::kNone, DiscriminatorCondition::kConcat,
                          DiscriminatorCondition::kProjection}) {
    for (const Norm norm : {Norm::kNone, Norm::kBatch, Norm::kSpectral}) {
      DiscriminatorConfig config = GetParam();
      std::visit(
          [&](auto& row) {
            row.width = 8;
            row.condition = cond;
            row.norm = norm;
          },
          config);
      auto d = build_discriminator(config, kDigits, kInit, kF32);
      const at::Tensor x = random_uniform(kInit, {5, 1, 28, 28}, kF32);
      const at::Tensor logits = d->forward(x, condition(5), {}).logits;
      EXPECT_EQ(logits.sizes(), (at::IntArrayRef{5}));
      Condition other = condition(5);
      other.labels = other.labels.add(3);
      EXPECT_EQ(at::equal(logits, d->forward(x, other, {}).logits),
                cond == DiscriminatorCondition::kNone);
      EXPECT_EQ(d->piecewise_linear_chain() != nullptr,
                norm == Norm::kNone && cond != DiscriminatorCondition::kProjection);
    }
  }
}

TEST_P(DiscriminatorRow, ConcatenationKeepsXInTheLeadingChannels) {
  DiscriminatorConfig config = GetParam();
  std::visit([&](auto& row) { row.condition = DiscriminatorCondition::kConcat; }, config);
  auto d = build_discriminator(config, kDigits, kInit, kF32);
  const at::Tensor x = random_uniform(kInit, {3, 1, 28, 28}, kF32);
  const at::Tensor input = d->chain_input(x, condition(3));
  const std::int64_t leading = input.dim() == 4 ? 1 : 784;
  EXPECT_EQ(input.size(1), leading + 10);
  EXPECT_TRUE(at::equal(input.narrow(1, 0, leading).flatten(1), x.flatten(1)));
  // Sample 2 has label 2: its plane is 1 everywhere, the others 0.
  const at::Tensor planes = input.narrow(1, leading, 10).reshape({3, 10, -1})[2];
  EXPECT_TRUE(at::equal(planes.eq(1).all(1), at::arange(10).eq(2)));
  EXPECT_EQ(planes.sum().item<float>(), static_cast<float>(planes[0].numel()));
}

TEST_P(GeneratorRow, ProbesLeaveEveryByteOfStateUnchanged) {
  auto g = build_generator(GetParam(), kDigits, kInit, kF32);
  const auto before = tensors(*g);
  Ledger dropped;
  const at::Tensor z = random_normal(kInit, {4, g->latent_size()}, kF32);
  for (int i = 0; i < 10; ++i) {
    g->forward(z, condition(4), {});
    g->forward(z, condition(4), {.ledger = &dropped});
    g->forward(z, condition(4), {.training = false, .ledger = &dropped});
  }
  for (const auto& [name, t] : tensors(*g)) EXPECT_TRUE(at::equal(t, before.at(name))) << name;
}

TEST_P(DiscriminatorRow, ProbesLeaveEveryByteOfStateUnchangedAndCommitChangesIt) {
  for (const Norm norm : {Norm::kBatch, Norm::kSpectral}) {
    DiscriminatorConfig config = GetParam();
    std::visit([&](auto& row) { row.norm = norm; }, config);
    auto d = build_discriminator(config, kDigits, kInit, kF32);
    const auto before = tensors(*d);
    Ledger ledger;
    const at::Tensor x = random_uniform(kInit, {4, 1, 28, 28}, kF32);
    for (int i = 0; i < 10; ++i) {
      d->forward(x, condition(4), {});
      d->forward(x, condition(4), {.ledger = &ledger});
    }
    for (const auto& [name, t] : tensors(*d)) EXPECT_TRUE(at::equal(t, before.at(name))) << name;
    ledger.apply();
    int changed = 0;
    for (const auto& [name, t] : tensors(*d)) changed += !at::equal(t, before.at(name));
    EXPECT_GT(changed, 0);
  }
}

TEST_P(GeneratorRow, AFloat64TwinWithCopiedTensorsGivesTheSamePictures) {
  auto g = build_generator(GetParam(), kDigits, kInit, kF32);
  auto twin = build_generator(GetParam(), kDigits, Streams(9).at("init", 0), kF64);
  const auto source = tensors(*g);
  const TensorVisitor copy = [&](const std::string& name, at::Tensor& t) {
    t.detach().copy_(source.at(name));
  };
  twin->parameters(copy);
  twin->buffers(copy);
  const at::Tensor z = random_normal(kInit, {4, g->latent_size()}, kF32);
  const at::Tensor a = g->forward(z, {}, {}), b = twin->forward(z.to(at::kDouble), {}, {});
  EXPECT_EQ(b.scalar_type(), at::kDouble);
  EXPECT_LT(a.sub(b).abs().max().item<double>(), 1e-4);  // float32 through batch norms
}

TEST_P(GeneratorRow, ChannelsLastGivesTheSamePicturesInThatLayout) {
  auto plain = build_generator(GetParam(), colour(32), kInit, kF32);
  auto last = build_generator(GetParam(), colour(32), kInit, kF32, /*channels_last=*/true);
  const at::Tensor z = random_normal(kInit, {4, plain->latent_size()}, kF32);
  const at::Tensor a = plain->forward(z, {}, {}), b = last->forward(z, {}, {});
  EXPECT_LT(a.sub(b).abs().max().item<double>(), 1e-4);  // another order of float32 sums
  if (std::holds_alternative<DcganGenerator>(GetParam())) {
    EXPECT_TRUE(b.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST_P(DiscriminatorRow, ChannelsLastGivesTheSameLogits) {
  auto plain = build_discriminator(GetParam(), colour(32), kInit, kF32);
  auto last = build_discriminator(GetParam(), colour(32), kInit, kF32, /*channels_last=*/true);
  const at::Tensor x = random_uniform(kInit, {4, 3, 32, 32}, kF32);
  const at::Tensor a = plain->forward(x, {}, {}).logits, b = last->forward(x, {}, {}).logits;
  EXPECT_LT(a.sub(b).abs().max().item<double>(), 1e-4);
}

const auto row_name = [](const auto& info) {
  return std::visit([](const auto& row) { return std::string(row.kName); }, info.param);
};
INSTANTIATE_TEST_SUITE_P(Rows, GeneratorRow, ::testing::ValuesIn(rows<GeneratorConfig>()),
                         row_name);
INSTANTIATE_TEST_SUITE_P(Rows, DiscriminatorRow, ::testing::ValuesIn(rows<DiscriminatorConfig>()),
                         row_name);

TEST(Networks, MlpMakesPointsWithoutABound) {
  auto g = build_generator(MlpGenerator{}, kPoints, kInit, kF32);
  const at::Tensor x = g->forward(random_normal(kInit, {6, 2}, kF32).mul(1e3), {}, {});
  EXPECT_EQ(x.sizes(), (at::IntArrayRef{6, 2}));
  EXPECT_GT(x.abs().max().item<float>(), 1);
  auto bounded = build_generator(MlpGenerator{.output = Output::kTanh}, kPoints, kInit, kF32);
  EXPECT_LE(bounded->forward(random_normal(kInit, {6, 2}, kF32).mul(1e3), {}, {})
                .abs()
                .max()
                .item<float>(),
            1);
}

TEST(Networks, OnlyGeneratorsWithoutTanhAndBatchNormArePiecewiseLinear) {
  const auto chain_of = [](const GeneratorConfig& config, const Dimensions& data) {
    auto g = build_generator(config, data, kInit, kF32);
    Chain* chain = g->piecewise_linear_chain();
    if (chain == nullptr) return false;
    const at::Tensor z = random_normal(kInit, {4, g->latent_size()}, kF32);
    const at::Tensor x = g->forward(z, condition(4), {});
    EXPECT_TRUE(at::equal(chain->forward(g->chain_input(z, condition(4)), {}), x));
    return true;
  };
  EXPECT_TRUE(chain_of(MlpGenerator{}, kPoints));
  EXPECT_TRUE(chain_of(
      MlpGenerator{.output = Output::kLinear, .condition = GeneratorCondition::kConcat}, kDigits));
  EXPECT_FALSE(chain_of(MlpGenerator{}, kDigits));
  EXPECT_FALSE(chain_of(DcganGenerator{.width = 4}, kDigits));
}

TEST(Networks, ProjectionAddsTheProductOfEmbeddingAndHiddenLayer) {
  auto d = build_discriminator(
      DcganDiscriminator{
          .width = 4, .norm = Norm::kNone, .condition = DiscriminatorCondition::kProjection},
      colour(32), kInit, kF64);
  const at::Tensor x = random_uniform(kInit, {5, 3, 32, 32}, kF64);
  const Scores scores = d->forward(x, condition(5), {});
  EXPECT_EQ(scores.features.sizes(), (at::IntArrayRef{5, 16}));
  at::Tensor embedding;
  d->parameters([&](const std::string& name, at::Tensor& t) {
    if (name == "embed.weight") embedding = t.detach().clone(), t.detach().zero_();
  });
  const at::Tensor without = d->forward(x, condition(5), {}).logits;
  const at::Tensor product = embedding.index_select(0, labels(5)).mul(scores.features).sum(1);
  EXPECT_TRUE(at::allclose(scores.logits, without.add(product), 0, 1e-12));
}

std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(NetworksErrors, SayWhatDoesNotFit) {
  EXPECT_EQ(message([] { build_generator(DcganGenerator{}, kPoints, kInit, kF32); }),
            "[generator] dcgan makes images: got points of dimension 2; try name = \"mlp\"");
  EXPECT_EQ(message([] { build_discriminator(DcganDiscriminator{}, colour(48), kInit, kF32); }),
            "[discriminator] dcgan knows images of 28 pixels and of powers of two from 8: got 48; "
            "try a padding or resizing transform");
  EXPECT_EQ(message([] {
              build_generator(MlpGenerator{.condition = GeneratorCondition::kConcat}, kPoints,
                              kInit, kF32);
            }),
            "[generator] condition: the data has no labels to condition on; try condition = "
            "\"none\"");
}

TEST(NetworksErrors, SayWhichInputIsMissingOrOfAnotherShape) {
  auto g =
      build_generator(MlpGenerator{.condition = GeneratorCondition::kConcat}, kDigits, kInit, kF32);
  const at::Tensor z = at::zeros({3, 2});
  EXPECT_EQ(message([&] { g->forward(z, {}, {}); }),
            "[generator] its condition asks for labels: got none");
  EXPECT_EQ(message([&] { g->forward(z, condition(4), {}); }),
            "[generator] one label a sample: got labels [4] for 3 samples");
  EXPECT_EQ(message([&] {
              g->forward(at::zeros({3, 5}), condition(3), {});
            }),
            "[generator] latents: got [3,5], expected [N,2]");
  auto d = build_discriminator(DcganDiscriminator{.width = 4}, colour(32), kInit, kF32);
  EXPECT_EQ(message([&] {
              d->forward(at::zeros({2, 3, 64, 64}), {}, {});
            }),
            "[discriminator] one logit a sample: got 50 for input [2,3,64,64]; was it built for "
            "another resolution?");
}

}  // namespace
}  // namespace saddle::nn
