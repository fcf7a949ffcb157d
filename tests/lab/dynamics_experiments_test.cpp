// The experiments that move games: their laws against printed digits, their sweeps against known
// curves, and that a wrong law or a wrong dynamics is found out.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <string>

#include "saddle/lab/bilinear_play.h"
#include "saddle/lab/matrix_games.h"
#include "saddle/lab/planar.h"
#include "saddle/lab/result.h"
#include "saddle/lab/table.h"
#include "saddle/lab/whitening.h"

namespace saddle::lab {
namespace {

constexpr std::array<double, 4> kTabledSteps{.05, .1, .2, .5};
constexpr double kPrintedDigits = 6e-7;

// Radii as tables print them, for s = .05, .1, .2, .5.
const std::map<std::string, std::array<double, 4>> kPrintedRadii{
    {"simultaneous", {1.001249, 1.004988, 1.019804, 1.118034}},
    {"alternating", {1, 1, 1, 1}},
    {"extragradient", {.998752, .995038, .980612, .901388}},
    {"optimistic", {.998746, .994936, .978906, .707107}},
    {"proximal", {.998752, .995037, .980581, .894427}},
    {"competitive", {.998752, .995037, .980581, .894427}},
    {"consensus", {.951315, .905539, .824621, .707107}},
    {"symplectic", {.951315, .905539, .824621, .707107}},
    {"Heun", {1.0000008, 1.0000125, 1.000200, 1.007782}},
    {"RK4", {1.000000, 1.000000, .9999996, .999895}},
    {"momentum -0.5, alternating", {.999630, .998518, .994063, .962544}},
    {"momentum 0.5, alternating", {1.009375, 1.032297, 1.091828, 1.269219}},
    {"lookahead k=5 α=0.5", {.995317, .981327, .926371, .647448}},
    {"lookahead k=31 α=0.5", {.729107, .087958, 1.413958, 15.778846}},
    {"unrolled k=1", {.998749, .994987, .979796, .866025}},
    {"unrolled k=1, gradient stopped", {1, 1, 1, 1}},
    {"unrolled k=5", {.988686, .953939, .800000, 1.395644}},
    {"unrolled k=5, gradient stopped", {.994987, .979796, .916515, .750000}},
};

TEST(RadiusLaw, GivesThePrintedDigits) {
  std::size_t seen = 0;
  for (const RadiusLaw& law : radius_laws({})) {
    const auto printed = kPrintedRadii.find(law.name);
    for (std::size_t i = 0; i < kTabledSteps.size(); ++i) {
      if (printed == kPrintedRadii.end()) {
        // Momentum with simultaneous steps: the table says "above 1" of any.
        EXPECT_TRUE(law.name.ends_with(", simultaneous")) << law.name;
        EXPECT_GT(law.radius(kTabledSteps[i]), 1) << law.name;
      } else {
        EXPECT_NEAR(law.radius(kTabledSteps[i]), printed->second[i], kPrintedDigits) << law.name;
      }
    }
    seen += printed != kPrintedRadii.end();
  }
  EXPECT_EQ(seen, kPrintedRadii.size());
}

TEST(RadiusLaw, OfAnotherMethodIsFoundOut) {
  const auto laws = radius_laws({});
  for (std::size_t i = 0; i < laws.size(); ++i) {
    EXPECT_TRUE(check_radius(laws[i], .3).pass) << laws[i].name;
    RadiusLaw wrong = laws[i];
    wrong.radius = [&](double s) { return laws[i].radius(s * 1.01); };
    const bool flat = std::abs(laws[i].radius(.3) - laws[i].radius(.303)) < 1e-6;
    EXPECT_EQ(check_radius(wrong, .3).pass, flat) << laws[i].name;
  }
  EXPECT_FALSE(check_radius({"x", Extragradient{}, laws[0].radius}, .1).pass);
  EXPECT_FALSE(check_radius({"x", Unrolled{.k = 5, .stop_gradient = true},
                             [](double s) { return std::sqrt(1 - 9 * s * s); }},
                            .1)
                   .pass);
}

TEST(Planar, ToolsFindWhatIsKnown) {
  EXPECT_NEAR(turning_point(0, 2, [](double x) { return x * x < 2; }), std::numbers::sqrt2, 1e-14);
  EXPECT_NEAR(lowest_point(-1, 5, [](double x) { return (x - 1.3) * (x - 1.3); }), 1.3, 1e-7);
  EXPECT_NEAR(largest_root({-6, 11, -6}), 3, 1e-12);  // (t - 1)(t - 2)(t - 3)
  EXPECT_NEAR(largest_root({0, 4}), 2, 1e-12);        // +-2 i
  EXPECT_NEAR(Place({3, -4}).distance(), 5, 0);
}

TEST(Whitening, MakesTheInverseRoot) {
  const Matrix2 a{5, 2, 2, 3};
  const Matrix2 w = inverse_root(a), one = product(product(w, a), w);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(one[i], i % 3 == 0 ? 1 : 0, 1e-14);
  EXPECT_EQ(transposed({1, 2, 3, 4}), (Matrix2{1, 3, 2, 4}));
}

// ---- Matrix games.

TEST(Exploitability, IsZeroAtTheEquilibriumAndTwoForPureActions) {
  const MatrixGame pennies = matching_pennies(), rps = rock_paper_scissors();
  EXPECT_NEAR(exploitability(pennies, {{.5, .5}, {.5, .5}}), 0, 0);
  EXPECT_NEAR(exploitability(rps, {{1. / 3, 1. / 3, 1. / 3}, {1. / 3, 1. / 3, 1. / 3}}), 0, 1e-16);
  EXPECT_EQ(exploitability(pennies, {{1, 0}, {1, 0}}), 2);
  EXPECT_EQ(exploitability(rps, {{1, 0, 0}, {0, 1, 0}}), 2);
  // A game with one row of two columns: the row player earns (1, 3).
  const MatrixGame narrow{"", 1, 2, {1, 3}};
  EXPECT_EQ(narrow.row_gains({.5, .5}), (std::vector<double>{2}));
  EXPECT_EQ(narrow.column_costs({1}), (std::vector<double>{1, 3}));
  EXPECT_EQ(exploitability(narrow, {{1}, {0, 1}}), 2);
}

TEST(FictitiousPlay, BeginsWithActionZeroAndBreaksTiesDownwards) {
  FictitiousPlayers players(rock_paper_scissors());
  players.play();
  EXPECT_EQ(players.mean().x, (std::vector<double>{1, 0, 0}));
  EXPECT_EQ(players.mean().y, (std::vector<double>{1, 0, 0}));
  players.play();  // both answer rock by paper
  EXPECT_EQ(players.mean().x, (std::vector<double>{.5, .5, 0}));
  EXPECT_EQ(players.mean().y, (std::vector<double>{.5, .5, 0}));
  players.play();  // against rock and paper, paper gains 1/2; so does no other
  EXPECT_NEAR(players.mean().x[1], 2. / 3, 1e-15);
}

double exploited(const MatrixGame& game, bool in_turn, int plays) {
  FictitiousPlayers players(game, in_turn);
  for (int t = 0; t < plays; ++t) players.play();
  return exploitability(game, players.mean());
}

TEST(FictitiousPlay, HasTheStatedExploitability) {
  const std::array<int, 3> plays{100, 1000, 10000};
  const std::array<double, 3> pennies{.1400, .0440, .0140}, rps{.1400, .0420, .0134};
  const std::array<double, 3> in_turn{.0200, .0020, .0002};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(exploited(matching_pennies(), false, plays[i]), pennies[i], 1e-9);
    EXPECT_NEAR(exploited(rock_paper_scissors(), false, plays[i]), rps[i], 1e-9);
    EXPECT_NEAR(exploited(matching_pennies(), true, plays[i]), in_turn[i], 1e-9);
  }
}

TEST(Weights, HaveTheStatedExploitability) {
  struct Stated {
    MatrixGame game;
    Mixtures start;
    bool optimistic;
    std::array<double, 3> last, mean;
  };
  const Mixtures rps{{.5, .3, .2}, {.2, .5, .3}}, pennies{{.6, .4}, {.5, .5}};
  const std::array<Stated, 4> table{
      {{rock_paper_scissors(), rps, false, {.6064, 1.265, 1.943}, {.05918, .02978, .01724}},
       {rock_paper_scissors(), rps, true, {.4065, .08415, 2.7e-8}, {.03564, .00844, .00090}},
       {matching_pennies(), pennies, false, {.4151, 1.571, 1.993}, {.06275, .03282, .01409}},
       {matching_pennies(), pennies, true, {.1710, .001345, 0}, {.03489, .00221, .00022}}}};
  for (const Stated& row : table) {
    WeightPlayers players(row.game, row.start, .1, row.optimistic);
    int t = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      for (; t < std::array{100, 1000, 10000}[i]; ++t) players.play();
      const double last = exploitability(row.game, players.last());
      const double mean = exploitability(row.game, players.mean());
      EXPECT_NEAR(last, row.last[i], .02 * row.last[i] + 1e-12) << row.game.name << t;
      EXPECT_NEAR(mean, row.mean[i], .02 * row.mean[i]) << row.game.name << t;
    }
  }
}

