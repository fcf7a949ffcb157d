#include "saddle/game/toy_games.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <complex>

#include "saddle/base/error.h"
#include "saddle/game/fields.h"
#include "saddle/tensor/autograd.h"
#include "tests/game/fixtures.h"

namespace saddle {
namespace {

using objective::ObjectiveConfig;

constexpr double kToyRounding = 1e-12;

at::Tensor vector_of(std::initializer_list<double> values) {
  return at::tensor(at::ArrayRef<double>(values.begin(), values.size()), at::kDouble);
}

const std::vector<ObjectiveConfig>& toy_objectives() {
  static const std::vector<ObjectiveConfig> kAll{
      objective::NonSaturating{},
      objective::NonSaturating{.real_label = 0.9, .fake_label = 0.1},
      objective::Saturating{},
      objective::LeastSquares{},
      objective::Hinge{},
      objective::Wasserstein{},
      objective::PairedRelativistic{}};
  return kAll;
}

void expect_gradient_is_that_of_the_loss(Game& game) {
  const auto turn = game.play(game.draw(0));
  const std::array<std::size_t, 2> both{0, 1};
  const auto evaluations = turn->gradient(both);
  for (const std::size_t p : both) {
    Player& player = game.players()[p];
    const at::Tensor loss = turn->loss(p);
    EXPECT_NEAR(loss.item().toDouble(), evaluations[p].total.item().toDouble(), kToyRounding);
    const auto expected = gradients(loss, {player.parameters[0].tensor}, false, true);
    EXPECT_TRUE(at::allclose(player.gradients[0], expected[0], kToyRounding, kToyRounding)) << p;
  }
}

TEST(BilinearGame, ClosedFormIsTheGradientOfTheLoss) {
  const at::Tensor a = at::tensor({1., -2., .5, .3, 0., 4.}, at::kDouble).view({2, 3});
  const auto game = make_bilinear_game(a, vector_of({1, -1}), vector_of({.5, 2, -3}));
  expect_gradient_is_that_of_the_loss(*game);
  EXPECT_EQ(game->players()[0].name, "x");
}

TEST(BilinearGame, FieldAgreesWithTheTensorGame) {
  const at::Tensor a = at::tensor({1., -2., .5, .3, 0., 4.}, at::kDouble).view({2, 3});
  const auto game = make_bilinear_game(a, vector_of({1, -1}), vector_of({.5, 2, -3}));
  const std::vector<double> z{1, -1, .5, 2, -3};
  std::vector<double> v(5);
  BilinearField{{1, -2, .5, .3, 0, 4}, 2, 3}(z, v);
  const auto g = fixture::gradients_of(*game, game->draw(0), 0);
  const auto h = fixture::gradients_of(*game, game->draw(1), 1);
  for (int i = 0; i < 2; ++i) EXPECT_NEAR(v[i], -g[0][i].item().toDouble(), kToyRounding);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(v[2 + i], -h[0][i].item().toDouble(), kToyRounding);
}

TEST(BilinearGame, RefusesShapesThatDoNotFit) {
  try {
    make_bilinear_game(at::ones({2, 2}), at::ones({3}), at::ones({2}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "[bilinear game] shapes do not fit: got matrix [2,2] with x [3] and y [2], "
                 "expected [m,n], [m] and [n]");
  }
}

TEST(DiracGame, ClosedFormIsTheGradientOfTheLossForEveryObjective) {
  objective::PenaltyConfig penalty;
  std::get<0>(penalty) = objective::R1{.gamma = 0.3};
  std::get<2>(penalty) = objective::WganGp{.lambda = 0.7};
  for (const auto& objective : toy_objectives()) {
    SCOPED_TRACE(objective::name(objective));
    const auto game = make_dirac_game(objective, penalty, vector_of({.7}), vector_of({-1.6}));
    expect_gradient_is_that_of_the_loss(*game);
  }
}

TEST(DiracGame, FieldAgreesWithTheTensorGameForEveryObjective) {
  objective::PenaltyConfig penalty;
  std::get<0>(penalty) = objective::R1{.gamma = 0.3};
  std::get<1>(penalty) = objective::R2{.gamma = 0.2};
  std::get<2>(penalty) = objective::WganGp{.lambda = 0.7};
  for (const auto& objective : toy_objectives()) {
    SCOPED_TRACE(objective::name(objective));
    const auto game = make_dirac_game(objective, penalty, vector_of({.7}), vector_of({-1.6}));
    std::vector<double> v(2);
    DiracField(objective, {.gamma = 0.5, .lambda = 0.7})(std::vector{.7, -1.6}, v);
    for (std::size_t p = 0; p < 2; ++p) {
      const auto g = fixture::gradients_of(*game, game->draw(p), p);
      EXPECT_NEAR(v[p], -g[0].item().toDouble(), kToyRounding) << p;
    }
  }
}

// The eigenvalue with the largest imaginary part of the field's Jacobian at 0, by differences.
std::complex<double> dirac_eigenvalue(const DiracField& field) {
  constexpr double kStep = 1e-5;
  double j[2][2];
  for (int column = 0; column < 2; ++column) {
    std::vector<double> z{0, 0}, high(2), low(2);
    z[column] = kStep;
    field(z, high);
    z[column] = -kStep;
    field(z, low);
    for (int row = 0; row < 2; ++row) j[row][column] = (high[row] - low[row]) / (2 * kStep);
  }
  const std::complex<double> half = (j[0][0] + j[1][1]) / 2;
  return half + std::sqrt(half * half - (j[0][0] * j[1][1] - j[0][1] * j[1][0]));
}

TEST(DiracGame, HasTheEigenvaluesOfTheTheory) {
  const auto expect = [](const DiracField& field, double real, double imaginary) {
    constexpr double kDigitsOfTheTable = 1e-6;
    const auto value = dirac_eigenvalue(field);
    EXPECT_NEAR(value.real(), real, kDigitsOfTheTable) << objective::name(field.objective());
    EXPECT_NEAR(std::abs(value.imag()), imaginary, kDigitsOfTheTable);
  };
  for (const ObjectiveConfig& objective :
       {ObjectiveConfig(objective::NonSaturating{}), ObjectiveConfig(objective::Saturating{}),
        ObjectiveConfig(objective::PairedRelativistic{})}) {
    expect(DiracField{objective, {}}, 0, .5);
    expect(DiracField{objective, {.gamma = .1}}, -.05, .497494);
    expect(DiracField{objective, {.gamma = .3}}, -.15, .476970);
    expect(DiracField{objective, {.gamma = .6}}, -.3, .4);  // R1 and R2 of .3 each
  }
  expect(DiracField{objective::Wasserstein{}, {}}, 0, 1);
}

TEST(DiracGame, WeightClipHoldsTheDiscriminator) {
  objective::PenaltyConfig penalty;
  std::get<3>(penalty) = objective::WeightClip{.c = 1};
  const auto game =
      make_dirac_game(objective::Wasserstein{}, penalty, vector_of({3}), vector_of({-2}));
  game->project(0);
  EXPECT_EQ(game->players()[1].parameters[0].tensor.item().toDouble(), -2);
  const auto version = game->players()[1].version;
  game->project(1);
  EXPECT_EQ(game->players()[1].parameters[0].tensor.item().toDouble(), -1);
  EXPECT_GT(game->players()[1].version, version);
  EXPECT_EQ(game->players()[0].parameters[0].tensor.item().toDouble(), 3);
}

TEST(ToyGame, SnapshotBringsItBackAndACopySharesNothing) {
  const auto game = make_dirac_game(objective::NonSaturating{}, {}, vector_of({.7}).to(at::kFloat),
                                    vector_of({.2}).to(at::kFloat));
  const StateDict before = snapshot(*game);
  const std::string bytes = fixture::bytes_of(*game);
  const auto twin = game->copy(at::kDouble);
  game->draw(0);
  game->players()[0].parameters[0].tensor.detach().fill_(9);
  EXPECT_NE(fixture::bytes_of(*game), bytes);
  EXPECT_EQ(twin->players()[0].parameters[0].tensor.scalar_type(), at::kDouble);
  EXPECT_FLOAT_EQ(twin->players()[0].parameters[0].tensor.item().toFloat(), .7f);
  restore(*game, before);
  EXPECT_EQ(fixture::bytes_of(*game), bytes);
}

TEST(Game, AnUnknownPlayerIsNamedWithTheKnownOnes) {
  const auto game = make_bilinear_game(at::ones({1, 1}), at::ones({1}), at::ones({1}));
  EXPECT_EQ(player_index(*game, "y"), 1u);
  try {
    player_index(*game, "generator");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_STREQ(error.what(), "[game] no player 'generator'; known: x, y");
  }
}

}  // namespace
}  // namespace saddle
