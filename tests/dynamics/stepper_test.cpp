#include "saddle/dynamics/stepper.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "saddle/base/error.h"
#include "saddle/dynamics/flat_game.h"
#include "saddle/dynamics/steppers.h"
#include "saddle/game/toy_games.h"

namespace saddle {
namespace {

using FlatBilinear = FlatGame<BilinearField>;

FlatBilinear flat_bilinear(double x, double y, double eta) {
  return FlatBilinear(BilinearField::scalar(1), {{x}, {y}}, {eta, eta});
}

std::unique_ptr<ToyGame> tensor_bilinear() {
  const at::Tensor one = at::ones({1}, at::kDouble);
  return make_bilinear_game(one.view({1, 1}), one, one);
}

// Spectral radius of the 2 x 2 one-step map, built from unit vectors.
template <class Dynamics>
double radius(const Dynamics& dynamics, double eta) {
  double m[2][2];
  for (int column = 0; column < 2; ++column) {
    FlatBilinear game = flat_bilinear(column == 0, column == 1, eta);
    step(dynamics, game);
    m[0][column] = game.point(0)[0];
    m[1][column] = game.point(1)[0];
  }
  const double half_trace = (m[0][0] + m[1][1]) / 2;
  const double determinant = m[0][0] * m[1][1] - m[0][1] * m[1][0];
  const std::complex<double> root =
      std::sqrt(std::complex<double>(half_trace * half_trace - determinant));
  return std::max(std::abs(half_trace + root), std::abs(half_trace - root));
}

TEST(Stepper, SimultaneousExplodesOnTheBilinearGame) {
  for (const double s : {.05, .1, .2, .5}) {
    EXPECT_NEAR(radius(Simultaneous{}, s), std::sqrt(1 + s * s), 1e-9) << s;
  }
}

TEST(Stepper, AlternatingCirclesOnTheBilinearGame) {
  // Here the generator x answers a y that has moved; either order has radius 1 below s = 2.
  for (const double s : {.05, .1, .2, .5}) EXPECT_NEAR(radius(Alternating{}, s), 1, 1e-9) << s;
  EXPECT_NEAR(radius(Alternating{}, 2.01), 1.221301, 1e-6);
}

TEST(Stepper, AlternatingKeepsItsInvariant) {
  // y first: x^2 + y^2 + s x y is conserved.
  constexpr double s = .1;
  FlatBilinear game = flat_bilinear(1, 1, s);
  for (int i = 0; i < 1000; ++i) step(Alternating{}, game);
  const double x = game.point(0)[0], y = game.point(1)[0];
  EXPECT_NEAR(x * x + y * y + s * x * y, 2 + s, 1e-12);
}

std::vector<std::unique_ptr<Optimizer>> plain(Game& game, double lr) {
  std::vector<std::unique_ptr<Optimizer>> list;
  for (const Player& player : game.players()) list.push_back(make_optimizer(Sgd{.lr = lr}, player));
  return list;
}

double value_of(Game& game, std::size_t player) {
  return game.players()[player].parameters[0].tensor[0].item().toDouble();
}

template <class Dynamics, class F>
void expect_same_path(const Dynamics& dynamics, Game& game, FlatGame<F> flat) {
  Stepper stepper(game, dynamics, plain(game, .1));
  for (int i = 0; i < 200; ++i) {
    stepper.step();
    step(dynamics, flat);
    constexpr double kRounding = 1e-12;
    ASSERT_NEAR(value_of(game, 0), flat.point(0)[0], kRounding) << "step " << i;
    ASSERT_NEAR(value_of(game, 1), flat.point(1)[0], kRounding) << "step " << i;
  }
}

TEST(Stepper, TheSameCodeMovesTensorsAndFlatVectors) {
  expect_same_path(Simultaneous{}, *tensor_bilinear(), flat_bilinear(1, 1, .1));
  expect_same_path(Alternating{.d_steps = 2}, *tensor_bilinear(), flat_bilinear(1, 1, .1));
}

TEST(Stepper, DiracGanAgreesWithItsClosedForm) {
  objective::PenaltyConfig penalty;
  std::get<0>(penalty) = objective::R1{.gamma = .3};
  const at::Tensor one = at::ones({1}, at::kDouble);
  for (const objective::ObjectiveConfig& objective :
       {objective::ObjectiveConfig(objective::NonSaturating{}),
        objective::ObjectiveConfig(objective::Saturating{}),
        objective::ObjectiveConfig(objective::LeastSquares{}),
        objective::ObjectiveConfig(objective::Wasserstein{}),
        objective::ObjectiveConfig(objective::PairedRelativistic{})}) {
    const auto game = make_dirac_game(objective, penalty, one, one);
    expect_same_path(
        Alternating{}, *game,
        FlatGame<DiracField>(DiracField{objective, {.gamma = .3}}, {{1}, {1}}, {.1, .1}));
  }
}

// Radius of a Dirac-GAN after `steps` steps of size h from (1, 1).
template <class Dynamics>
double dirac_radius(const Dynamics& dynamics, const DiracField& field, double h, int steps) {
  FlatGame<DiracField> game(field, {{1}, {1}}, {h, h});
  for (int i = 0; i < steps; ++i) step(dynamics, game);
  return std::hypot(game.point(0)[0], game.point(1)[0]);
}

TEST(Stepper, DiracGanEndsWhereTheTheorySays) {
  const DiracField non_saturating{objective::NonSaturating{}, {}};
  // The table moves theta first, which changes the fourth digit.
  constexpr double kOrderOfMoves = 5e-4;
  EXPECT_NEAR(dirac_radius(Alternating{}, non_saturating, .1, 1000), .2809, kOrderOfMoves);
  EXPECT_NEAR(dirac_radius(Alternating{}, non_saturating, .1, 10000), .0893, kOrderOfMoves);
  // Simultaneous steps end on a limit cycle of radius sqrt(2 h).
  EXPECT_NEAR(dirac_radius(Simultaneous{}, non_saturating, .1, 400000) / std::sqrt(.2), 1, .02);
  const DiracField zero_centred{objective::Wasserstein{}, {.gamma = .7}};
  EXPECT_LT(dirac_radius(Alternating{}, zero_centred, .05, 20000), 1e-100);
}

// A method over the concept alone, as one that comes later will be written.
template <Movable M>
void extragradient_step(M& game) {
  using S = typename M::SpaceType;
  std::vector<typename S::Vector> saved;
  for (std::size_t p = 0; p < game.player_count(); ++p) saved.push_back(game.point(p));
  step(Simultaneous{}, game);
  for (std::size_t p = 0; p < game.player_count(); ++p) game.evaluate(p);
  for (std::size_t p = 0; p < game.player_count(); ++p) {
    S::copy(game.point(p), saved[p]);
    game.apply(p);
  }
}

TEST(Stepper, OtherMethodsFitTheSameConcept) {
  FlatBilinear game = flat_bilinear(1, 1, .1);
  extragradient_step(game);
  EXPECT_NEAR(game.point(0)[0], .89, 1e-12);
  EXPECT_NEAR(game.point(1)[0], 1.09, 1e-12);
}

TEST(Stepper, ReportsTheLastMoveOfEachPlayerAndCountsVersions) {
  const auto game = tensor_bilinear();
  Stepper stepper(*game, Alternating{.d_steps = 3, .g_steps = 2}, plain(*game, .1));
  const StepReport report = stepper.step();
  ASSERT_EQ(report.moves.size(), 2u);
  EXPECT_EQ(report.moves[0].player, kDiscriminator);
  EXPECT_EQ(report.moves[1].player, kGenerator);
  EXPECT_EQ(game->players()[kDiscriminator].version, 3u);
  EXPECT_EQ(game->players()[kGenerator].version, 2u);
  EXPECT_FALSE(report.moves[1].evaluation.total.requires_grad());
}

TEST(Stepper, SnapshotOfGameAndOptimizersContinuesAsIfNothingHadHappened) {
  const auto game = tensor_bilinear();
  std::vector<std::unique_ptr<Optimizer>> list;
  for (const Player& player : game->players()) list.push_back(make_optimizer(Adam{}, player));
  Stepper stepper(*game, Alternating{}, std::move(list));
  for (int i = 0; i < 3; ++i) stepper.step();
  const StateDict at_game = snapshot(*game), at_stepper = snapshot(stepper);
  for (int i = 0; i < 3; ++i) stepper.step();
  const double there = value_of(*game, 0);
  restore(*game, at_game);
  restore(stepper, at_stepper);
  for (int i = 0; i < 3; ++i) stepper.step();
  EXPECT_EQ(value_of(*game, 0), there);
}

TEST(Stepper, RefusesAGameThatLacksWhatTheDynamicsNeeds) {
  class ThreePlayers final : public Game {
   public:
    ThreePlayers() : players_(3) {}
    std::span<Player> players() override { return players_; }
    Round draw(std::size_t) override { return {}; }
    Round draw_shared(std::size_t, const Round&) override { return {}; }
    std::unique_ptr<Turn> play(const Round&) override { return nullptr; }
    std::unique_ptr<Game> copy(at::ScalarType) override { return nullptr; }
    void state(StateVisitor&) override {}

   private:
    std::vector<Player> players_;
  } game;
  try {
    Stepper stepper(game, Alternating{}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "[dynamics] dynamics.name = \"alternating\" needs a game of two players: got 3; try "
        "dynamics.name = \"simultaneous\"");
  }
}

TEST(Stepper, WantsOneOptimizerAPlayer) {
  const auto game = tensor_bilinear();
  try {
    Stepper stepper(*game, Simultaneous{}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[dynamics] got 0 optimizers for 2 players");
  }
}

TEST(Space, TensorAndFlatAgree) {
  TensorSpace::Vector a{at::tensor({1., 2.}, at::kDouble), at::tensor({3.}, at::kDouble)};
  const TensorSpace::Vector b{at::tensor({.5, -1.}, at::kDouble), at::tensor({2.}, at::kDouble)};
  FlatSpace::Vector fa{1, 2, 3};
  const FlatSpace::Vector fb{.5, -1, 2};
  TensorSpace::axpy(a, .3, b);
  FlatSpace::axpy(fa, .3, fb);
  TensorSpace::scale(a, 2);
  FlatSpace::scale(fa, 2);
  EXPECT_NEAR(TensorSpace::dot(a, b), FlatSpace::dot(fa, fb), 1e-14);
  TensorSpace::Vector c = TensorSpace::zeros_like(a);
  TensorSpace::copy(c, a);
  EXPECT_TRUE(at::equal(c[0], a[0]));
}

}  // namespace
}  // namespace saddle
