#include "saddle/nn/tangent.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "saddle/base/error.h"
#include "saddle/nn/build.h"
#include "saddle/nn/layers.h"
#include "saddle/tensor/autograd.h"
#include "saddle/tensor/precision.h"

namespace saddle::nn {
namespace {

const at::TensorOptions kTangentF64 = at::TensorOptions().dtype(at::kDouble);
const RandomKey kKey = Streams(11).at("eval", 0);
constexpr std::int64_t kBatch = 6;
constexpr double kExactness = 1e-10;  // float64, largest difference over the largest value

struct Subject {
  std::string label;
  DiscriminatorConfig config;
  Dimensions data;
  bool channels_last = false;
};

std::vector<Subject> subjects() {
  const MlpDiscriminator mlp{.width = 24};
  const DcganDiscriminator dcgan{.width = 4, .norm = Norm::kNone};
  const Dimensions points{.channels = 2, .classes = 3};
  const Dimensions digits{.channels = 1, .resolution = 28, .classes = 3};
  const Dimensions colour{.channels = 3, .resolution = 32, .classes = 3};
  std::vector<Subject> all{{"mlp_points", mlp, points},
                           {"mlp_images", mlp, digits},
                           {"dcgan_28", dcgan, digits},
                           {"dcgan_32", dcgan, colour},
                           {"dcgan_32_channels_last", dcgan, colour, true}};
  const std::size_t plain = all.size();
  for (std::size_t i = 0; i < plain; ++i) {
    Subject s = all[i];
    s.label += "_concat";
    std::visit([](auto& row) { row.condition = DiscriminatorCondition::kConcat; }, s.config);
    all.push_back(s);
  }
  return all;
}

double relative_difference(const at::Tensor& got, const at::Tensor& want) {
  return got.sub(want).abs().max().div(want.abs().max().clamp_min(1e-30)).item<double>();
}

class TangentPassOf : public ::testing::TestWithParam<Subject> {
 protected:
  void SetUp() override { make(kTangentF64); }

  void make(const at::TensorOptions& options) {
    const Subject& s = GetParam();
    network = build_discriminator(s.config, s.data, kKey, options, s.channels_last);
    parameters.clear();
    // DCGAN's small initial weights leave gradients of 1e-8; these are of order 1.
    network->parameters([&](const std::string&, at::Tensor& t) {
      const NoGrad no_grad;
      t.copy_(random_normal(kKey.fork(parameters.size()), t.sizes(), options)
                  .mul(t.dim() > 1 ? .7 / std::sqrt(static_cast<double>(t[0].numel())) : .1));
      parameters.push_back(t);
    });
    const std::int64_t r = s.data.resolution;
    x = r > 0 ? random_normal(kKey.fork("x"), {kBatch, s.data.channels, r, r}, options)
              : random_normal(kKey.fork("x"), {kBatch, s.data.channels}, options);
    if (s.channels_last) x = channels_last(x);
    condition.labels = at::arange(kBatch, at::kLong).remainder(3);
    scale = random_normal(kKey.fork("scale"), {kBatch}, options);
  }

  at::Tensor logits(const at::Tensor& sample) {
    return network->forward(sample, condition, {}).logits;
  }
  // Channels of the chain's input that are the sample.
  std::int64_t leading() const {
    const bool flat = std::holds_alternative<MlpDiscriminator>(GetParam().config);
    return flat ? x[0].numel() : x.size(1);
  }
  TangentPass pass() {
    return TangentPass(*network->piecewise_linear_chain(), network->chain_input(x, condition));
  }
  void expect_equal(const std::vector<at::Tensor>& got, const std::vector<at::Tensor>& want,
                    double tolerance) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].sizes(), parameters[i].sizes());
      EXPECT_EQ(got[i].strides(), parameters[i].strides());
      const at::Tensor expected = want[i].defined() ? want[i] : at::zeros_like(parameters[i]);
      EXPECT_LT(relative_difference(got[i], expected), tolerance) << "parameter " << i;
    }
  }

  std::unique_ptr<Discriminator> network;
  std::vector<at::Tensor> parameters;
  at::Tensor x, scale;
  Condition condition;
};

