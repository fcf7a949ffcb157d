// Two Gaussians with a logistic discriminator, and the linear VAE, as games.
#include "saddle/game/gaussian_field.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saddle/dynamics/flat_game.h"
#include "saddle/game/fields.h"

namespace saddle {
namespace {

static_assert(FieldWithLoss<GaussianField> && FieldWithLoss<LinearVaeField>);

template <class F>
void expect_descent(const F& field, const std::vector<double>& z, std::size_t first_player) {
  std::vector<double> v(z.size());
  field(z, v);
  const auto of_first = loss_gradient(field, 0, z), of_second = loss_gradient(field, 1, z);
  for (std::size_t i = 0; i < z.size(); ++i) {
    EXPECT_NEAR(v[i], i < first_player ? -of_first[i] : -of_second[i], 1e-12) << i;
  }
}

TEST(GaussianField, DescendsTheLossesItComesFrom) {
  for (const objective::ObjectiveConfig& objective :
       {objective::ObjectiveConfig(objective::NonSaturating{}),
        objective::ObjectiveConfig(objective::Saturating{}),
        objective::ObjectiveConfig(objective::LeastSquares{}),
        objective::ObjectiveConfig(objective::Wasserstein{}),
        objective::ObjectiveConfig(objective::PairedRelativistic{})}) {
    expect_descent(GaussianField({.mean = .5, .sd = 1.3, .gamma = .4}, objective),
                   {.7, -.3, .1, -.6, .2}, 2);
  }
}

TEST(GaussianField, DiscriminatorFindsTheLogDensityRatio) {
  // The generator stands still at N(1, 1) and at N(0, 2^2); data N(0, 1). The logit of the wide one
  // grows steeply in its tails, which nodes read to this accuracy.
  constexpr double kQuadrature = 1e-5;
  const auto best = [](double m, double sd) {
    FlatGame<GaussianField> game(GaussianField({}, objective::NonSaturating{}),
                                 {{m, std::log(sd)}, {0, 0, 0}}, {0, .3});
    FlatStepper stepper(Simultaneous{}, std::move(game));
    for (int i = 0; i < 20000; ++i) stepper.step();
    return stepper.game().point(1);
  };
  const auto shifted = best(1, 1);
  EXPECT_NEAR(shifted[0], .5, 1e-6);
  EXPECT_NEAR(shifted[1], -1, 1e-6);
  EXPECT_NEAR(shifted[2], 0, 1e-6);
  const auto wider = best(0, 2);
  EXPECT_NEAR(wider[0], std::log(2.0), kQuadrature);
  EXPECT_NEAR(wider[1], 0, kQuadrature);
  EXPECT_NEAR(wider[2], -.375, kQuadrature);
}

TEST(GaussianField, PenalisedGameFindsTheData) {
  FlatGame<GaussianField> game(GaussianField({.mean = 2, .sd = .5, .gamma = .5}),
                               {{0, 0}, {0, 0, 0}}, {.05, .05});
  FlatStepper stepper(Alternating{}, std::move(game));
  for (int i = 0; i < 60000; ++i) stepper.step();
  EXPECT_NEAR(stepper.game().point(0)[0], 2, 1e-6);
  EXPECT_NEAR(std::exp(stepper.game().point(0)[1]), .5, 1e-6);
}

TEST(LinearVae, DescendsItsLossAndKeepsWhatStandsAboveTheNoise) {
  const LinearVaeField field{{4, 2, 1, .5, .25}, .75};
  const std::vector<double> start{.5, .4, .3, .2, .1, .5, .6, .7, .2, .1, 0, .1, -.1, .2, 0};
  expect_descent(field, start, 5);
  FlatStepper stepper(
      Simultaneous{},
      FlatGame<LinearVaeField>(field, {{.5, .5, .5, .5, .5}, {.5, .5, .5, .5, .5, 0, 0, 0, 0, 0}},
                               {.05, .05}));
  for (int i = 0; i < 20000; ++i) stepper.step();
  const auto& encoder = stepper.game().point(1);
  const double kl[] = {.836988, .490415, .143841, 0, 0};
  const double of_mean[] = {.8125, .625, .25, 0, 0};
  for (std::size_t i = 0; i < 5; ++i) {
    const double w = encoder[i], s = encoder[5 + i], spread = w * w * field.eigenvalues[i];
    EXPECT_NEAR(.5 * (spread + std::exp(s) - s - 1), kl[i], 1e-6) << i;
    EXPECT_NEAR(spread, of_mean[i], 1e-6) << i;
  }
}

}  // namespace
}  // namespace saddle