// ---- Sweeps.

Sweep sweep_of(const char* id, const SweepOptions& options,
               const std::vector<std::string>& assignments = {}) {
  const Experiment& experiment = find_experiment(experiments(), id);
  Settings settings(experiment.id, experiment.parameters);
  for (const std::string& assignment : assignments) settings.assign(assignment);
  return run_sweep(experiment, settings, options);
}

const std::vector<double>& curve(const Sweep& sweep, const std::string& name) {
  const auto place = std::ranges::find(sweep.names, name) - sweep.names.begin();
  return sweep.curves.at(static_cast<std::size_t>(place));
}

TEST(DynamicsSweep, OfTheStepDrawsTheRadii) {
  const Sweep sweep = sweep_of("E05", {.parameter = "s", .from = .05, .to = 1.25, .steps = 25});
  for (std::size_t i = 0; i < sweep.at.size(); ++i) {
    const double s = sweep.at[i];
    EXPECT_NEAR(curve(sweep, "simultaneous")[i], std::sqrt(1 + s * s), 1e-9);
    EXPECT_NEAR(curve(sweep, "extragradient")[i], std::sqrt(1 - s * s + s * s * s * s), 1e-9);
    EXPECT_NEAR(curve(sweep, "alternating")[i], 1, 1e-9);
  }
  EXPECT_NEAR(curve(sweep, "unrolled")[1], .953939, kPrintedDigits);
}