TEST_P(TangentPassOf, LogitsAreThoseOfTheNetwork) {
  EXPECT_LT(relative_difference(pass().logits(), logits(x).detach()), kExactness);
}

TEST_P(TangentPassOf, InputGradientEqualsAutograd) {
  const at::Tensor point = x.clone().requires_grad_();
  const at::Tensor want = gradients(logits(point).sum(), {point})[0];
  TangentPass tangent = pass();
  const at::Tensor got = tangent.input_gradient(leading());
  EXPECT_EQ(got.size(1), leading());
  EXPECT_LT(relative_difference(got.reshape(x.sizes()), want), kExactness);
}

TEST_P(TangentPassOf, ScaledInputGradientEqualsAutogradBeforeAndAfterInputGradient) {
  const at::Tensor point = x.clone().requires_grad_();
  const at::Tensor want = gradients(logits(point), scale, {point})[0];
  TangentPass tangent = pass();
  const at::Tensor fresh = tangent.scaled_input_gradient(scale, leading());
  EXPECT_LT(relative_difference(fresh.reshape(x.sizes()), want), kExactness);
  const at::Tensor all = tangent.scaled_input_gradient(scale);
  EXPECT_LT(relative_difference(all.narrow(1, 0, leading()).reshape(x.sizes()), want), kExactness);
  tangent.input_gradient(leading());
  const at::Tensor reused = tangent.scaled_input_gradient(scale, leading());
  EXPECT_LT(relative_difference(reused.reshape(x.sizes()), want), kExactness);
}

TEST_P(TangentPassOf, LossGradientsEqualAutogradWithAndWithoutSignals) {
  const auto want = gradients(logits(x), scale, parameters, false, true);
  TangentPass tangent = pass();
  expect_equal(tangent.weight_gradients(scale, {}), want, kExactness);
  tangent.input_gradient(leading());
  expect_equal(tangent.weight_gradients(scale, {}), want, kExactness);
}

TEST_P(TangentPassOf, LossAndSquaredGradientEqualDoubleBackward) {
  const at::Tensor point = x.clone().requires_grad_();
  const at::Tensor out = logits(point);
  const at::Tensor g = gradients(out.sum(), {point}, /*create_graph=*/true)[0];
  const at::Tensor total = g.square().sum().mul(.5 * .3 / kBatch).add(out.mul(scale).sum());
  const auto want = gradients(total, parameters, false, true);
  TangentPass tangent = pass();
  const at::Tensor v = tangent.input_gradient(leading()).mul(.3 / kBatch);
  expect_equal(tangent.weight_gradients(scale, v), want, kExactness);
}

TEST_P(TangentPassOf, LossAndUnitSlopeEqualDoubleBackward) {
  const at::Tensor point = x.clone().requires_grad_();
  const at::Tensor out = logits(point);
  const at::Tensor g = gradients(out.sum(), {point}, /*create_graph=*/true)[0];
  const at::Tensor norm = g.flatten(1).norm(2, 1);
  const at::Tensor total = norm.sub(1).square().mean().mul(10).add(out.mul(scale).sum());
  const auto want = gradients(total, parameters, false, true);
  TangentPass tangent = pass();
  const at::Tensor got = tangent.input_gradient(leading());
  const at::Tensor length = got.flatten(1).norm(2, 1);
  std::vector<std::int64_t> column(static_cast<std::size_t>(got.dim()), 1);
  column[0] = -1;
  const at::Tensor factor = length.sub(1).div(length).mul(20. / kBatch).view(column);
  expect_equal(tangent.weight_gradients(scale, got.mul(factor)), want, kExactness);
}

