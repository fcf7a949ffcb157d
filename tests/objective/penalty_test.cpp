#include "saddle/objective/penalty.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/tensor/autograd.h"
#include "saddle/tensor/gradcheck.h"

namespace saddle::objective {
namespace {

constexpr double kDigits = 6e-10;  // nine printed decimals
constexpr double kTight = 1e-12;

at::Tensor matrix(const std::vector<double>& values, std::int64_t rows) {
  return at::tensor(values, at::kDouble).view({rows, -1});
}
at::Tensor weight(double value) {
  return at::scalar_tensor(value, at::kDouble);
}

// D(x) = a.x + x'Hx / 2, a = (1,-2), H = [[2,1],[1,0]]: |grad|^2 = 10, 8, 3.25 at the points.
at::Tensor quadratic(const at::Tensor& x) {
  const at::Tensor a = at::tensor({1., -2.}, at::kDouble);
  const at::Tensor h = matrix({2, 1, 1, 0}, 2);
  return x.mv(a).add(x.mul(x.mm(h)).sum(1).mul(.5));
}
at::Tensor points() {
  return matrix({1, 0, 0, 1, .5, -1}, 3);
}

TEST(Penalty, InputGradientOfTheQuadraticHasTheGoldenNorms) {
  const at::Tensor squares = input_gradient(quadratic, points()).square().sum(1);
  EXPECT_TRUE(at::allclose(squares, at::tensor({10., 8., 3.25}, at::kDouble), 0, kTight));
}

TEST(Penalty, ZeroCentredHasTheGoldenValues) {
  EXPECT_NEAR(zero_centred(quadratic, points(), weight(1)).item<double>(), 3.541666667, kDigits);
  // lambda |g|^2 with lambda 10 is gamma 20.
  EXPECT_NEAR(zero_centred(quadratic, points(), weight(20)).item<double>(), 70.833333333, kDigits);
}

TEST(Penalty, UnitSlopeHasTheGoldenValueOnBothSides) {
  for (const bool one_sided : {false, true}) {
    EXPECT_NEAR(unit_slope(quadratic, points(), weight(10), one_sided).item<double>(), 28.876797182,
                kDigits);
  }
}

TEST(Penalty, OneSidedUnitSlopeLetsGentleSlopesBe) {
  const LogitsOf gentle = [](const at::Tensor& x) { return x.sum(1).mul(.1); };
  EXPECT_EQ(unit_slope(gentle, points(), weight(10), true).item<double>(), 0);
  EXPECT_GT(unit_slope(gentle, points(), weight(10), false).item<double>(), 1);
}

TEST(Penalty, ZeroCentredOfALinearMapIsHalfGammaTimesItsSquare) {
  const at::Tensor w = at::tensor({3., -4.}, at::kDouble);
  const LogitsOf linear = [&](const at::Tensor& x) { return x.mv(w); };
  for (const double scale : {0., 1., 100.}) {
    EXPECT_NEAR(zero_centred(linear, points().mul(scale), weight(.3)).item<double>(), .15 * 25,
                kTight);
  }
}

TEST(Penalty, UnitSlopeIsZeroForALinearMapOfNormOne) {
  const at::Tensor w = at::tensor({.6, -.8}, at::kDouble);
  const LogitsOf linear = [&](const at::Tensor& x) { return x.mv(w); };
  EXPECT_NEAR(unit_slope(linear, points(), weight(10), false).item<double>(), 0, kTight);
}

TEST(Penalty, DirectionsAreTheDerivativesOfTheValues) {
  const at::Tensor g = matrix({3, 1, -2, .5, .1, .2, 0, 0}, 4).requires_grad_();
  const auto norms = [&] { return at::linalg_vector_norm(g, 2, {1}); };
  const at::Tensor square = g.square().sum().mul(.5 * .7 / 4);
  const PenaltyDirection r = zero_centred_direction(g.detach(), weight(.7));
  EXPECT_NEAR(r.value.item<double>(), square.item<double>(), kTight);
  EXPECT_TRUE(at::allclose(r.direction, gradients(square, {g})[0], 0, kTight));
  for (const bool one_sided : {false, true}) {
    at::Tensor excess = norms().sub(1);
    if (one_sided) excess = excess.relu();
    const at::Tensor value = excess.square().mean().mul(10);
    const PenaltyDirection u = unit_slope_direction(g.detach(), weight(10), one_sided);
    EXPECT_NEAR(u.value.item<double>(), value.item<double>(), kTight);
    EXPECT_TRUE(at::allclose(u.direction, gradients(value, {g})[0], 0, kTight));
  }
}

TEST(Penalty, DirectionsKeepTheShapeOfImagesAndWidenLowPrecision) {
  const at::Tensor g = at::ones({2, 3, 4, 4}, at::kBFloat16);
  for (const PenaltyDirection& d :
       {zero_centred_direction(g, weight(1)), unit_slope_direction(g, weight(1), false)}) {
    EXPECT_EQ(d.direction.sizes(), g.sizes());
    EXPECT_EQ(d.direction.scalar_type(), at::kFloat);
    EXPECT_EQ(d.value.dim(), 0);
  }
}

TEST(Penalty, PassesGradcheckAndDoubleGradcheckInTheParametersOfD) {
  constexpr double kNumeric = 1e-6;  // third derivatives by central differences
  const at::Tensor a = matrix({.3, -.7, .2, .5, -.4, .9}, 3);
  const at::Tensor b = matrix({.8, -.1, .6}, 1);
  for (int kind = 0; kind < 3; ++kind) {
    const TensorFunction f = [&](const std::vector<at::Tensor>& w) {
      const LogitsOf logits_of = [&](const at::Tensor& x) {
        return x.mm(w[0].t()).tanh().mm(w[1].t()).flatten();
      };
      if (kind == 0) return zero_centred(logits_of, points(), weight(1));
      return unit_slope(logits_of, points(), weight(10), kind == 2);
    };
    EXPECT_LT(gradcheck(f, {a, b}).worst_error, kNumeric) << kind;
    EXPECT_LT(double_gradcheck(f, {a, b}).worst_error, kNumeric) << kind;
  }
}

TEST(Penalty, MixGivesEachSampleItsOwnPlaceBetweenFakeAndReal) {
  const at::Tensor real = at::ones({3, 1, 2, 2}, at::kDouble), fake = real.neg();
  const at::Tensor x = mix(real, fake, at::tensor({0., .25, 1.}, at::kDouble));
  EXPECT_TRUE(at::equal(x.mean({1, 2, 3}), at::tensor({-1., -.5, 1.}, at::kDouble)));
}

TEST(Penalty, ClipWeightsHoldsEveryParameterInTheBox) {
  NamedTensors parameters{{"0.weight", matrix({-1, .005, .02}, 1).requires_grad_()},
                          {"0.bias", at::tensor({.5}, at::kDouble).requires_grad_()}};
  clip_weights(parameters, .01);
  EXPECT_TRUE(at::equal(parameters[0].tensor, matrix({-.01, .005, .01}, 1)));
  EXPECT_TRUE(at::equal(parameters[1].tensor, at::tensor({.01}, at::kDouble)));
  EXPECT_TRUE(parameters[0].tensor.requires_grad());
}

}  // namespace
}  // namespace saddle::objective
