// The bilinear game L = sigma x y under every dynamics: radii, invariants and averages that are
// known in closed form. s = rate * sigma throughout.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/flat_game.h"
#include "saddle/dynamics/one_step.h"

namespace saddle {
namespace {

constexpr std::array<double, 4> kSteps{.05, .1, .2, .5};
constexpr double kDigits = 1e-6;  // of the printed tables

FlatGame<BilinearField> bilinear(double eta, double x = 1, double y = 1) {
  return {BilinearField::scalar(1), {{x}, {y}}, std::vector<double>{eta, eta}};
}

template <class Row>
double radius(const Row& row, double s, int steps = 1) {
  return one_step_matrix(row, BilinearField::scalar(1), {1, 1}, {s, s}, steps).radius();
}

template <class Row>
void expect_radii(const Row& row, std::array<double, 4> expected, double tolerance = kDigits,
                  int steps = 1) {
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    EXPECT_NEAR(radius(row, kSteps[i], steps), expected[i], tolerance)
        << Row::kName << " at s = " << kSteps[i];
  }
}

template <class Row>
void expect_radii(const Row& row, const std::function<double(double)>& formula) {
  for (const double s : kSteps) {
    EXPECT_NEAR(radius(row, s), formula(s), 1e-9) << Row::kName << " at s = " << s;
  }
}

TEST(BilinearRadius, OfSimultaneousStepsIsAlwaysAboveOne) {
  expect_radii(Simultaneous{}, [](double s) { return std::sqrt(1 + s * s); });
  expect_radii(Simultaneous{}, {1.001249, 1.004988, 1.019804, 1.118034});
}

TEST(BilinearRadius, OfAlternationIsOneUpToTwo) {
  for (const First first : {First::kDiscriminator, First::kGenerator}) {
    expect_radii(Alternating{.first = first}, {1, 1, 1, 1}, 1e-9);
    EXPECT_NEAR(radius(Alternating{.first = first}, 2.01), 1.221301, kDigits);
  }
}

TEST(BilinearRadius, OfExtragradient) {
  const auto formula = [](double s) { return std::sqrt(1 - s * s + s * s * s * s); };
  expect_radii(Extragradient{}, formula);
  expect_radii(Extragradient{.rounds = Rounds::kFresh}, formula);
  expect_radii(Extragradient{}, {.998752, .995038, .980612, .901388});
  EXPECT_NEAR(radius(Extragradient{}, std::sqrt(.5)), std::sqrt(3) / 2, 1e-9);
}

TEST(BilinearRadius, OfOptimisticSteps) {
  expect_radii(Optimistic{}, {.998746, .994936, .978906, .707107});
  for (const double s : {.05, .1, .2}) {
    EXPECT_NEAR(radius(Optimistic{}, s), std::sqrt((1 + std::sqrt(1 - 4 * s * s)) / 2), 1e-9);
  }
  EXPECT_LT(radius(Optimistic{}, .577), 1);
  EXPECT_GT(radius(Optimistic{}, .578), 1);
}

TEST(BilinearRadius, OfImplicitSteps) {
  const auto formula = [](double s) { return 1 / std::sqrt(1 + s * s); };
  expect_radii(Proximal{}, formula);
  expect_radii(Competitive{.tolerance = 1e-14}, formula);
  expect_radii(Proximal{}, {.998752, .995037, .980581, .894427});
}

TEST(BilinearRadius, OfNegativeMomentum) {
  constexpr Order kXFirst = Order::kGeneratorFirst;
  expect_radii(NegativeMomentum{.beta = -.5, .order = kXFirst},
               {.999630, .998518, .994063, .962544});
  expect_radii(NegativeMomentum{.beta = -.5}, {.999630, .998518, .994063, .962544});
  expect_radii(NegativeMomentum{.beta = .5, .order = kXFirst},
               {1.009375, 1.032297, 1.091828, 1.269219});
  EXPECT_NEAR(radius(NegativeMomentum{.beta = -.5}, .871238), .884646, kDigits);
  for (const double beta : {.01, .1, .3, .5, .7, .9, .99}) {
    for (const double s : {.001, .05, .1, .2, .5, 1.0, 1.9}) {
      EXPECT_GT(radius(NegativeMomentum{.beta = beta}, s), 1) << beta << " " << s;
    }
  }
  for (const double beta : {-.9, -.5, -.1, .1, .5, .9}) {
    for (const double s : kSteps) {
      EXPECT_GT(radius(NegativeMomentum{.beta = beta, .order = Order::kSimultaneous}, s), 1)
          << beta << " " << s;
    }
  }
}

TEST(BilinearRadius, OfConsensusAndSymplecticAdjustmentAgree) {
  const auto formula = [](double q) {
    return [q](double s) { return std::sqrt((1 - s * q) * (1 - s * q) + s * s); };
  };
  // sigma = 1, so the weight itself is q.
  expect_radii(Consensus{.gamma = 1}, formula(1));
  expect_radii(Consensus{.gamma = 1}, {.951315, .905539, .824621, .707107});
  expect_radii(Symplectic{.lambda = 1, .align = true}, formula(1));
  expect_radii(Symplectic{.lambda = .4, .align = false}, formula(.4));
}

TEST(BilinearRadius, OfLookaheadIsPerOuterStep) {
  const Lookahead five{.inner = Simultaneous{}, .k = 5, .alpha = .5};
  const Lookahead half_turn{.inner = Simultaneous{}, .k = 31, .alpha = .5};
  expect_radii(five, {.995317, .981327, .926371, .647448}, kDigits, 5);
  expect_radii(half_turn, {.729107, .087958, 1.413958, 15.778846}, kDigits, 31);
}

TEST(BilinearRadius, OfUnrolling) {
  const auto unrolled = [](std::int64_t k, bool stop) {
    return Unrolled{.k = k, .stop_gradient = stop};
  };
  expect_radii(unrolled(1, false), {.998749, .994987, .979796, .866025});
  expect_radii(unrolled(5, false), {.988686, .953939, .800000, 1.395644});
  expect_radii(unrolled(1, true), {1, 1, 1, 1}, 1e-9);
  expect_radii(unrolled(5, true), {.994987, .979796, .916515, .750000});
}

TEST(BilinearRadius, OfRungeKuttaMethods) {
  expect_radii(Heun{}, [](double s) { return std::sqrt(1 + s * s * s * s / 4); });
  expect_radii(Heun{}, {1.0000008, 1.0000125, 1.000200, 1.007782});
  expect_radii(Rk4{},
               [](double s) { return std::sqrt(1 - std::pow(s, 6) / 72 + std::pow(s, 8) / 576); });
  expect_radii(Rk4{}, {1.000000, 1.000000, .9999996, .999895});
  EXPECT_LT(radius(Rk4{}, 2.828), 1);
  EXPECT_GT(radius(Rk4{}, 2.829), 1);
}

// Where the radius crosses one between low and high.
template <class Row>
double edge(const Row& row, double low, double high, int steps = 1) {
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (radius(row, middle, steps) < 1 ? low : high) = middle;
  }
  return low;
}