TEST_P(TangentPassOf, LowPrecisionStaysNearFloat32) {
  make(at::TensorOptions().dtype(at::kFloat));
  TangentPass exact = pass();
  const at::Tensor v = exact.input_gradient(leading()).mul(.1);
  const auto want = exact.weight_gradients(scale, v);
  const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
  TangentPass low = pass();
  EXPECT_EQ(low.logits().scalar_type(), at::kBFloat16);
  const auto got = low.weight_gradients(scale, low.input_gradient(leading()).mul(.1));
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].scalar_type(), at::kFloat);
    EXPECT_GT(at::cosine_similarity(got[i].flatten(), want[i].flatten(), 0).item<float>(), .99f);
  }
  // A conversion without a graph must not serve the pass that wants one.
  for (const at::Tensor& g : gradients(logits(x).sum(), parameters, false, true)) {
    EXPECT_TRUE(g.defined());
  }
}

INSTANTIATE_TEST_SUITE_P(Chains, TangentPassOf, ::testing::ValuesIn(subjects()),
                         [](const auto& info) { return info.param.label; });

TEST(TangentPass, ServesReluAndTransposedConvolutions) {
  const Making making{kKey, kTangentF64};
  Chain chain = ChainBuilder(making)
                    .conv_transposed(2, 3, 3, 2, 1, true)
                    .add(Relu{})
                    .conv(3, 2, 3, 2, 0, true)
                    .add(LeakyRelu{.1})
                    .add(Flatten{})
                    .linear(2 * 3 * 3, 1)
                    .take();
  std::vector<at::Tensor> parameters;
  chain.parameters("", [&](const std::string&, at::Tensor& t) {
    const NoGrad no_grad;
    t.copy_(random_normal(kKey.fork(parameters.size()), t.sizes(), kTangentF64).mul(.4));
    parameters.push_back(t);
  });
  const at::Tensor x = random_normal(kKey.fork("x"), {3, 2, 4, 4}, kTangentF64).requires_grad_();
  const at::Tensor scale = random_normal(kKey.fork("scale"), {3}, kTangentF64);
  const at::Tensor out = chain.forward(x, {}).flatten();
  const at::Tensor g = gradients(out.sum(), {x}, true)[0];
  const auto want =
      gradients(g.square().sum().mul(.5).add(out.mul(scale).sum()), parameters, false, true);
  TangentPass tangent(chain, x);
  const auto got = tangent.weight_gradients(scale, tangent.input_gradient(2));
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_LT(relative_difference(got[i], want[i]), kExactness) << i;
  }
}

TEST(TangentPass, BackpropagatesAGeneratorWithSeveralOutputs) {
  const Making making{kKey, kTangentF64};
  Chain chain = ChainBuilder(making).linear(2, 8).add(LeakyRelu{}).linear(8, 3).take();
  std::vector<at::Tensor> parameters;
  chain.parameters("", [&](const std::string&, at::Tensor& t) { parameters.push_back(t); });
  const at::Tensor z = random_normal(kKey, {5, 2}, kTangentF64);
  const at::Tensor direction = random_normal(kKey.fork("d"), {5, 3}, kTangentF64);
  TangentPass tangent(chain, z);
  EXPECT_TRUE(at::allclose(tangent.logits(), chain.forward(z, {}), 0, 1e-12));
  const auto want = gradients(chain.forward(z, {}), direction, parameters);
  const auto got = tangent.weight_gradients(direction, {});
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_LT(relative_difference(got[i], want[i]), kExactness) << i;
  }
}

TEST(TangentPass, GoesThroughAHiddenLayerOfOneUnit) {
  const Making making{kKey, kTangentF64};
  for (const std::int64_t outputs : {1, 4}) {
    Chain chain = ChainBuilder(making).linear(3, 1).add(LeakyRelu{}).linear(1, outputs).take();
    std::vector<at::Tensor> parameters;
    chain.parameters("", [&](const std::string&, at::Tensor& t) { parameters.push_back(t); });
    const at::Tensor z = random_normal(kKey, {5, 3}, kTangentF64);
    const at::Tensor direction = random_normal(kKey.fork("d"), {5, outputs}, kTangentF64);
    for (auto& p : parameters) p.set_requires_grad(true);
    const auto want = gradients(chain.forward(z, {}), direction, parameters);
    TangentPass tangent(chain, z);
    const auto got = tangent.weight_gradients(outputs == 1 ? direction.flatten() : direction, {});
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_LT(relative_difference(got[i], want[i]), kExactness) << outputs << " " << i;
    }
    const at::Tensor point = z.clone().requires_grad_();
    const auto slope = gradients(chain.forward(point, {}), direction, {point})[0];
    EXPECT_LT(relative_difference(tangent.scaled_input_gradient(direction), slope), kExactness);
  }
}

