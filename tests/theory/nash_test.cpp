// Small games in which stable points and Nash points differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "saddle/base/eigen.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/flat_game.h"

namespace saddle {
namespace {

using Complex = std::complex<double>;

constexpr double kSixDigits = 1e-6;  // digits of the printed tables

TEST(Timescale, DecidesStability) {
  const auto spectrum = [](double tau) {
    return eigenvalues(jacobian(QuadraticField{.tau = tau}, std::vector{0.0, 0.0}), 2)[0];
  };
  EXPECT_NEAR(std::abs(spectrum(2) - Complex(0, 2.645751)), 0, kSixDigits);
  EXPECT_NEAR(std::abs(spectrum(1.9) - Complex(.025, 2.578638)), 0, kSixDigits);
  EXPECT_NEAR(std::abs(spectrum(2.1) - Complex(-.025, std::sqrt(7.35 - .000625))), 0, kSixDigits);
}

TEST(Timescale, EdgeIsAOverCWhereTheCouplingIsStrong) {
  // b^2 > ac; where it is not, no speed helps.
  const auto growth = [](double a, double b, double c, double tau) {
    const QuadraticField field{.a = a, .b = b, .c = c, .tau = tau};
    const auto found = eigenvalues(jacobian(field, std::vector{0.0, 0.0}), 2);
    return std::max(found[0].real(), found[1].real());
  };
  EXPECT_NEAR(growth(.9, 2, .3, 3), 0, 1e-12);
  EXPECT_LT(growth(.9, 2, .3, 3.01), 0);
  EXPECT_GT(growth(.9, 2, .3, 2.99), 0);
  for (const double tau : {.1, 1.0, 3.1, 10.0, 1000.0})
    EXPECT_GT(growth(.9, .5, .3, tau), 0) << tau;
}

TEST(NonNash, PointsAttractSimultaneousDescent) {
  // L = -x^2/8 - y^2/2 + .6 x y.
  const auto small =
      eigenvalues(jacobian(QuadraticField{.a = .25, .b = .6, .c = 1}, std::vector{0.0, 0.0}), 2);
  EXPECT_NEAR(small[0].real(), -.55, kSixDigits);
  EXPECT_NEAR(small[1].real(), -.2, kSixDigits);

  const auto at = [](double x, double y) {
    return eigenvalues(jacobian(QuarticField{}, std::vector{x, y}), 2);
  };
  const double far = 2 + std::numbers::sqrt2, near = 2 - std::numbers::sqrt2;
  EXPECT_NEAR(std::abs(at(0, 0)[0] - Complex(-1, 2.645751)), 0, kSixDigits);
  EXPECT_NEAR(std::abs(at(-far, far)[0] - Complex(-4.828427, 3.913273)), 0, kSixDigits);
  EXPECT_NEAR(at(-near, near)[0].real(), 3.532814, kSixDigits);
  EXPECT_NEAR(at(-near, near)[1].real(), -1.875960, kSixDigits);

  const auto end = [](double x, double y) {
    FlatStepper stepper(Simultaneous{},
                        FlatGame<QuarticField>(QuarticField{}, {{x}, {y}}, {.01, .01}));
    for (int i = 0; i < 20000; ++i) stepper.step();
    return stepper.game().position();
  };
  EXPECT_NEAR(end(.5, -.5)[0], 0, 1e-5);
  EXPECT_NEAR(end(.5, -.5)[1], 0, 1e-5);
  EXPECT_NEAR(end(1, 1)[0], -3.414214, 1e-5);
  EXPECT_NEAR(end(1, 1)[1], 3.414214, 1e-5);
}

TEST(Hilltop, AttractsConsensusButNotTheSymplecticAdjustment) {
  const auto end = [](const auto& row) {
    FlatStepper stepper(row, FlatGame<HilltopField>(HilltopField{}, {{1}}, {.01}));
    for (int i = 0; i < 2000; ++i) stepper.step();
    return stepper.game().point(0)[0];
  };
  EXPECT_NEAR(end(Consensus{.gamma = 2}) / 1.86e-9, 1, .01);
  EXPECT_NEAR(end(Consensus{.gamma = .5}) / 2.1e4, 1, .03);
  EXPECT_NEAR(end(Symplectic{.lambda = 2}) / std::pow(1.01, 2000), 1, 1e-9);
}

}  // namespace
}  // namespace saddle