TEST(BilinearEdge, IsWhereTheRadiusReachesOne) {
  constexpr double kBisected = 1e-4;
  EXPECT_NEAR(edge(Optimistic{}, .3, 1), 1 / std::sqrt(3), kBisected);
  EXPECT_NEAR(edge(Extragradient{}, .5, 1.5), 1, kBisected);
  EXPECT_NEAR(edge(Rk4{}, 1, 4), 2 * std::sqrt(2), kBisected);
  EXPECT_NEAR(edge(Lookahead{.inner = Simultaneous{}, .k = 5, .alpha = .5}, .1, 1, 5), .742580,
              kDigits);
  EXPECT_NEAR(edge(Lookahead{.inner = Simultaneous{}, .k = 31, .alpha = .5}, .1, .2, 31), .161832,
              kDigits);
  for (const double beta : {-.9, -.7, -.5, -.3, -.1}) {
    EXPECT_NEAR(edge(NegativeMomentum{.beta = beta}, .01, 3), 2 * (1 + beta), kBisected) << beta;
  }
}

TEST(BilinearInvariant, OfAlternationHoldsForAThousandSteps) {
  for (const double s : {.1, .5}) {
    for (const First first : {First::kDiscriminator, First::kGenerator}) {
      FlatStepper stepper(Alternating{.first = first}, bilinear(s));
      const double sign = first == First::kGenerator ? -1 : 1;
      for (int i = 0; i < 1000; ++i) stepper.step();
      const double x = stepper.game().point(0)[0], y = stepper.game().point(1)[0];
      EXPECT_NEAR(x * x + y * y + sign * s * x * y, 2 + sign * s, 1e-12) << s;
    }
  }
}

TEST(BilinearInvariant, KeepsAlternationOnAnEllipse) {
  // x^2 + y^2 - s x y = 2 - s: its axes lie on the diagonals.
  constexpr double s = .1;
  FlatStepper stepper(Alternating{.first = First::kGenerator}, bilinear(s));
  double low = 2, high = 0;
  for (int i = 0; i < 10'000; ++i) {
    stepper.step();
    const double r = std::hypot(stepper.game().point(0)[0], stepper.game().point(1)[0]);
    low = std::min(low, r);
    high = std::max(high, r);
  }
  EXPECT_NEAR(low, std::sqrt((2 - s) / (1 + s / 2)), 1e-6);
  EXPECT_NEAR(high, std::sqrt(2), 1e-6);
  EXPECT_NEAR(low, 1.3452, 5e-5);
}

