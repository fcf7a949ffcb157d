// Toy games under every dynamics.
#include "saddle/lab/play.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "tests/base/temporary.h"
#include "tests/program.h"

namespace saddle::lab {
namespace {

using test::run_saddle;
using test::TemporaryDirectory;
using ::testing::HasSubstr;

// Every row of a variant, at its defaults.
template <class... Rows>
std::vector<std::variant<Rows...>> rows_of(const std::variant<Rows...>&) {
  return {std::variant<Rows...>(Rows{})...};
}

template <class Rows>
std::string name_of_row(const Rows& rows) {
  return std::visit([](const auto& row) { return std::string(row.kName); }, rows);
}

TEST(Play, EveryToyMovesUnderEveryDynamicsOrSaysWhatItLacks) {
  for (const ToyConfig& game : rows_of(ToyConfig{})) {
    for (const DynamicsConfig& dynamics : rows_of(DynamicsConfig{})) {
      SCOPED_TRACE(name_of_row(game) + " under " + name_of_row(dynamics));
      const bool one_player = std::holds_alternative<HilltopToy>(game);
      const bool affine = std::holds_alternative<BilinearToy>(game) ||
                          std::holds_alternative<QuadraticToy>(game) || one_player;
      const Needs needs = needs_of(dynamics);
      const PlayConfig config{.game = game, .dynamics = dynamics, .eta = .01, .steps = 20};
      if ((needs.two_players && one_player) || (needs.affine && !affine)) {
        EXPECT_THROW(play(config), Error);
        continue;
      }
      const Played played = play(config);
      EXPECT_EQ(played.steps, 20);
      EXPECT_EQ(played.path.size(), 21u);
      EXPECT_NE(played.path.back(), played.path.front());
      EXPECT_EQ(played.spectrum.size(), played.names.size());
      EXPECT_THAT(played.plot, HasSubstr("<svg"));
    }
  }
}

TEST(Play, FollowsTheFormulaOfTheBilinearGame) {
  const Played played =
      play({.game = BilinearToy{.sigma = 2}, .dynamics = Extragradient{}, .eta = .1, .steps = 100});
  const double s = .2;
  EXPECT_NEAR(played.end_norm / played.start_norm, std::pow(1 - s * s + s * s * s * s, 50), 1e-12);
  EXPECT_NEAR(played.spectrum[0].imag(), 2, 1e-12);
}

TEST(Play, KappaSpreadsTheSingularValues) {
  const Played played = play({.game = BilinearToy{.sigma = 3, .kappa = 9, .size = 3}, .steps = 1});
  std::vector<double> rotations;
  for (const auto& value : played.spectrum) {
    if (value.imag() > 0) rotations.push_back(value.imag());
  }
  std::ranges::sort(rotations);
  ASSERT_EQ(rotations.size(), 3u);
  EXPECT_NEAR(rotations[0], 1. / 3, 1e-12);
  EXPECT_NEAR(rotations[1], 1, 1e-12);
  EXPECT_NEAR(rotations[2], 3, 1e-12);
}

TEST(Play, KeepsAtMostTwoThousandPointsAndTheStart) {
  for (const std::int64_t steps : {1999, 2000, 2001, 3999, 10000}) {
    const Played played = play({.steps = steps});
    EXPECT_LE(played.path.size(), 2001u) << steps;
    EXPECT_EQ(played.at.back(), steps);
  }
}

TEST(Play, StopsWhereNumbersRunAway) {
  const Played played = play({.dynamics = Simultaneous{}, .eta = 3, .steps = 1000});
  EXPECT_TRUE(played.ran_away);
  EXPECT_LT(played.steps, 30);
  EXPECT_TRUE(played.spectrum.empty());
}

TEST(Play, ShipsTheMeanOfTheIterates) {
  const Played played = play({.dynamics = IterateAveraging{}, .steps = 1000});
  ASSERT_EQ(played.shipped.size(), 2u);
  EXPECT_LT(std::hypot(played.shipped[0], played.shipped[1]), .02);
  EXPECT_GT(played.end_norm, 1.2);
}

TEST(Play, ClipsTheLastPlayer) {
  const Played played =
      play({.game = DiracToy{.objective = objective::Wasserstein{}, .clip = .5}, .steps = 300});
  for (std::size_t i = 1; i < played.path.size(); ++i) EXPECT_LE(std::abs(played.path[i][1]), .5);
}

TEST(Play, WantsAStartOfTheGamesLength) {
  try {
    play({.start = {1, 2, 3}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[lab] start has 3 numbers: this game wants 2 (x, y)");
  }
}

TEST(PlayVerb, PrintsWhatHappenedAndWritesThePath) {
  const TemporaryDirectory place;
  const auto finished = run_saddle(
      {"lab", "play", "dirac", "--set", "game.gamma=0.3", "--set", "eta=1.3", "--set",
       "dynamics.name=simultaneous", "--set", "steps=3000", "--plot", "cycle.svg", "--json"},
      place.path().string());
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const auto json = nlohmann::json::parse(finished.out);
  EXPECT_EQ(json.at("game"), "dirac");
  EXPECT_EQ(json.at("dynamics"), "simultaneous");
  EXPECT_FALSE(json.at("ran_away").get<bool>());
  EXPECT_EQ(json.at("steps"), 3000);
  // Beyond the edge 4 gamma = 1.2 a cycle is born: neither at rest nor away.
  const double theta = json.at("end")[0], psi = json.at("end")[1];
  EXPECT_GT(std::hypot(theta, psi), .1);
  EXPECT_LT(std::hypot(theta, psi), 1);
  EXPECT_THAT(read_file(place.path() / "cycle.svg"), HasSubstr("<svg"));
}

TEST(PlayVerb, SaysNoFactorFromNothing) {
  const TemporaryDirectory place;
  const auto finished = run_saddle({"lab", "play", "--set", "start=[0,0]"}, place.path().string());
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, ::testing::Not(HasSubstr("nan")));
  EXPECT_EQ(run_saddle({"lab", "play", "--set", "game=hilltop"}, place.path().string()).exit_code,
            0);
  EXPECT_EQ(
      run_saddle({"lab", "play", "--set", "start=[1e300,1]"}, place.path().string()).exit_code, 2);
}

TEST(PlayVerb, RefusesWhatItDoesNotKnow) {
  const TemporaryDirectory place;
  const auto error_of = [&](const std::vector<std::string>& words) {
    const auto finished = run_saddle(words, place.path().string());
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.out, "");
    return finished.err;
  };
  EXPECT_THAT(error_of({"lab", "play", "bilinaer"}), HasSubstr("bilinear"));
  EXPECT_THAT(error_of({"lab", "play", "--set", "dynamics.name=optimstic"}),
              HasSubstr("optimistic"));
  EXPECT_THAT(error_of({"lab", "play", "--set", "eta=-1"}), HasSubstr("eta"));
  EXPECT_THAT(error_of({"lab", "play", "hilltop", "--set", "dynamics.name=alternating"}),
              HasSubstr("needs a game of two players: got 1"));
}

}  // namespace
}  // namespace saddle::lab