TEST(DynamicsSweep, OfNegativeMomentumDrawsItsEdge) {
  const Sweep sweep = sweep_of("E07", {.parameter = "beta", .from = -.9, .to = -.1, .steps = 5});
  for (std::size_t i = 0; i < sweep.at.size(); ++i) {
    EXPECT_NEAR(curve(sweep, "edge, momentum")[i], 2 * (1 + sweep.at[i]), 1e-4);
    EXPECT_LT(curve(sweep, "radius there")[i], 1);
  }
}

TEST(DynamicsSweep, OfLookaheadDipsAtHalfATurn) {
  const Sweep sweep = sweep_of("E10", {.parameter = "k", .from = 1, .to = 60, .steps = 60});
  const auto& radius = curve(sweep, "per outer step");
  EXPECT_EQ(std::ranges::min_element(radius) - radius.begin(), 30);
  EXPECT_NEAR(radius[30], .087958, kPrintedDigits);
}

TEST(DynamicsSweep, OfTheStepShowsTheBirthOfTheCycle) {
  const Sweep sweep = sweep_of("E16", {.parameter = "h", .from = 1.14, .to = 1.26, .steps = 3});
  const auto& cycle = curve(sweep, "largest late distance");
  EXPECT_LT(cycle[0], 1e-6);  // e = -.05
  EXPECT_NEAR(cycle[2], .43639, 1e-4);
}

TEST(DynamicsSweep, OfTheFreeGameDrawsTheRootOfTheStep) {
  const Sweep sweep = sweep_of("E16b", {.parameter = "h", .from = .1, .to = .2, .steps = 2});
  EXPECT_NEAR(curve(sweep, "nearest late point")[0], .4443, 1e-4);
  EXPECT_NEAR(curve(sweep, "farthest late point")[1], .6397, 1e-4);
  EXPECT_NEAR(curve(sweep, "√(2h)")[1], std::sqrt(.4), 1e-12);
}

TEST(DynamicsSweep, OfTheStepDrawsTheMomentumThatIsStable) {
  const Sweep sweep =
      sweep_of("E17", {.parameter = "h", .from = .05, .to = .2, .steps = 3, .logarithmic = true});
  EXPECT_NEAR(curve(sweep, "heavy ball")[0], .7427, 1e-4);
  EXPECT_NEAR(curve(sweep, "averaged")[1], .8589, 1e-4);
  EXPECT_NEAR(curve(sweep, "heavy ball")[2], .5178, 1e-4);
  EXPECT_NEAR(curve(sweep, "heavy ball, from its mass")[2], .5178, 5e-3);
}

TEST(DynamicsSweep, OfSpeedsAndWeightsCrossesWhereTheorySays) {
  const Sweep speed = sweep_of("E20", {.parameter = "tau", .from = 1.9, .to = 2.1, .steps = 3});
  EXPECT_NEAR(curve(speed, "largest real part")[0], .025, 1e-9);
  EXPECT_NEAR(curve(speed, "largest real part")[1], 0, 1e-9);
  EXPECT_NEAR(curve(speed, "imaginary part")[2], std::sqrt(7.349375), 1e-9);
  const Sweep weight = sweep_of("E21", {.parameter = "lambda", .from = 0, .to = 2, .steps = 3});
  const auto& growth = curve(weight, "consensus, growth per step");
  EXPECT_NEAR(growth[0], 1.01, 1e-9);
  EXPECT_NEAR(growth[1], 1, 1e-9);
  EXPECT_NEAR(growth[2], .99, 1e-9);
}

TEST(DynamicsSweep, OfMemoryShowsThatThePastIsDelay) {
  const Sweep sweep =
      sweep_of("E22", {.parameter = "w", .from = 1, .to = 20, .steps = 20}, {"plays=10"});
  const auto& growth = curve(sweep, "past, growth per step");
  EXPECT_NEAR(growth[0], std::sqrt(1.01), 1e-9);
  EXPECT_TRUE(std::ranges::is_sorted(growth));
}

TEST(DynamicsSweep, OfConditioningGrowsWithTheSquare) {
  const Sweep sweep = sweep_of("E08", {.parameter = "kappa", .from = 1, .to = 10, .steps = 2});
  EXPECT_NEAR(curve(sweep, "steps")[0], 49, 1);
  EXPECT_NEAR(curve(sweep, "steps")[1], 2771, 1);
  EXPECT_NEAR(curve(sweep, "steps, whitened")[1], 49, 1);
}

}  // namespace
}  // namespace saddle::lab