double adam_radius(double beta1, double beta2, bool simultaneous) {
  const FlatAdam adam{.rate = .01, .beta1 = beta1, .beta2 = beta2};
  FlatGame<BilinearField> game = bilinear(.01);
  game.optimize_by(0, adam);
  game.optimize_by(1, adam);
  const auto run = [&](auto row) {
    FlatStepper stepper(row, game);
    for (int i = 0; i < 20000; ++i) stepper.step();
    return std::hypot(stepper.game().point(0)[0], stepper.game().point(1)[0]);
  };
  return simultaneous ? run(Simultaneous{}) : run(Alternating{.first = First::kGenerator});
}

// A number as it is printed.
struct Printed {
  double value, last_digit;
};

void expect_printed(double found, const Printed& printed) {
  // Half of the last digit, and what rounding adds.
  EXPECT_NEAR(found, printed.value, .51 * printed.last_digit);
}

TEST(BilinearAdam, DoesNotSettleAndMomentumMakesItWorse) {
  const std::array<double, 3> beta1{0, .5, .9};
  const std::array<Printed, 3> simultaneous{{{.8930, 1e-4}, {1.5420, 1e-4}, {3.8723, 1e-4}}};
  const std::array<Printed, 3> alternating{{{.131, .001}, {1.265, .001}, {3.830, .001}}};
  const std::array<Printed, 3> shorter{{{.2825, 1e-4}, {.496, .001}, {1.305, .001}}};
  const std::array<Printed, 3> shortest{{{.090, .001}, {.160, .001}, {8.81, .01}}};
  for (std::size_t i = 0; i < 3; ++i) {
    expect_printed(adam_radius(beta1[i], .999, true), simultaneous[i]);
    expect_printed(adam_radius(beta1[i], .999, false), alternating[i]);
    expect_printed(adam_radius(beta1[i], .99, true), shorter[i]);
    expect_printed(adam_radius(beta1[i], .9, true), shortest[i]);
  }
}

double norm_of_mean(const PlainDynamics& inner, int steps) {
  FlatStepper stepper(IterateAveraging{.inner = inner}, bilinear(.1));
  for (int i = 0; i < steps; ++i) stepper.step();
  const auto& method = stepper.method();
  return std::hypot((*method.shipped(0)[0])[0], (*method.shipped(1)[0])[0]);
}

TEST(BilinearAverage, DivergesWithSimultaneousStepsAndShrinksWithAlternation) {
  EXPECT_NEAR(norm_of_mean(Simultaneous{}, 100), .36298, 1e-5);
  EXPECT_NEAR(norm_of_mean(Simultaneous{}, 1000), 2.04839, 1e-5);
  EXPECT_NEAR(norm_of_mean(Simultaneous{}, 10000) / 5.748e18, 1, 1e-4);
  const Alternating x_first{.first = First::kGenerator};
  EXPECT_NEAR(norm_of_mean(x_first, 100), .259329, kDigits);
  EXPECT_NEAR(norm_of_mean(x_first, 1000), .006838, kDigits);
  EXPECT_NEAR(norm_of_mean(x_first, 10000), .001772, kDigits);
}

double against_history(std::int64_t window, Order order) {
  FlatStepper stepper(FictitiousPlay{.discriminators = window,
                                     .generators = 1,
                                     .draws = 0,
                                     .every = 1,
                                     .keep = Keep::kRecent,
                                     .order = order},
                      bilinear(.1));
  for (int i = 0; i < 500; ++i) stepper.step();
  return std::hypot(stepper.game().point(0)[0], stepper.game().point(1)[0]) / std::sqrt(2);
}

TEST(BilinearHistory, OfOldDiscriminatorsIsDelay) {
  const std::array<std::int64_t, 4> windows{1, 2, 5, 20};
  const std::array<Printed, 4> simultaneous{
      {{12.03, .01}, {39.59, .01}, {976.2, .1}, {1.905e6, 1e3}}};
  const std::array<Printed, 4> alternating{{{.997, .001}, {3.44, .01}, {103.4, .1}, {6.93e5, 1e3}}};
  for (std::size_t i = 0; i < windows.size(); ++i) {
    expect_printed(against_history(windows[i], Order::kSimultaneous), simultaneous[i]);
    expect_printed(against_history(windows[i], Order::kGeneratorFirst), alternating[i]);
  }
  // Without a past it is simultaneous play.
  EXPECT_NEAR(against_history(1, Order::kSimultaneous), std::pow(1.01, 250), 1e-9);
}

