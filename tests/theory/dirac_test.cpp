// Dirac-GANs: spectra, step edges and end states that are known in closed form or were computed to
// the digits stated here in float64.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>
#include <vector>

#include "saddle/base/eigen.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/flat_game.h"
#include "saddle/dynamics/one_step.h"

namespace saddle {
namespace {

using objective::NonSaturating;
using objective::ObjectiveConfig;
using objective::PairedRelativistic;
using objective::Saturating;
using objective::Wasserstein;
using Complex = std::complex<double>;

constexpr double kTable = 1e-6;  // digits of the printed tables
const Alternating kThetaFirst{.first = First::kGenerator};

std::vector<double> at_origin(const DiracField& field) {
  return jacobian(field, std::vector<double>{0, 0});
}
double trace(const std::vector<double>& j) {
  return j[0] + j[3];
}
double determinant(const std::vector<double>& j) {
  return j[0] * j[3] - j[1] * j[2];
}

// The eigenvalues a + b and a - b of a table's row "a +- b".
void expect_spectrum(const std::vector<double>& j, double a, Complex b) {
  const auto found = eigenvalues(j, 2);
  for (const Complex wanted : {a + b, a - b}) {
    EXPECT_LT(std::min(std::abs(found[0] - wanted), std::abs(found[1] - wanted)), kTable)
        << found[0] << found[1];
  }
}
void expect_trace_and_determinant(const std::vector<double>& j, double t, double d) {
  EXPECT_NEAR(trace(j), t, 1e-8);
  EXPECT_NEAR(determinant(j), d, 1e-8);
}

TEST(DiracSpectrum, IsPurelyImaginaryWithoutPenalty) {
  for (const ObjectiveConfig& objective :
       {ObjectiveConfig(NonSaturating{}), ObjectiveConfig(Saturating{}),
        ObjectiveConfig(PairedRelativistic{})}) {
    expect_spectrum(at_origin(DiracField(objective)), 0, {0, .5});
  }
  expect_spectrum(at_origin(DiracField(Wasserstein{})), 0, {0, 1});
}

TEST(DiracSpectrum, IsDampedByGradientPenalties) {
  const auto with = [](double gamma) {
    return at_origin(DiracField(NonSaturating{}, {.gamma = gamma}));
  };
  expect_spectrum(with(.1), -.05, {0, .497494});
  expect_spectrum(with(.3), -.15, {0, .476970});
  expect_trace_and_determinant(with(1), -1, .25);  // a double root at -1/2
  expect_spectrum(with(10), -5, 4.974937);
  expect_spectrum(with(.6), -.3, {0, .4});  // R1 and R2 of .3 each
  // Beyond critical damping the slow mode is about -f'(0)^2 / gamma.
  EXPECT_NEAR(eigenvalues(with(10), 2)[1].real(), -.25 / 10, 1e-4);
}

TEST(DiracSpectrum, IsDampedByNoiseButNotForWasserstein) {
  expect_spectrum(at_origin(DiracField(NonSaturating{}, {}, .7)), -.1225, {0, .484762});
  expect_spectrum(at_origin(DiracField(Saturating{}, {}, .7)), -.1225, {0, .484762});
  expect_trace_and_determinant(at_origin(DiracField(NonSaturating{}, {}, std::numbers::sqrt2)), -1,
                               .25);
  expect_spectrum(at_origin(DiracField(Wasserstein{}, {}, .7)), 0, {0, 1});
  // A penalty damps like noise of variance 2 gamma.
  const double gamma = 10;
  EXPECT_NEAR(trace(at_origin(DiracField(NonSaturating{}, {}, std::sqrt(2 * gamma)))), -gamma,
              1e-8);
}

TEST(DiracSpectrum, IsDampedByConsensus) {
  // One step of size h is I + h (J - gamma J^T J).
  constexpr double h = .01;
  for (const double gamma : {.5, 1.0}) {
    // Columns of that matrix from points so small that the step is linear.
    constexpr double kSmall = 1e-7;
    std::vector<double> step(4);
    for (std::size_t column = 0; column < 2; ++column) {
      FlatStepper stepper(
          Consensus{.gamma = gamma},
          FlatGame<DiracField>(DiracField(Saturating{}),
                               {{column == 0 ? kSmall : 0}, {column == 1 ? kSmall : 0}}, {h, h}));
      stepper.step();
      for (std::size_t row = 0; row < 2; ++row) {
        step[2 * row + column] =
            (stepper.game().point(row)[0] / kSmall - (row == column ? 1 : 0)) / h;
      }
    }
    expect_spectrum(step, -.25 * gamma, {0, .5});
  }
}

TEST(DiracCritical, PointsAreWhereTheSpectrumTurnsReal) {
  // tr^2 - 4 det changes its sign.
  const auto discriminant = [](const DiracField& field) {
    const auto j = at_origin(field);
    return trace(j) * trace(j) - 4 * determinant(j);
  };
  const auto root = [&](double low, double high, const auto& field) {
    for (int i = 0; i < 60; ++i) {
      const double middle = (low + high) / 2;
      (discriminant(field(middle)) < 0 ? low : high) = middle;
    }
    return low;
  };
  EXPECT_NEAR(root(.1, 5, [](double g) { return DiracField(NonSaturating{}, {.gamma = g}); }), 1,
              1e-6);
  EXPECT_NEAR(root(.1, 5, [](double g) { return DiracField(NonSaturating{}, {.gamma = 2 * g}); }),
              .5, 1e-6);
  EXPECT_NEAR(root(.1, 5, [](double sd) { return DiracField(NonSaturating{}, {}, sd); }),
              std::numbers::sqrt2, 1e-6);
}

// Steps h_g for theta and h_d for psi, linearised at 0.
template <class Row>
double dirac_step_radius(const Row& row, double gamma, double h_g, double h_d) {
  const QuadraticField linear{.a = 0, .b = -.5, .c = gamma};
  return one_step_matrix(row, linear, {1, 1}, {h_g, h_d}).radius();
}

template <class Row>
double dirac_edge(const Row& row, double gamma) {
  double low = .01, high = 20;
  for (int i = 0; i < 70; ++i) {
    const double middle = (low + high) / 2;
    (dirac_step_radius(row, gamma, middle, middle) < 1 ? low : high) = middle;
  }
  return low;
}

TEST(DiracEdge, QuadraticFieldIsTheLinearisation) {
  const auto linear = jacobian(QuadraticField{.a = 0, .b = -.5, .c = .3}, std::vector{0.0, 0.0});
  const auto dirac = at_origin(DiracField(NonSaturating{}, {.gamma = .3}));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(std::abs(linear[i]), std::abs(dirac[i]), 1e-12);
  EXPECT_NEAR(determinant(linear), determinant(dirac), 1e-12);
}

TEST(DiracEdge, OfSimultaneousStepsIsFourGamma) {
  EXPECT_NEAR(dirac_edge(Simultaneous{}, .1), .4, kTable);
  EXPECT_NEAR(dirac_edge(Simultaneous{}, .3), 1.2, kTable);
  // Only the generator's step decides.
  for (const double gamma : {.1, .3}) {
    for (const double h_d : {.05, .2, .5, 1.0, 2.0}) {
      EXPECT_LT(dirac_step_radius(Simultaneous{}, gamma, 4 * gamma - 1e-3, h_d), 1) << h_d;
      EXPECT_GT(dirac_step_radius(Simultaneous{}, gamma, 4 * gamma + 1e-3, h_d), 1) << h_d;
    }
    const double h_g = 2 * gamma, largest = 4 / (2 * gamma - h_g / 4);
    EXPECT_LT(dirac_step_radius(Simultaneous{}, gamma, h_g, largest - 1e-3), 1);
    EXPECT_GT(dirac_step_radius(Simultaneous{}, gamma, h_g, largest + 1e-3), 1);
  }
}

TEST(DiracEdge, OfAlternationIsFarther) {
  const double gammas[] = {.1, .3, 1}, edges[] = {3.619950, 2.976123, 1.656854};
  for (std::size_t i = 0; i < 3; ++i) {
    const double g = gammas[i];
    EXPECT_NEAR(dirac_edge(Alternating{}, g), edges[i], kTable);
    EXPECT_NEAR(dirac_edge(kThetaFirst, g), edges[i], kTable);
    EXPECT_NEAR(edges[i], (-g + std::sqrt(g * g + 1)) / .25, kTable);
  }
  EXPECT_NEAR(dirac_step_radius(Alternating{}, .1, .5, .5), .974679, kTable);
  EXPECT_NEAR(dirac_step_radius(Simultaneous{}, .1, .5, .5), 1.006231, kTable);
  EXPECT_NEAR(dirac_step_radius(Alternating{}, .3, .5, .5), .921954, kTable);
  EXPECT_NEAR(dirac_step_radius(Simultaneous{}, .3, .5, .5), .955249, kTable);
  EXPECT_NEAR(dirac_step_radius(Alternating{}, 0, 3.99, 3.99), 1, 1e-9);
  EXPECT_NEAR(dirac_step_radius(Alternating{}, 0, 4.01, 4.01), 1.151876, kTable);
  // Several steps of each: up to sqrt(n_g n_d) h / 2 = 2; past it the trace 2 - n_g n_d h^2 / 4
  // makes a real pair.
  for (const auto& [n_d, n_g] : {std::pair{1, 2}, {4, 1}, {3, 2}, {2, 5}}) {
    const Alternating row{.d_steps = n_d, .g_steps = n_g};
    const double edge = 4 / std::sqrt(n_d * n_g), beyond = 1.001 * edge;
    EXPECT_NEAR(dirac_step_radius(row, 0, .999 * edge, .999 * edge), 1, 1e-9) << n_d << n_g;
    const double half = 1 - n_d * n_g * beyond * beyond / 8;
    EXPECT_NEAR(dirac_step_radius(row, 0, beyond, beyond), -half + std::sqrt(half * half - 1),
                1e-9);
  }
}

// Runs from (theta, psi) and tells the extremes of the radius over the last `tail` steps.
struct Tail {
  double low = 1e300, high = 0, last = 0;
};
template <class Row, class Project = std::nullptr_t>
Tail dirac_run(const Row& row, const DiracField& field, double h, std::int64_t steps,
               std::int64_t tail = 1, std::pair<double, double> start = {1, 1},
               const Project& project = nullptr) {
  FlatGame<DiracField> game(field, {{start.first}, {start.second}}, std::vector{h, h});
  if constexpr (!std::is_null_pointer_v<Project>) game.project_by(project);
  FlatStepper stepper(row, std::move(game));
  Tail seen;
  for (std::int64_t i = 0; i < steps; ++i) {
    stepper.step();
    if (i < steps - tail) continue;
    seen.last = std::hypot(stepper.game().point(0)[0], stepper.game().point(1)[0]);
    seen.low = std::min(seen.low, seen.last);
    seen.high = std::max(seen.high, seen.last);
  }
  return seen;
}

TEST(DiracFlow, CirclesOrDriftsIn) {
  const auto growth = [](const DiracField& field, double theta, double psi) {
    std::vector<double> v(2);
    field(std::vector{theta, psi}, v);
    return 2 * (theta * v[0] + psi * v[1]);  // of the square of the radius
  };
  for (const auto& [theta, psi] : {std::pair{1.0, 1.0}, {.3, -2.0}, {-1.5, .01}, {4.0, 3.0}}) {
    const double a = theta * psi;
    EXPECT_NEAR(growth(DiracField(NonSaturating{}), theta, psi), -2 * a * std::tanh(a / 2), 1e-12);
    EXPECT_NEAR(growth(DiracField(Saturating{}), theta, psi), 0, 1e-12);
    EXPECT_NEAR(growth(DiracField(Wasserstein{}), theta, psi), 0, 1e-12);
  }
}

// Where tables that let a large D mean "fake" start from (1, 1).
constexpr std::pair<double, double> kStart{1, -1};
constexpr double kPrinted = 5e-5;

TEST(DiracEnd, OfNonSaturatingAlternationDriftsInSlowly) {
  const DiracField field{NonSaturating{}};
  EXPECT_NEAR(dirac_run(kThetaFirst, field, .1, 1000, 1, kStart).last, .28104, 1e-5);
  EXPECT_NEAR(dirac_run(kThetaFirst, field, .1, 10000, 1, kStart).last, .08940, 1e-5);
  EXPECT_NEAR(dirac_run(kThetaFirst, field, .1, 100000, 1, kStart).last, .02839, 1e-5);
  // In continuous time r^2 falls like 8/t.
  for (const std::int64_t steps : {1000, 10'000, 100'000}) {
    const double law = std::sqrt(8 / (.1 * static_cast<double>(steps)));
    EXPECT_NEAR(dirac_run(kThetaFirst, field, .1, steps, 1, kStart).last / law, 1, .01) << steps;
  }
}

TEST(DiracEnd, OfNonSaturatingSimultaneousStepsIsALimitCycle) {
  const DiracField field{NonSaturating{}};
  const double h[] = {.05, .1, .2, .4};
  const double low[] = {.3152, .4443, .6238, .8677}, high[] = {.3172, .4499, .6397, .9131};
  for (std::size_t i = 0; i < 4; ++i) {
    for (const double start : {1.0, .05}) {
      const auto steps = static_cast<std::int64_t>(40000 / h[i]);
      const Tail tail = dirac_run(Simultaneous{}, field, h[i], steps, 5000, {start, start});
      EXPECT_NEAR(tail.low, low[i], 1e-4) << h[i];
      EXPECT_NEAR(tail.high, high[i], 1e-4) << h[i];
      EXPECT_NEAR((tail.low + tail.high) / 2 / std::sqrt(2 * h[i]), 1, .02);
    }
  }
}

TEST(DiracEnd, OfSaturatingStepsGrowsOrCircles) {
  const DiracField field{Saturating{}};
  EXPECT_NEAR(dirac_run(Simultaneous{}, field, .1, 101, 1, kStart).last, 1.5538, kPrinted);
  EXPECT_NEAR(dirac_run(Simultaneous{}, field, .1, 501, 1, kStart).last, 2.2549, kPrinted);
  EXPECT_NEAR(dirac_run(Simultaneous{}, field, .1, 2001, 1, kStart).last, 3.1006, kPrinted);
  const Tail circle = dirac_run(Alternating{}, field, .1, 5000, 5000);
  EXPECT_GT(circle.low, 1.365);
  EXPECT_LT(circle.high, 1.435);
}

TEST(DiracEnd, OfConstraintsAwayFromZeroIsNoPoint) {
  constexpr double h = .05;
  constexpr std::int64_t kSteps = 20000, kTail = 5000;
  const auto clip = [](std::size_t player, std::vector<double>& point) {
    if (player == kDiscriminator) point[0] = std::clamp(point[0], -1.0, 1.0);
  };
  const DiracField plain{Wasserstein{}};
  const Tail clipped = dirac_run(Simultaneous{}, plain, h, kSteps, kTail, {1, 1}, clip);
  EXPECT_NEAR(clipped.low, 1.0000, 1e-4);
  EXPECT_NEAR(clipped.high, 1.0715, 1e-4);
  const Tail clipped_alternating = dirac_run(kThetaFirst, plain, h, kSteps, kTail, {1, 1}, clip);
  EXPECT_NEAR(clipped_alternating.low, .9874, 1e-4);
  EXPECT_NEAR(clipped_alternating.high, 1.0124, 1e-4);
  // The force gamma (|psi| - 1) is that of lambda = gamma / 2.
  const DiracField penalty(Wasserstein{}, {.lambda = .35});
  const Tail together = dirac_run(Simultaneous{}, penalty, h, kSteps, kTail);
  EXPECT_NEAR(together.low, 1.2872, 1e-4);
  EXPECT_NEAR(together.high, 1.4921, 1e-4);
  const Tail in_turn = dirac_run(kThetaFirst, penalty, h, kSteps, kTail);
  EXPECT_NEAR(in_turn.low, 1.1912, 1e-4);
  EXPECT_NEAR(in_turn.high, 1.3953, 1e-4);
  const Tail doubled =
      dirac_run(Simultaneous{}, DiracField(Wasserstein{}, {.lambda = .7}), h, kSteps, kTail);
  EXPECT_NEAR(doubled.low, 1.192, 1e-3);
  EXPECT_NEAR(doubled.high, 1.656, 1e-3);
  // As the step goes to 0 a half turn with psi of one sign takes |theta| from one end to the other;
  // there is no rest at the origin. At psi = 0, |theta| = gamma (1 + k) / (1 - k) with
  // k = exp(-gamma pi / (2 omega)).
  constexpr double kGamma = .7;
  const double omega = std::sqrt(1 - kGamma * kGamma / 4);
  const double k = std::exp(-kGamma * std::numbers::pi / (2 * omega));
  const double crossing = kGamma * (1 + k) / (1 - k);
  double low = 10, high = 0;
  for (int i = 0; i <= 100'000; ++i) {
    // theta'' = -gamma theta' - (theta + gamma) from there, until psi = -theta' is 0 again.
    const double t = std::numbers::pi / omega * i / 100'000;
    const double decay = std::exp(-kGamma * t / 2), amplitude = crossing + kGamma;
    const double c = std::cos(omega * t), d = std::sin(omega * t);
    const double theta = -kGamma + decay * amplitude * (c + kGamma / (2 * omega) * d);
    const double psi = decay * amplitude / omega * d;
    low = std::min(low, std::hypot(theta, psi));
    high = std::max(high, std::hypot(theta, psi));
  }
  EXPECT_NEAR(low, 1.209099, kTable);
  EXPECT_NEAR(high, 1.382291, kTable);
  const Tail fine = dirac_run(Simultaneous{}, penalty, 5e-4, 400'000, 40'000);
  EXPECT_NEAR(fine.low, low, 2e-3);
  EXPECT_NEAR(fine.high, high, 2e-3);
  const DiracField centred(Wasserstein{}, {.gamma = .7});
  EXPECT_LT(dirac_run(Simultaneous{}, centred, h, kSteps).last, 1e-100);
  EXPECT_LT(dirac_run(kThetaFirst, centred, h, kSteps).last, 1e-100);
}

TEST(DiracCycle, IsBornAtTheEdgeWithASquareRoot) {
  struct Case {
    ObjectiveConfig objective;
    double gamma;
    std::int64_t steps;
    double radius[4];
  };
  const Case cases[] = {
      {NonSaturating{}, .3, 300'000, {.19506, .27586, .43639, .61832}},
      {NonSaturating{}, .1, 600'000, {.09477, .13403, .21196, .29990}},
      {Saturating{}, .3, 300'000, {.23839, .33448, .51729, .70838}},
      {Saturating{}, .1, 600'000, {.37110, .51088, .75788, .99378}},
  };
  const double beyond[] = {.01, .02, .05, .1};
  for (const Case& c : cases) {
    const DiracField field(c.objective, {.gamma = c.gamma});
    const double edge = 4 * c.gamma;
    for (std::size_t i = 0; i < 4; ++i) {
      const Tail tail =
          dirac_run(Simultaneous{}, field, edge * (1 + beyond[i]), c.steps, 5000, {.3, .1});
      EXPECT_NEAR(tail.high, c.radius[i], 1e-4) << objective::name(c.objective) << c.gamma;
    }
    EXPECT_LT(dirac_run(Simultaneous{}, field, edge * .95, c.steps, 5000, {.3, .1}).high, 1e-6);
  }
}

TEST(MomentumHopf, IsWhereMassMeetsTheDamping) {
  // Roots of m l^2 + l = lambda for the spectrum lambda of the Dirac-GAN.
  const auto growth = [](double m, Complex lambda) {
    const Complex root = std::sqrt(1.0 + 4 * m * lambda);
    return std::max(((-1.0 + root) / (2 * m)).real(), ((-1.0 - root) / (2 * m)).real());
  };
  const double gammas[] = {.1, .3, .5}, masses[] = {.202020, .659341, 1.333333};
  for (std::size_t i = 0; i < 3; ++i) {
    const Complex lambda =
        eigenvalues(at_origin(DiracField(NonSaturating{}, {.gamma = gammas[i]})), 2)[0];
    EXPECT_NEAR(-lambda.real() / (lambda.imag() * lambda.imag()), masses[i], kTable);
    EXPECT_LT(growth(masses[i] * .999, lambda), 0);
    EXPECT_GT(growth(masses[i] * 1.001, lambda), 0);
  }
}

TEST(MomentumHopf, BoundsTheMomentumOfSimultaneousSteps) {
  const QuadraticField linear{.a = 0, .b = -.5, .c = .3};
  const auto largest = [&](double h, bool ema) {
    double low = 0, high = .9989;
    for (int i = 0; i < 60; ++i) {
      const double b = (low + high) / 2, rate = ema ? h * (1 - b) : h;
      const NegativeMomentum heavy{.beta = b, .order = Order::kSimultaneous};
      (one_step_matrix(heavy, linear, {1, 1}, {rate, rate}).radius() < 1 ? low : high) = b;
    }
    return low;
  };
  const double h[] = {.01, .05, .1, .2};
  const double heavy[] = {.8806, .7427, .6459, .5178}, ema[] = {.9849, .9269, .8589, .7361};
  for (std::size_t i = 0; i < 4; ++i) {
    const double b = largest(h[i], false), e = largest(h[i], true), mass = .659341;
    EXPECT_NEAR(b, heavy[i], kPrinted);
    EXPECT_NEAR(e, ema[i], kPrinted);
    // The mass of the map of heavy balls and of averaged ones.
    EXPECT_NEAR(h[i] * (1 + b) / (2 * (1 - b) * (1 - b)) / mass, 1, .01);
    EXPECT_NEAR(h[i] * (1 + e) / (2 * (1 - e)) / mass, 1, .0025);
  }
}

}  // namespace
}  // namespace saddle