TEST(TangentPass, WhatCancelsBetweenPartsOfTheBatchIsExactlyZero) {
  // Wasserstein: dL/dlogit is -1/n for reals and 1/n for fakes, so the last bias has no gradient.
  constexpr std::int64_t kHalf = 50;
  const Making making{kKey, at::TensorOptions().dtype(at::kFloat)};
  const Chain chain = ChainBuilder(making).linear(2, 8).add(LeakyRelu{}).linear(8, 1).take();
  const at::Tensor x = random_normal(kKey, {2 * kHalf, 2}, making.options);
  const at::Tensor half = at::full({kHalf}, 1. / kHalf, making.options);
  const at::Tensor scale = at::cat({half.neg(), half});
  for (const bool penalised : {false, true}) {
    TangentPass tangent(chain, x);
    const at::Tensor v = penalised ? tangent.input_gradient(2) : at::Tensor();
    const auto together = tangent.weight_gradients(scale, v, 1);
    const auto apart = tangent.weight_gradients(scale, v, 2);
    EXPECT_EQ(apart[3].item<float>(), 0);
    for (std::size_t i = 0; i < apart.size(); ++i) {
      EXPECT_TRUE(at::allclose(apart[i], together[i], 0, 1e-5)) << i;  // float32 sums
    }
  }
}

TEST(TangentPass, InputGradientsFollowTheChannelsAskedFor) {
  const Making making{kKey, kTangentF64};
  const Chain chain = ChainBuilder(making).linear(3, 8).add(LeakyRelu{}).linear(8, 1).take();
  const at::Tensor x = random_normal(kKey, {4, 3}, kTangentF64);
  const at::Tensor scale = random_normal(kKey.fork("scale"), {4}, kTangentF64);
  TangentPass fresh(chain, x);
  const at::Tensor all = fresh.input_gradient(0).clone();
  EXPECT_EQ(all.size(1), 3);
  TangentPass tangent(chain, x);
  for (const std::int64_t channels : {1, 3, 2, 0}) {
    const std::int64_t kept = channels > 0 ? channels : 3;
    const at::Tensor want = all.narrow(1, 0, kept);
    EXPECT_TRUE(at::allclose(tangent.input_gradient(channels), want, 0, 1e-12)) << channels;
    for (const std::int64_t other : {2, 3}) {
      EXPECT_TRUE(at::allclose(tangent.scaled_input_gradient(scale, other),
                               all.narrow(1, 0, other) * scale.unsqueeze(1), 0, 1e-12))
          << channels << " then " << other;
    }
  }
}

TEST(TangentPass, DoesNotWriteIntoItsInputs) {
  const Making making{kKey, kTangentF64};
  const Chain chain = ChainBuilder(making).add(LeakyRelu{}).linear(3, 1).take();
  const at::Tensor x = random_normal(kKey, {4, 3}, kTangentF64), copy = x.clone();
  TangentPass tangent(chain, x);
  const at::Tensor v = tangent.input_gradient(3).clone(), kept = v.clone();
  tangent.weight_gradients(at::ones({4}, kTangentF64), v);
  EXPECT_TRUE(at::equal(x, copy));
  EXPECT_TRUE(at::equal(v, kept));
}

TEST(TangentPass, RefusesAChainThatIsNotPiecewiseLinear) {
  const Making making{kKey, kTangentF64};
  const Chain chain = ChainBuilder(making).linear(2, 4).batch_norm(4).linear(4, 1).take();
  try {
    const TangentPass tangent(chain, at::zeros({3, 2}, kTangentF64));
    FAIL() << "a batch norm was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_EQ(std::string(error.what()),
              "[tangent pass] the network has batch norm, spectral norm or tanh: its penalties "
              "need double backward");
  }
}

}  // namespace
}  // namespace saddle::nn
