// Fields in closed form against the derivatives of the losses they come from.
#include "saddle/game/fields.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saddle/base/dual.h"
#include "saddle/base/error.h"
#include "saddle/base/quadrature.h"

namespace saddle {
namespace {

TEST(Dual, DifferentiatesWhatItComputes) {
  using D = Dual<double>;
  const D x{.7, 1};
  EXPECT_NEAR(exp(x).slope, std::exp(.7), 1e-15);
  EXPECT_NEAR(log(x).slope, 1 / .7, 1e-15);
  EXPECT_NEAR(log1p(x).slope, 1 / 1.7, 1e-15);
  EXPECT_NEAR(sqrt(x).slope, .5 / std::sqrt(.7), 1e-15);
  EXPECT_NEAR(tanh(x).slope, 1 - std::pow(std::tanh(.7), 2), 1e-15);
  EXPECT_NEAR(abs(-x).slope, 1, 0);
  EXPECT_NEAR((x * x / (1.0 + x)).slope, (2 * .7 * 1.7 - .49) / (1.7 * 1.7), 1e-15);
  const double s = 1 / (1 + std::exp(-.7));
  EXPECT_NEAR(sigmoid(x).slope, s * (1 - s), 1e-15);
  EXPECT_NEAR(softplus(x).slope, s, 1e-15);
  EXPECT_NEAR(sigmoid(D{-800, 1}).value, 0, 0);
  EXPECT_NEAR(softplus(D{800, 1}).slope, 1, 0);
  // Twice: x^3 at 2.
  using D2 = Dual<D>;
  const D2 z{D{2, 1}, D{1, 0}};
  EXPECT_DOUBLE_EQ((z * z * z).slope.slope, 12);
}

TEST(GaussHermite, IsExactForPolynomialsUnderTheNormal) {
  for (const int n : {1, 2, 5, 20, 60, 150}) {
    const Quadrature rule = gauss_hermite(n);
    double sum = 0;
    for (const double w : rule.weights) sum += w;
    EXPECT_NEAR(sum, 1, 1e-12) << n;
  }
  const Quadrature rule = gauss_hermite(5);
  double moments[10] = {};
  for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
    for (int k = 0; k < 10; ++k) moments[k] += rule.weights[i] * std::pow(rule.nodes[i], k);
  }
  const double expected[10] = {1, 0, 1, 0, 3, 0, 15, 0, 105, 0};
  for (int k = 0; k < 10; ++k) EXPECT_NEAR(moments[k], expected[k], 1e-11) << k;
  EXPECT_THROW(gauss_hermite(0), Error);
  EXPECT_THROW(gauss_hermite(151), Error);
}

template <class F>
void expect_field_is_the_descent_of_its_losses(const F& field, const std::vector<double>& z,
                                               std::size_t first_player) {
  std::vector<double> v(z.size());
  field(z, v);
  const auto of_first = loss_gradient(field, 0, z), of_second = loss_gradient(field, 1, z);
  for (std::size_t i = 0; i < z.size(); ++i) {
    EXPECT_NEAR(v[i], i < first_player ? -of_first[i] : -of_second[i], 1e-12);
  }
}

TEST(Fields, DescendTheLossesTheyComeFrom) {
  const std::vector<double> z{.7, -1.3};
  expect_field_is_the_descent_of_its_losses(BilinearField::scalar(1.7), z, 1);
  expect_field_is_the_descent_of_its_losses(BilinearField{{1, -2, .5, .3, 0, 4}, 2, 3},
                                            {1, 2, 3, 4, 5}, 2);
  expect_field_is_the_descent_of_its_losses(QuadraticField{.tau = 1.9}, z, 1);
  expect_field_is_the_descent_of_its_losses(QuarticField{}, z, 1);
  EXPECT_DOUBLE_EQ(loss_gradient(HilltopField{.k = 3}, 0, {2})[0], -6);
}

const objective::ObjectiveConfig kObjectives[] = {
    objective::NonSaturating{},
    objective::NonSaturating{.real_label = .9, .fake_label = .1},
    objective::Saturating{},
    objective::LeastSquares{},
    objective::Hinge{},
    objective::Wasserstein{},
    objective::PairedRelativistic{}};

TEST(Fields, OfDiracGansDescendEveryObjectiveAndPenalty) {
  for (const auto& objective : kObjectives) {
    for (const double noise : {0.0, .7}) {
      // With noise, hinge and its kinks are integrated by the same nodes on both sides.
      const DiracField field(objective, {.gamma = .3, .lambda = .2}, noise);
      for (const auto& z : {std::vector{.7, -1.6}, std::vector{-.4, .3}, std::vector{1.2, 1.1}}) {
        expect_field_is_the_descent_of_its_losses(field, z, 1);
      }
    }
  }
}

TEST(Jacobian, AgreesWithDifferences) {
  const DiracField field(objective::NonSaturating{}, {.gamma = .3}, .5);
  const std::vector<double> z{.4, -.9};
  const std::vector<double> exact = jacobian(field, z);
  constexpr double kStep = 1e-5;
  for (std::size_t j = 0; j < 2; ++j) {
    std::vector<double> up = z, down = z, v_up(2), v_down(2);
    up[j] += kStep;
    down[j] -= kStep;
    field(up, v_up);
    field(down, v_down);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_NEAR(exact[2 * i + j], (v_up[i] - v_down[i]) / (2 * kStep), 1e-9);
    }
  }
}

}  // namespace
}  // namespace saddle
