#include "saddle/monitor/best_response.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saddle/base/text.h"
#include "saddle/game/toy_games.h"
#include "saddle/monitor/layer_spectrum.h"
#include "tests/monitor/ring_game.h"

namespace saddle::monitor {
namespace {

using fixture::Pieces;

struct Bilinear {
  at::Tensor a = at::tensor({1.0, -2.0, .5, .25, 3.0, -1.0}, at::kDouble).view({2, 3});
  at::Tensor x = at::tensor({.7, -.3}, at::kDouble);
  at::Tensor y = at::tensor({.2, .4, -.9}, at::kDouble);
  std::unique_ptr<ToyGame> game = make_bilinear_game(a, x, y);

  at::Tensor for_x() const { return at::mv(a, y); }
  at::Tensor for_y() const { return at::mv(a.t(), x); }
};

double squared(const at::Tensor& t) {
  return t.square().sum().item().toDouble();
}
double length_1(const at::Tensor& t) {
  return t.abs().sum().item().toDouble();
}

// Against an opponent who stands still the loss is linear: k steps of rate h gain k h |slope|^2.
TEST(BestResponse, OfGradientStepsOnABilinearGameIsTheClosedForm) {
  Bilinear b;
  const BestResponseOptions options{.steps = 20, .optimizer = Sgd{.lr = .03}};
  const auto y = best_response(*b.game, 1, options), x = best_response(*b.game, 0, options);
  EXPECT_NEAR(y.gain, 20 * .03 * squared(b.for_y()), 1e-12);
  EXPECT_NEAR(x.gain, 20 * .03 * squared(b.for_x()), 1e-12);
  EXPECT_NEAR(y.before, at::dot(b.x, b.for_x()).item().toDouble(), 1e-12);
  EXPECT_NEAR(y.after - y.before, y.gain, 1e-12);
  EXPECT_NEAR(y.total_gain, y.gain, 1e-12);
  EXPECT_EQ(y.standard_error, 0);
  EXPECT_EQ(y.steps, 20);
  EXPECT_EQ(y.samples, 0);
}

// Adam without first moment moves each entry by its rate when the slope does not change.
TEST(DualityGap, OfAdamOnABilinearGameIsTheClosedForm) {
  Bilinear b;
  const auto gap = duality_gap(*b.game);
  const double high = 50 * 1e-3 * length_1(b.for_y()), low = 50 * 1e-3 * length_1(b.for_x());
  // eps of Adam is 1e-8 of a slope of order one.
  EXPECT_NEAR(gap.maximiser_gain, high, 1e-7);
  EXPECT_NEAR(gap.minimiser_gain, low, 1e-7);
  EXPECT_NEAR(gap.gap, high + low, 1e-7);
  EXPECT_NEAR(gap.value, at::dot(b.x, b.for_x()).item().toDouble(), 1e-12);
}

TEST(DualityGap, OfGradientStepsIsTheClosedFormAndZeroAtTheEquilibrium) {
  Bilinear b;
  const BestResponseOptions options{.steps = 10, .optimizer = Sgd{.lr = .1}};
  EXPECT_NEAR(duality_gap(*b.game, options).gap, squared(b.for_x()) + squared(b.for_y()), 1e-12);
  const auto still =
      make_bilinear_game(b.a, at::zeros({2}, at::kDouble), at::zeros({3}, at::kDouble));
  EXPECT_EQ(duality_gap(*still, options).gap, 0);
}

// Section 5 of the reference: at its equilibrium nobody gains; (1,1) can be improved on.
TEST(DualityGap, OfTheDiracGanFallsToZeroAtItsEquilibrium) {
  const auto gap_at = [](double theta, double psi) {
    const auto game =
        make_dirac_game(objective::NonSaturating{}, {}, at::full({1}, theta, at::kDouble),
                        at::full({1}, psi, at::kDouble));
    return duality_gap(*game).gap;
  };
  EXPECT_NEAR(gap_at(0, 0), 0, 1e-15);
  EXPECT_GT(gap_at(1, 1), 0.01);
}

TEST(BestResponse, GainsMoreForAnUntrainedDiscriminatorThanForATrainedOne) {
  const Pieces pieces = test::ring_pieces(at::kFloat);
  AdversarialGame game(test::ring_config(pieces, test::kRingBatch));
  const auto untrained = best_response(game, 1);
  EXPECT_EQ(untrained.samples, 4096);
  EXPECT_EQ(untrained.steps, 50);
  EXPECT_GT(untrained.gain, 10 * untrained.standard_error);
  test::train_alone(game, 1, 400, 3e-3);
  const auto trained = best_response(game, 1);
  // It cannot do much better, nor worse than noise and 50 noisy steps make it.
  EXPECT_GT(trained.gain, -0.02);
  EXPECT_LT(trained.gain, untrained.gain / 5);
  EXPECT_GT(trained.before, untrained.before);
}

TEST(BestResponse, MeasuresOnOtherRoundsThanItTrainsOnAndMovesOnWhereAsked) {
  AdversarialGame game(test::ring_config(test::ring_pieces(at::kFloat), 16));
  const BestResponseOptions options{.steps = 5, .samples = 100};
  EXPECT_EQ(probe_rounds(game, options), 5U + 7U);
  const auto a = best_response(game, 1, options), b = best_response(game, 1, options);
  EXPECT_EQ(a.samples, 112);
  EXPECT_EQ(a.gain, b.gain);
  BestResponseOptions next = options;
  next.first_round = probe_rounds(game, options);
  EXPECT_NE(best_response(game, 1, next).before, a.before);
}

TEST(BestResponse, KeepsTheConstraintOfAClippedCritic) {
  Pieces pieces = test::ring_pieces(at::kFloat);
  pieces.objective = objective::Wasserstein{};
  AdversarialGame free(test::ring_config(pieces, 16));
  pieces.penalty = {{}, {}, {}, objective::WeightClip{.c = .01}};
  AdversarialGame clipped(test::ring_config(pieces, 16));
  const BestResponseOptions options{.steps = 30, .samples = 64};
  // Weights within .01 let the critic say next to nothing.
  EXPECT_LT(std::abs(best_response(clipped, 1, options).after), 1e-3);
  EXPECT_GT(best_response(free, 1, options).after, 1e-2);
}

TEST(BestResponse, RefusesWhatItCannotAsk) {
  Bilinear b;
  test::expect_error([&] { best_response(*b.game, 2); }, ErrorCode::kUsage,
                     "[microscope] player: got 2, expected one of 2");
  test::expect_error([&] { best_response(*b.game, 0, {.steps = 0}); }, ErrorCode::kUsage,
                     "[microscope] steps: got 0, expected 1 or more");
  test::expect_error([&] { duality_gap(*b.game, {.samples = 0}); }, ErrorCode::kUsage,
                     "[microscope] samples: got 0, expected 1 or more");
  const auto lost = make_bilinear_game(b.a, at::full({2}, std::nan(""), at::kDouble), b.y);
  test::expect_error([&] { best_response(*lost, 1); }, ErrorCode::kNumeric,
                     "[microscope] the loss of a probe is not finite: got nan; try a smaller rate "
                     "of the probe's optimizer");
}

// A game of one matrix and one vector.
std::unique_ptr<AdversarialGame> game_with_layer(const at::Tensor& w) {
  Pieces pieces = test::ring_pieces(at::kDouble);
  pieces.discriminator = nn::MlpDiscriminator{.width = w.size(0), .depth = 1};
  auto game = fixture::make_game(pieces);
  const NoGrad no_grad;
  game->players()[1].parameters[0].tensor.copy_(w);
  return game;
}

TEST(LayerSpectra, AreTheSingularValuesOfEveryWeight) {
  const at::Tensor w = at::tensor({3.0, 0.0, 0.0, -4.0, 0.0, 0.0}, at::kDouble).view({3, 2});
  const auto game = game_with_layer(w);
  const auto layers = layer_spectra(*game);
  // Three weights of G, two of D; biases have none.
  ASSERT_EQ(layers.size(), 5U);
  const LayerSpectrum& layer = layers[3];
  EXPECT_EQ(layer.player, "discriminator");
  EXPECT_EQ(layer.name, game->players()[1].parameters[0].name);
  EXPECT_EQ(layer.rows, 3);
  EXPECT_EQ(layer.columns, 2);
  ASSERT_EQ(layer.values.size(), 2U);
  EXPECT_NEAR(layer.values[0], 4, 1e-14);
  EXPECT_NEAR(layer.values[1], 3, 1e-14);
  ASSERT_TRUE(layer.effective_rank);
  // exp of the entropy of (4/7, 3/7).
  EXPECT_NEAR(*layer.effective_rank, std::pow(7. / 4, 4. / 7) * std::pow(7. / 3, 3. / 7), 1e-12);
}

TEST(LayerSpectra, OfConvolutionsAreThoseOfTheFlattenedKernel) {
  const auto game = fixture::make_game(fixture::images_with_state());
  const at::Tensor kernel = game->players()[1].parameters[0].tensor;
  ASSERT_EQ(kernel.dim(), 4);
  for (const auto& layer : layer_spectra(*game)) {
    if (layer.player != "discriminator" || layer.name != game->players()[1].parameters[0].name) {
      continue;
    }
    EXPECT_EQ(layer.rows, kernel.size(0));
    EXPECT_EQ(layer.columns, kernel.numel() / kernel.size(0));
    EXPECT_NEAR(layer.values[0],
                at::linalg_matrix_norm(kernel.detach().flatten(1), 2).item().toDouble(), 1e-12);
    return;
  }
  FAIL() << "the kernel is missing";
}

TEST(LayerSpectra, OfLargeLayersAreFoundByPowerIteration) {
  Pieces pieces = test::ring_pieces(at::kFloat);
  pieces.generator = nn::MlpGenerator{.latent = 2, .width = 96};
  const auto game = fixture::make_game(pieces);
  const auto whole = layer_spectra(*game), quick = layer_spectra(*game, {.full_up_to = 32});
  EXPECT_TRUE(whole[1].whole);
  EXPECT_FALSE(quick[1].whole);
  EXPECT_FALSE(quick[1].effective_rank);
  EXPECT_EQ(quick[1].rows, 96);
  // From below, and the largest within a percent.
  EXPECT_LE(quick[1].values[0], whole[1].values[0] + 1e-12);
  EXPECT_NEAR(quick[1].values[0] / whole[1].values[0], 1, 0.01);
}

TEST(LayerSpectra, RefuseAWeightThatIsNotFinite) {
  const auto game = game_with_layer(at::full({4, 2}, std::nan(""), at::kDouble));
  test::expect_error(
      [&] { layer_spectra(*game); }, ErrorCode::kNumeric,
      cat("[microscope] discriminator.", game->players()[1].parameters[0].name, " is not finite"));
  test::expect_error([&] { layer_spectra(*game, {.leading = 0}); }, ErrorCode::kUsage,
                     "[microscope] leading singular values: got 0, expected 1 or more");
}

}  // namespace
}  // namespace saddle::monitor
