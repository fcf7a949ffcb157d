#include "saddle/nn/chain.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/nn/latent.h"
#include "saddle/nn/layers.h"
#include "saddle/tensor/autograd.h"
#include "saddle/tensor/gradcheck.h"

namespace saddle::nn {
namespace {

const at::TensorOptions kChainF64 = at::TensorOptions().dtype(at::kDouble);

at::Tensor values(const std::vector<double>& numbers, at::IntArrayRef shape) {
  return at::tensor(numbers, kChainF64).view(shape);
}

// W = [[3,1,0],[1,2,-1]], u = (1,0): the reference case of spectral norm.
Chain reference_chain() {
  Linear layer{values({3, 1, 0, 1, 2, -1}, {2, 3}).requires_grad_(), {}};
  return Chain({layer, SpectralNorm{values({1, 0}, {2})}});
}
// sigma, seen through the output for x = e1, whose first component is 3 / sigma.
double sigma_of(Chain& chain, const Pass& pass) {
  const at::Tensor y = chain.forward(values({1, 0, 0}, {1, 3}), pass);
  return 3 / y.detach()[0][0].item<double>();
}

TEST(SpectralNorm, GoesThroughTheGoldenSigmas) {
  Chain chain = reference_chain();
  constexpr double kDigits = 6e-10;
  for (const double golden : {3.535533906, 3.653557834, 3.658382210, 3.658566824}) {
    Ledger ledger;
    EXPECT_NEAR(sigma_of(chain, {.ledger = &ledger}), golden, kDigits);
    ledger.apply();
  }
}

TEST(SpectralNorm, LargestSingularValueOfTheUsedWeightTendsToOne) {
  Chain chain = reference_chain();
  for (int i = 0; i < 100; ++i) {
    Ledger ledger;
    sigma_of(chain, {.ledger = &ledger});
    ledger.apply();
  }
  EXPECT_NEAR(sigma_of(chain, {}), 3.658574149, 6e-10);
  const at::Tensor used = chain.forward(at::eye(3, kChainF64), {}).t();
  const at::Tensor singular = std::get<1>(at::linalg_svd(used.detach(), false));
  EXPECT_NEAR(singular[0].item<double>(), 1, 1e-6);
}

TEST(SpectralNorm, EveryPassOfATurnSeesTheSameVector) {
  Chain chain = reference_chain();
  Ledger ledger;
  const double real = sigma_of(chain, {.ledger = &ledger});
  const double fake = sigma_of(chain, {.ledger = &ledger});
  EXPECT_EQ(real, fake);
  ledger.apply();
  Ledger next;
  EXPECT_NEAR(sigma_of(chain, {.ledger = &next}), 3.653557834, 6e-10);
}

TEST(SpectralNorm, EvaluationUsesTheStoredVectorAndRecordsNothing) {
  Chain chain = reference_chain();
  Ledger ledger;
  // u = (1,0): v = W^T u normalised, sigma = |W^T u| = sqrt(10).
  EXPECT_NEAR(sigma_of(chain, {.training = false, .ledger = &ledger}), std::sqrt(10.), 1e-12);
  EXPECT_TRUE(ledger.empty());
}

TEST(SpectralNorm, GradientFlowsThroughSigmaWithFixedVectors) {
  // d(W / s) with s = u'W v and u, v fixed, checked against its own formula.
  Chain chain = reference_chain();
  at::Tensor weight;
  chain.parameters("", [&](const std::string&, at::Tensor& t) { weight = t; });
  const at::Tensor x = values({.5, -1, 2, 1, 0, 1}, {2, 3});
  const at::Tensor direction = values({1, -2, .5, 1}, {2, 2});
  const at::Tensor got = gradients(chain.forward(x, {}), direction, {weight})[0];
  const at::Tensor w = weight.detach();
  at::Tensor v = w.t().mv(values({1, 0}, {2}));
  v = v.div(v.norm());
  at::Tensor u = w.mv(v);
  u = u.div(u.norm());
  const double sigma = u.dot(w.mv(v)).item<double>();
  const at::Tensor outer = direction.t().mm(x);
  const at::Tensor want =
      outer.div(sigma).sub(u.outer(v).mul(outer.mul(w).sum().item<double>() / (sigma * sigma)));
  EXPECT_TRUE(at::allclose(got, want, 0, 1e-12));
}

TEST(SpectralNorm, TransposedConvolutionIsTakenWithItsOutputAxisFirst) {
  const at::Tensor weight = at::linspace(-1, 2, 2 * 3 * 2 * 2, kChainF64).view({2, 3, 2, 2});
  at::Tensor u = at::ones({3}, kChainF64).div(std::sqrt(3.));
  Chain chain({ConvTransposed{weight.clone(), {}, 2, 0, 0}, SpectralNorm{u}});
  Chain plain({ConvTransposed{weight.clone(), {}, 2, 0, 0}});
  for (int i = 0; i < 300; ++i) {
    Ledger ledger;
    chain.forward(at::ones({1, 2, 1, 1}, kChainF64), {.ledger = &ledger});
    ledger.apply();
  }
  const at::Tensor matrix = weight.transpose(0, 1).reshape({3, 8});
  const double largest = std::get<1>(at::linalg_svd(matrix, false))[0].item<double>();
  const at::Tensor x = at::linspace(0, 1, 8, kChainF64).view({1, 2, 2, 2});
  EXPECT_TRUE(at::allclose(chain.forward(x, {}).mul(largest), plain.forward(x, {}), 0, 1e-9));
}

TEST(ChainNorm, BatchNormRecordsRunningStatisticsInCallOrder) {
  const Making making{Streams(1).at("init", 0), kChainF64};
  ChainBuilder builder(making);
  Chain chain = builder.batch_norm(2).take();
  const at::Tensor a = values({1, 2, 3, 4, 5, 9}, {3, 2}), b = values({0, 1, 2, 1, 4, 1}, {3, 2});
  Ledger ledger;
  const at::Tensor y = chain.forward(a, {.ledger = &ledger});
  chain.forward(b, {.ledger = &ledger});
  std::vector<at::Tensor> running;
  chain.buffers("", [&](const std::string&, at::Tensor& t) { running.push_back(t); });
  EXPECT_TRUE(at::equal(running[0], at::zeros({2}, kChainF64)));
  ledger.apply();
  // mean: .9 (.1 m_a) + .1 m_b; variance unbiased: a: 4 and 13, b: 4 and 0.
  EXPECT_TRUE(at::allclose(running[0], values({.9 * .3 + .2, .9 * .5 + .1}, {2}), 0, 1e-12));
  EXPECT_TRUE(
      at::allclose(running[1], values({.9 * (.9 + .4) + .4, .9 * (.9 + 1.3)}, {2}), 0, 1e-12));
  const auto& norm = std::get<BatchNorm>(chain.layers()[0]);
  const at::Tensor centred = a.sub(a.mean(0, true));
  const at::Tensor want = centred.div(centred.square().mean(0, true).add(1e-5).sqrt());
  EXPECT_TRUE(at::allclose(y, want.mul(norm.weight).add(norm.bias), 0, 1e-12));
}

TEST(ChainNorm, EvaluationUsesRunningStatistics) {
  const Making making{Streams(1).at("init", 0), kChainF64};
  ChainBuilder builder(making);
  Chain chain = builder.batch_norm(2).take();
  const auto& norm = std::get<BatchNorm>(chain.layers()[0]);
  const at::Tensor x = values({1, 2}, {1, 2});
  const at::Tensor y = chain.forward(x, {.training = false});
  EXPECT_TRUE(at::allclose(y, x.div(std::sqrt(1 + 1e-5)).mul(norm.weight), 0, 1e-12));
}

TEST(Chain, EveryLayerPassesGradcheckAndDoubleGradcheck) {
  constexpr double kNumeric = 1e-6;
  const Making making{Streams(3).at("init", 0), kChainF64};
  const auto chains = [&] {
    std::vector<std::pair<std::string, Chain>> all;
    all.emplace_back("conv",
                     ChainBuilder(making).conv(2, 3, 3, 2, 1, true).add(LeakyRelu{}).take());
    all.emplace_back("transposed",
                     ChainBuilder(making).conv_transposed(2, 3, 4, 2, 1, true).add(Tanh{}).take());
    all.emplace_back("batch norm", ChainBuilder(making).batch_norm(2).add(Tanh{}).take());
    all.emplace_back("linear", ChainBuilder(making)
                                   .add(Flatten{})
                                   .linear(32, 6)
                                   .add(Relu{})
                                   .add(Unflatten{6, 1, 1})
                                   .take());
    return all;
  }();
  const at::Tensor x = random_normal(Streams(3).at("eval", 0), {2, 2, 4, 4}, kChainF64);
  for (const auto& [name, chain] : chains) {
    const TensorFunction f = [chain = chain](const std::vector<at::Tensor>& inputs) mutable {
      return chain.forward(inputs[0], {});
    };
    EXPECT_LT(gradcheck(f, {x}).worst_error, kNumeric) << name;
    EXPECT_LT(double_gradcheck(f, {x}).worst_error, kNumeric) << name;
  }
}

TEST(Latent, SlerpMovesTheAngleEvenlyAndKeepsTheEnds) {
  const at::Tensor a = values({1, 0}, {1, 2}), b = values({0, 2}, {1, 2});
  constexpr double kDigits = 6e-7;  // six printed decimals
  EXPECT_TRUE(at::allclose(slerp(a, b, .25), values({.923880, .765367}, {1, 2}), 0, kDigits));
  EXPECT_TRUE(at::allclose(slerp(a, b, 0), a, 0, 1e-12));
  EXPECT_TRUE(at::allclose(slerp(a, b, 1), b, 0, 1e-12));
  // Parallel and opposite ends: the line between them.
  EXPECT_TRUE(at::allclose(slerp(a, a.mul(3), .5), a.mul(2), 0, 1e-12));
  EXPECT_TRUE(at::allclose(slerp(a, a.mul(-3), .5), a.neg(), 0, 1e-12));
}

TEST(Chain, HiddenIsTheInputOfTheLastWeight) {
  const Making making{Streams(3).at("init", 0), kChainF64};
  Chain chain = ChainBuilder(making).linear(3, 4).add(Relu{}).linear(4, 1).take();
  const at::Tensor x = random_normal(Streams(3).at("eval", 0), {5, 3}, kChainF64);
  at::Tensor hidden;
  const at::Tensor y = chain.forward(x, {}, &hidden);
  const auto& last = std::get<Linear>(chain.layers()[2]);
  EXPECT_TRUE(at::allclose(at::linear(hidden, last.weight, last.bias), y, 0, 1e-12));
}

}  // namespace
}  // namespace saddle::nn
