// Which evaluation's changes of state a dynamics commits, on networks with batch norm and spectral
// norm: those of the evaluation that moved the parameters, never those of imagined players.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/dynamics/stepper.h"
#include "tests/game/fixtures.h"

namespace saddle {
namespace {

fixture::Pieces with_spectral_norm() {
  fixture::Pieces pieces;
  pieces.discriminator = nn::MlpDiscriminator{.width = 8, .norm = nn::Norm::kSpectral};
  return pieces;
}

std::vector<at::Tensor> buffers_after_one_step(const fixture::Pieces& pieces,
                                               const DynamicsConfig& dynamics, std::size_t player) {
  const auto game = fixture::make_game(pieces);
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  for (const Player& p : game->players()) {
    optimizers.push_back(make_optimizer(Sgd{.lr = .5}, p));
  }
  Stepper stepper(*game, dynamics, std::move(optimizers));
  stepper.step();
  std::vector<at::Tensor> buffers;
  for (const auto& b : game->players()[player].buffers) buffers.push_back(b.tensor.clone());
  return buffers;
}

TEST(CommittedState, OfMethodsThatLookElsewhereIsThatOfPlainSteps) {
  // Heun, Runge-Kutta and unrolling move from the first evaluation's place: D's vectors are those
  // that plain simultaneous steps leave, whatever was imagined.
  for (const auto& pieces : {with_spectral_norm(), fixture::images_with_state()}) {
    const auto expected = buffers_after_one_step(pieces, Simultaneous{}, kDiscriminator);
    ASSERT_FALSE(expected.empty());
    for (const DynamicsConfig& dynamics : {DynamicsConfig(Heun{}), DynamicsConfig(Rk4{})}) {
      EXPECT_EQ(
          fixture::distance(buffers_after_one_step(pieces, dynamics, kDiscriminator), expected), 0);
    }
  }
}

TEST(CommittedState, OfUnrollingLeavesTheForeseenDiscriminatorOut) {
  // However far the foreseen steps go, D's vectors are those of its own evaluation.
  const auto near =
      buffers_after_one_step(with_spectral_norm(), Unrolled{.k = 3, .rate = 1e-3}, kDiscriminator);
  const auto far =
      buffers_after_one_step(with_spectral_norm(), Unrolled{.k = 3, .rate = 1}, kDiscriminator);
  ASSERT_FALSE(near.empty());
  EXPECT_EQ(fixture::distance(near, far), 0);
}

TEST(CommittedState, OfExtragradientIsThatOfItsSecondEvaluation) {
  // The second evaluation stands elsewhere, so its spectral vectors differ from those of a step
  // without a look ahead.
  const auto plain = buffers_after_one_step(with_spectral_norm(), Simultaneous{}, kDiscriminator);
  const auto ahead = buffers_after_one_step(with_spectral_norm(), Extragradient{}, kDiscriminator);
  EXPECT_GT(fixture::distance(ahead, plain), 1e-6);
}

TEST(Ledger, KeepsWhatBelongsToOnePlayer) {
  Ledger ledger;
  int first = 0, second = 0;
  ledger.owned_by(0);
  ledger.record([&] { ++first; });
  ledger.owned_by(1);
  ledger.record([&] { ++second; });
  ledger.keep_only(1);
  ledger.apply();
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

}  // namespace
}  // namespace saddle