TEST(BilinearConditioning, CostsTheSquareOfKappa) {
  const std::array<double, 4> kappas{1, 3, 10, 30};
  const std::array<int, 4> expected{49, 257, 2771, 24875};
  for (std::size_t i = 0; i < kappas.size(); ++i) {
    const double eta = 1 / std::sqrt(2.0);  // sigma_max = 1
    const BilinearField field{{1, 0, 0, 1 / kappas[i]}, 2, 2};
    FlatStepper stepper(Extragradient{},
                        FlatGame<BilinearField>(field, {{0, 1}, {0, 1}}, {eta, eta}));
    int steps = 0;
    double norm = 1;
    while (norm > 1e-3) {
      stepper.step();
      ++steps;
      const auto& x = stepper.game().point(0);
      const auto& y = stepper.game().point(1);
      norm = std::sqrt((x[1] * x[1] + y[1] * y[1]) / 2);
    }
    EXPECT_EQ(steps, expected[i]) << kappas[i];
  }
}

TEST(CompetitiveDescent, IsTheProximalStepOnMatrixGames) {
  const BilinearField field{
      {.3, -1.2, .7, .1, 1.5, -.4, .2, .9, -.6, .8, 1.1, -.3, .5, -.7, .4, 1.3}, 4, 4};
  const FlatGame<BilinearField> game(field, {{1, -1, .5, 2}, {.3, .7, -.2, 1}}, {.2, .2});
  FlatStepper competitive(Competitive{.tolerance = 1e-15}, game);
  FlatStepper proximal(Proximal{.tolerance = 1e-15}, game);
  for (int i = 0; i < 5; ++i) {
    competitive.step();
    proximal.step();
    const auto a = competitive.game().position(), b = proximal.game().position();
    for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], 1e-12);
  }
}

struct Hilltops {
  void operator()(const auto& z, auto& v) const {
    v[0] = .1 * z[0] - 5.0 * z[1];
    v[1] = .1 * z[1] + 5.0 * z[0];
  }
};

TEST(SymplecticAlignment, TurnsAwayFromUnstablePoints) {
  // Both players sit on hilltops and push each other around: the origin repels plain steps, and
  // without alignment the adjustment pulls the players in.
  const auto end = [](bool align) {
    FlatStepper stepper(Symplectic{.lambda = 1, .align = align},
                        FlatGame<Hilltops>(Hilltops{}, {{1}, {1}}, {.01, .01}));
    for (int i = 0; i < 200; ++i) stepper.step();
    return std::hypot(stepper.game().point(0)[0], stepper.game().point(1)[0]);
  };
  EXPECT_LT(end(false), 1e-2);
  EXPECT_GT(end(true), 10);
}

// Gradients g = a z + K z, K a quarter turn: <g, H^T g> is a |g|^2 and <A^T g, H^T g> is |g|^2.
struct Spiral {
  double a;
  void operator()(const auto& z, auto& v) const {
    v[0] = -(a * z[0] - z[1]);
    v[1] = -(a * z[1] + z[0]);
  }
};

TEST(SymplecticAlignment, TurnsWhereItsProductFallsBelowATenth) {
  // With |g| = 1 and two numbers the sign turns at a / 2 = -1/10.
  const auto pull = [](double a, bool align) {
    const double size = 1 / std::sqrt(a * a + 1);  // so that |g| is 1
    FlatStepper stepper(Symplectic{.lambda = 1, .align = align},
                        FlatGame<Spiral>(Spiral{a}, {{size}, {0}}, {.01, .01}));
    stepper.step();
    // Without adjustment x would become (1 - .01 a) size; A^T pulls it in or out by .01 size.
    return (stepper.game().point(0)[0] / size - (1 - .01 * a)) / .01;
  };
  EXPECT_NEAR(pull(-.199, true), -1, 1e-9);
  EXPECT_NEAR(pull(-.201, true), 1, 1e-9);
  for (const double a : {-.199, -.201, -3.0, 3.0}) EXPECT_NEAR(pull(a, false), -1, 1e-9);
}

