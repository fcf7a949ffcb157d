#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "saddle/monitor/modes_of_motion.h"
#include "tests/monitor/flat_fields.h"

namespace saddle::monitor {
namespace {

using test::DiracNs;
using test::Flat;

// n directions v of simultaneous play with rate h from z.
template <class F>
std::vector<Flat> directions_of(F field, Flat z, double h, int n) {
  std::vector<Flat> list;
  Flat v(z.size());
  for (int t = 0; t < n; ++t) {
    field.evaluate(z, v);
    list.push_back(v);
    for (std::size_t i = 0; i < z.size(); ++i) z[i] += h * v[i];
  }
  return list;
}

std::complex<double> dirac_eigenvalue(double gamma) {
  return {-gamma / 2, std::sqrt(0.25 - gamma * gamma / 4)};
}

// Section 11.5: one full turn from (.02,.01).
TEST(TwoGradient, OfOneTurnOfTheDiracGanHasTheStatedError) {
  struct Row {
    double gamma, h, error;
  };
  // The stated errors have one digit.
  for (const Row row :
       {Row{.1, .05, .00045}, Row{.3, .05, .00065}, Row{.1, .01, .0002}, Row{.3, .01, .0002}}) {
    const auto exact = dirac_eigenvalue(row.gamma);
    const int turn =
        static_cast<int>(std::ceil(2 * std::numbers::pi / (row.h * exact.imag()))) + 20;
    const auto found =
        two_gradient_eigenvalue(directions_of(DiracNs{row.gamma}, {.02, .01}, row.h, turn), row.h);
    EXPECT_TRUE(found.whole_turns);
    EXPECT_NEAR(std::abs(found.turns), 1, 0.01);
    EXPECT_LT(std::abs(found.eigenvalue - exact) / std::abs(exact), row.error);
  }
}

TEST(TwoGradient, OfLessThanATurnSaysSo) {
  const auto exact = dirac_eigenvalue(.3);
  const auto found = two_gradient_eigenvalue(directions_of(DiracNs{.3}, {.02, .01}, .05, 12), .05);
  EXPECT_FALSE(found.whole_turns);
  EXPECT_EQ(found.steps, 11U);
  EXPECT_GT(std::abs(found.eigenvalue - exact) / std::abs(exact), 0.05);
}

TEST(TwoGradient, OfAPureRotationHasGrowthTimesCosineOne) {
  for (const double s : {.05, .3, 1.0}) {
    test::Matrix field = test::matrix_of({{0, -1}, {1, 0}});
    const auto found = two_gradient_eigenvalue(directions_of(field, {1, 1}, s, 300), s);
    EXPECT_NEAR(found.simultaneous_mark, 1, 1e-12);
    EXPECT_NEAR(found.eigenvalue.imag(), 1, 1e-12);
    EXPECT_NEAR(std::abs(found.multiplier), std::sqrt(1 + s * s), 1e-12);
  }
}

TEST(TwoGradient, KeepsTheSenseOfTheTurn) {
  test::Matrix field = test::matrix_of({{0, 1}, {-1, 0}});
  const auto found = two_gradient_eigenvalue(directions_of(field, {1, 1}, .1, 200), .1);
  EXPECT_NEAR(found.eigenvalue.imag(), -1, 1e-12);
  EXPECT_NEAR(found.turns, -3, 0.02);
}

// A plane rotation laid into 5 dimensions by an orthonormal pair.
TEST(TwoGradient, InManyDimensionsLooksAtTheLeadingPlane) {
  const auto flat = directions_of(test::matrix_of({{-.2, -1}, {1, -.2}}), {1, 0}, .05, 160);
  const Flat a{.6, 0, .8, 0, 0}, b{0, .8, 0, 0, -.6};
  std::vector<Flat> laid;
  for (const Flat& d : flat) {
    laid.push_back(Flat(5));
    for (std::size_t i = 0; i < 5; ++i) laid.back()[i] = d[0] * a[i] + d[1] * b[i];
  }
  const auto plane = two_gradient_eigenvalue(flat, .05), found = two_gradient_eigenvalue(laid, .05);
  EXPECT_NEAR(found.in_plane, 1, 1e-12);
  EXPECT_NEAR(found.eigenvalue.real(), plane.eigenvalue.real(), 1e-10);
  EXPECT_NEAR(std::abs(found.eigenvalue.imag()), plane.eigenvalue.imag(), 1e-10);
  EXPECT_NEAR(plane.eigenvalue.imag(), 1, 1e-10);
  EXPECT_NEAR(plane.eigenvalue.real(), -.2, 1e-10);
}

TEST(TwoGradient, RefusesWhatHasNoAngle) {
  const auto of = [](std::vector<Flat> d, double h) {
    return [d, h] { two_gradient_eigenvalue(d, h); };
  };
  test::expect_error(of({{1, 0}, {0, 1}}, 1), ErrorCode::kUsage,
                     "[microscope] directions: got 2, expected 3 or more");
  test::expect_error(of({{1}, {1}, {1}}, 1), ErrorCode::kUsage,
                     "[microscope] directions: dimension: got 1, expected 2 or more");
  test::expect_error(of({{1, 0}, {0, 1}, {1}}, 1), ErrorCode::kUsage,
                     "[microscope] directions: sizes differ: got 1, expected 2 as the first");
  test::expect_error(of({{1, 0}, {0, 0}, {1, 0}}, 1), ErrorCode::kNumeric,
                     "[microscope] direction 1 is 0: it has no angle");
  test::expect_error(of({{1, 0}, {0, std::nan("")}, {1, 0}}, 1), ErrorCode::kNumeric,
                     "[microscope] directions: an entry is not finite");
  test::expect_error(of({{1, 0}, {0, 1}, {1, 0}}, 0), ErrorCode::kUsage,
                     "[microscope] directions: interval: got 0, expected more than 0");
}

// A centre and modes e^(rate t) along fixed directions of an 8-dim projection.
std::vector<Flat> snapshots_of(const std::vector<std::complex<double>>& rates, double interval,
                               int n) {
  const std::size_t p = 8;
  const Flat mix = test::gaussians(2 * rates.size() + 1, p, 1, 31);
  std::vector<Flat> list;
  for (int t = 0; t < n; ++t) {
    Flat x(p);
    for (std::size_t i = 0; i < p; ++i) {
      x[i] = mix[i];
      for (std::size_t k = 0; k < rates.size(); ++k) {
        const auto wave = std::exp(rates[k] * (interval * t));
        x[i] += wave.real() * mix[(2 * k + 1) * p + i] + wave.imag() * mix[(2 * k + 2) * p + i];
      }
    }
    list.push_back(x);
  }
  return list;
}

TEST(FitModes, FindsTheRatesOfEightSnapshots) {
  const auto fit = fit_modes(snapshots_of({{-.05, .4}, {-.3, 1.1}}, .5, 8), .5);
  EXPECT_EQ(fit.rank, 4U);
  ASSERT_EQ(fit.modes.size(), 4U);
  EXPECT_NEAR(fit.modes[0].rate.real(), -.05, 1e-9);
  EXPECT_NEAR(fit.modes[0].rate.imag(), .4, 1e-9);
  EXPECT_NEAR(fit.modes[2].rate.real(), -.3, 1e-9);
  EXPECT_NEAR(fit.modes[2].rate.imag(), 1.1, 1e-9);
  EXPECT_LT(fit.residual, 1e-12);
}

TEST(FitModes, WithASmallerRankKeepsTheStrongestAndStatesWhatItMisses) {
  const auto fit = fit_modes(snapshots_of({{0, .4}, {-.3, 1.1}}, .5, 8), .5, {.rank = 2});
  EXPECT_EQ(fit.rank, 2U);
  EXPECT_GT(fit.residual, 1e-3);
  EXPECT_LT(fit.residual, 1);
}

TEST(FitModes, AgreesWithTheTwoGradientEigenvalueOfATrajectory) {
  std::vector<Flat> points{{.02, .01}};
  const double h = .05;
  Flat v(2);
  for (int t = 0; t < 300; ++t) {
    DiracNs{.1}.evaluate(points.back(), v);
    points.push_back({points.back()[0] + h * v[0], points.back()[1] + h * v[1]});
  }
  const auto modes = fit_modes(points, h).modes;
  const auto lambda = (modes[0].multiplier - 1.0) / h;
  EXPECT_NEAR(lambda.real(), -.05, 1e-4);
  EXPECT_NEAR(lambda.imag(), .497494, 1e-4);
  const auto turn = two_gradient_eigenvalue(differences(points), h);
  EXPECT_NEAR(std::abs(turn.eigenvalue - lambda), 0, 1e-3);
}

TEST(FitModes, RefusesSnapshotsThatSayNothing) {
  const auto of = [](std::vector<Flat> s) { return [s] { fit_modes(s, 1); }; };
  test::expect_error(of({{1}, {2}, {3}}), ErrorCode::kUsage,
                     "[microscope] snapshots: got 3, expected 4 or more");
  test::expect_error(of({{1}, {1}, {1}, {1}}), ErrorCode::kNumeric,
                     "[microscope] snapshots: they do not move");
  test::expect_error(of({{1}, {2}, {3, 4}, {1}}), ErrorCode::kUsage,
                     "[microscope] snapshots: sizes differ: got 2, expected 1 as the first");
}

}  // namespace
}  // namespace saddle::monitor