TEST(History, SpreadsWhatItKeepsOverTheWholePast) {
  History<FlatSpace> history(4, Keep::kSpread, 1, {0.0});
  for (int i = 0; i < 20; ++i) history.record({static_cast<double>(i)});
  std::vector<double> kept;
  for (std::size_t i = 0; i < history.size(); ++i) kept.push_back(history[i][0]);
  EXPECT_EQ(kept, (std::vector<double>{7, 15}));
  History<FlatSpace> recent(3, Keep::kRecent, 2, {0.0});
  for (int i = 0; i < 10; ++i) recent.record({static_cast<double>(i)});
  double sum = 0;
  for (std::size_t i = 0; i < recent.size(); ++i) sum += recent[i][0];
  EXPECT_EQ(sum, 5 + 7 + 9);
}

struct Still {
  void operator()(const auto&, auto& v) const { v[0] = 0.0; }
};

TEST(History, OfOneOrTwoPointsMovesOn) {
  for (const std::size_t capacity : {1, 2, 3}) {
    History<FlatSpace> history(capacity, Keep::kSpread, 1, {0.0});
    for (int i = 0; i < 1000; ++i) history.record({static_cast<double>(i)});
    ASSERT_GT(history.size(), 0u) << capacity;
    double latest = 0;
    for (std::size_t i = 0; i < history.size(); ++i) latest = std::max(latest, history[i][0]);
    EXPECT_GE(latest, 499) << capacity;
    EXPECT_GT(history[0][0], 0) << capacity;
  }
}

TEST(Extragradient, LooksAheadWithinTheConstraint) {
  // A clip at 1: the look ahead from psi = .99 must stop there.
  FlatGame<DiracField> game(DiracField(objective::Wasserstein{}), {{-1}, {.99}}, {.5, .5});
  game.project_by([](std::size_t player, std::vector<double>& point) {
    if (player == kDiscriminator) point[0] = std::clamp(point[0], -1.0, 1.0);
  });
  FlatStepper stepper(Extragradient{}, std::move(game));
  stepper.step();
  // theta moves by psi of the look ahead, which is 1, not .99 + .5.
  EXPECT_DOUBLE_EQ(stepper.game().point(0)[0], -1 + .5 * 1);
}

TEST(Consensus, KeepsItsSignWhereAPlayerStandsStill) {
  FlatStepper stepper(Consensus{.gamma = 1},
                      FlatGame<BilinearField>(BilinearField::scalar(1), {{1}, {1}}, {0, .1}));
  stepper.step();
  // y+ = y + rate (x - gamma y).
  EXPECT_DOUBLE_EQ(stepper.game().point(1)[0], 1 + .1 * (1 - 1));
}

TEST(Solve, LetsWhatIsNoNumberThrough) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto same = [](const std::vector<double>& x) { return x; };
  const auto broken = [&](const std::vector<double>&) { return std::vector{nan}; };
  EXPECT_TRUE(std::isnan(solve<FlatSpace>(same, {nan}).x[0]));
  EXPECT_TRUE(std::isnan(solve<FlatSpace>(broken, {1}).x[0]));
}

TEST(Lookahead, ShipsWhatItsInnerDynamicsShips) {
  FlatStepper stepper(Lookahead{.inner = FictitiousPlay{.every = 1}}, bilinear(.1));
  for (int i = 0; i < 5; ++i) stepper.step();
  EXPECT_FALSE(stepper.method().shipped(0).empty());
}

TEST(HistoricalAveraging, PullsToTheMeanOfThePast) {
  // No game at all: only the pull moves the players. mean_1 = 1, so nothing moves; then the point
  // is put to 2: mean_2 = 1.5 and the pull is 2 weight rate (2 - 1.5).
  FlatStepper stepper(HistoricalAveraging{.weight = .5}, FlatGame<Still>(Still{}, {{1}}, {.1}));
  stepper.step();
  EXPECT_DOUBLE_EQ(stepper.game().point(0)[0], 1);
  stepper.game().point(0)[0] = 2;
  stepper.step();
  EXPECT_DOUBLE_EQ(stepper.game().point(0)[0], 2 - .1 * 2 * .5 * .5);
}

TEST(Solve, FindsWhatALinearMapSendsToB) {
  const std::vector<double> a{4, 1, -2, 0, 3, 1, 1, 0, 5}, b{1, 2, 3};
  const auto product = [&](const std::vector<double>& x) {
    std::vector<double> y(3);
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) y[i] += a[3 * i + j] * x[j];
    }
    return y;
  };
  const auto found = solve<FlatSpace>(product, b);
  const std::vector<double> image = product(found.x);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(image[i], b[i], 1e-12);
  EXPECT_EQ(found.products, 3);
  EXPECT_EQ(solve<FlatSpace>(product, {0, 0, 0}).x, (std::vector<double>{0, 0, 0}));
}

}  // namespace
}  // namespace saddle
