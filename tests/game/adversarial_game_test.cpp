#include "saddle/game/adversarial_game.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>

#include "saddle/base/error.h"
#include "saddle/tensor/autograd.h"
#include "tests/game/fixtures.h"

namespace saddle {
namespace {

using fixture::bytes_of;
using fixture::distance;
using fixture::gradients_of;
using fixture::images_with_state;
using fixture::make_game;
using fixture::Pieces;

constexpr std::size_t kG = 0;
constexpr std::size_t kD = 1;
// Two ways to the same float64 number differ by rounding only.
constexpr double kRounding = 1e-11;

objective::PenaltyConfig all_penalties() {
  return {objective::R1{.gamma = 0.3}, objective::R2{.gamma = 0.7},
          objective::WganGp{.lambda = 2.0}, std::nullopt};
}

std::vector<objective::ObjectiveConfig> all_objectives() {
  return {objective::NonSaturating{}, objective::Saturating{},  objective::LeastSquares{},
          objective::Hinge{},         objective::Wasserstein{}, objective::PairedRelativistic{}};
}

Pieces conditional_images() {
  Pieces p = images_with_state();
  std::get<nn::DcganDiscriminator>(p.discriminator).norm = nn::Norm::kNone;
  return p;
}

TEST(AdversarialGame, HundredTurnsWithoutCommitChangeNoByte) {
  Pieces spectral = images_with_state();
  std::get<nn::DcganDiscriminator>(spectral.discriminator).norm = nn::Norm::kSpectral;
  for (const Pieces& pieces : {images_with_state(), spectral}) {
    const auto game = make_game(pieces);
    const Round d = game->draw(kD), g = game->draw(kG);
    const std::string before = bytes_of(*game);
    for (int i = 0; i < 50; ++i) {
      for (const Round* round : {&d, &g}) {
        const auto turn = game->play(*round);
        const std::array<std::size_t, 1> moved{round->player};
        turn->gradient(moved);
        EXPECT_FALSE(turn->ledger().empty());
      }
    }
    EXPECT_EQ(bytes_of(*game), before);
  }
}

TEST(AdversarialGame, CommitChangesStatisticsOnce) {
  const auto game = make_game(images_with_state());
  const std::string before = bytes_of(*game);
  const auto turn = game->play(game->draw(kG));
  const std::array<std::size_t, 1> moved{kG};
  turn->gradient(moved);
  game->commit(*turn);
  const std::string after = bytes_of(*game);
  EXPECT_NE(after, before);
  game->commit(*turn);
  EXPECT_EQ(bytes_of(*game), after);
}

TEST(AdversarialGame, ReplayingARoundGivesTheSameNumbers) {
  const auto game = make_game(images_with_state());
  const Round round = game->draw(kD);
  const auto first = gradients_of(*game, round, kD);
  game->draw(kD);
  const auto again = gradients_of(*game, round, kD);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(at::equal(first[i], again[i]));
}

TEST(AdversarialGame, AnObjectiveOfOnesOwnGivesTheBitsOfItsTwinInTheTable) {
  const objective::Functions own{
      .name = "own",
      .discriminator =
          [](const at::Tensor& real, const at::Tensor& fake) {
            return at::relu(real.neg().add(1)).mean().add(at::relu(fake.add(1)).mean());
          },
      .generator = [](const at::Tensor&, const at::Tensor& fake) { return fake.mean().neg(); }};
  for (Pieces pieces : {Pieces{}, conditional_images()}) {
    pieces.objective = objective::Hinge{};
    pieces.penalty = all_penalties();
    pieces.dtype = at::kFloat;
    for (const bool exact : {true, false}) {
      pieces.exact = exact;
      pieces.own_objective.reset();
      const auto row = make_game(pieces);
      pieces.own_objective = own;
      const auto custom = make_game(pieces);
      for (const std::size_t player : {kD, kG}) {
        const Round round = row->draw(player);
        const auto a = gradients_of(*row, round, player);
        const auto b = gradients_of(*custom, round, player);
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i]));
        EXPECT_TRUE(at::equal(row->play(round)->loss(player), custom->play(round)->loss(player)));
      }
    }
  }
}

TEST(AdversarialGame, AnObjectiveWithHalfItsLossesIsRefusedAtOnce) {
  Pieces pieces;
  pieces.own_objective = objective::Functions{.name = "half"};
  EXPECT_THROW(make_game(pieces), Error);
}

TEST(AdversarialGame, BothWaysToTheGradientAgree) {
  for (Pieces pieces : {Pieces{}, conditional_images()}) {
    for (const auto& objective : all_objectives()) {
      for (const auto& penalty : {objective::PenaltyConfig{}, all_penalties()}) {
        SCOPED_TRACE(objective::name(objective));
        pieces.objective = objective;
        pieces.penalty = penalty;
        pieces.exact = true;
        const auto exact = make_game(pieces);
        pieces.exact = false;
        const auto plain = make_game(pieces);
        ASSERT_NE(exact->discriminator().piecewise_linear_chain(), nullptr);
        for (const std::size_t player : {kD, kG}) {
          const Round round = exact->draw(player);
          const std::array<std::size_t, 1> moved{player};
          const auto a = exact->play(round), b = plain->play(round);
          const auto ea = a->gradient(moved), eb = b->gradient(moved);
          EXPECT_NEAR(ea[0].total.item().toDouble(), eb[0].total.item().toDouble(), kRounding);
          ASSERT_EQ(ea[0].terms.size(), eb[0].terms.size());
          for (std::size_t i = 0; i < ea[0].terms.size(); ++i) {
            EXPECT_EQ(ea[0].terms[i].name, eb[0].terms[i].name);
            EXPECT_NEAR(ea[0].terms[i].tensor.item().toDouble(),
                        eb[0].terms[i].tensor.item().toDouble(), kRounding);
          }
          EXPECT_LT(
              distance(exact->players()[player].gradients, plain->players()[player].gradients),
              kRounding);
          const auto seen = a->observed(), seen_plain = b->observed();
          ASSERT_EQ(seen.size(), seen_plain.size());
          for (std::size_t i = 0; i < seen.size(); ++i) {
            EXPECT_LT(distance({seen[i].tensor}, {seen_plain[i].tensor}), kRounding);
          }
        }
      }
    }
  }
}

TEST(AdversarialGame, GradientIsThatOfTheLoss) {
  Pieces pieces;
  pieces.penalty = all_penalties();
  const auto game = make_game(pieces);
  for (const std::size_t player : {kD, kG}) {
    const auto turn = game->play(game->draw(player));
    std::vector<at::Tensor> list;
    for (const auto& p : game->players()[player].parameters) list.push_back(p.tensor);
    const at::Tensor loss = turn->loss(player);
    const std::array<std::size_t, 1> moved{player};
    turn->gradient(moved);
    // The graph of loss() is the caller's: taking the gradient in between does not free it. The
    // last bias of D shifts all logits and has no part in the penalties.
    const auto expected = gradients(loss, list, false, true);
    EXPECT_LT(distance(game->players()[player].gradients, expected), kRounding);
  }
}

TEST(AdversarialGame, LossOfTheDiscriminatorReachesTheGenerator) {
  const auto game = make_game({});
  const auto turn = game->play(game->draw(kD));
  const auto found =
      gradients(turn->loss(kD), {game->players()[kG].parameters[0].tensor}, false, true);
  ASSERT_TRUE(found[0].defined());
  EXPECT_GT(found[0].abs().sum().item().toDouble(), 0);
}

TEST(AdversarialGame, BothPlayersMayAskOneTurn) {
  Pieces pieces;
  pieces.objective = objective::Saturating{};
  for (const bool exact : {true, false}) {
    pieces.exact = exact;
    const auto game = make_game(pieces);
    const Round round = game->draw(kD);
    const auto turn = game->play(round);
    const std::array<std::size_t, 2> both{kG, kD};
    const auto evaluations = turn->gradient(both);
    ASSERT_EQ(evaluations.size(), 2u);
    const auto g = game->players()[kG].gradients, d = game->players()[kD].gradients;
    EXPECT_LT(distance(g, gradients_of(*game, round, kG)), kRounding);
    EXPECT_LT(distance(d, gradients_of(*game, round, kD)), kRounding);
  }
}

TEST(AdversarialGame, ARoundWithoutRealsCannotJudgeTheDiscriminator) {
  const auto game = make_game({});
  const auto turn = game->play(game->draw(kG));
  const std::array<std::size_t, 1> moved{kD};
  try {
    turn->gradient(moved);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_STREQ(error.what(),
                 "[game] this loss needs real samples: got a round of the generator; draw one of "
                 "the discriminator");
  }
}

TEST(AdversarialGame, SharedLatentsGiveTheNumbersOfRecomputation) {
  Pieces pieces = images_with_state();
  pieces.shared = true;
  for (const bool batch_norm : {true, false}) {
    if (!batch_norm) std::get<nn::DcganDiscriminator>(pieces.discriminator).norm = nn::Norm::kNone;
    const auto game = make_game(pieces);
    const Round d = game->draw(kD);
    const Round g = game->draw_shared(kG, d);
    EXPECT_TRUE(g.latents.is_same(d.latents));
    EXPECT_EQ(g.move, d.move + 1);
    const auto recomputed = gradients_of(*game, g, kG);
    const auto d_turn = game->play(d);
    const std::array<std::size_t, 1> d_moves{kD};
    d_turn->gradient(d_moves);
    EXPECT_TRUE(game->shared_fake().fake.defined());
    const auto reused = gradients_of(*game, g, kG);
    EXPECT_FALSE(game->shared_fake().fake.defined());
    for (std::size_t i = 0; i < reused.size(); ++i) {
      EXPECT_TRUE(at::equal(reused[i], recomputed[i])) << i;
    }
  }
}

TEST(AdversarialGame, ASharedBatchIsRecordedOnceAndNeverUsedForAnotherGenerator) {
  Pieces pieces = images_with_state();
  pieces.shared = true;
  const auto game = make_game(pieces);
  const auto running_mean = [&] {
    at::Tensor mean;
    game->generator().buffers([&](const std::string&, at::Tensor& t) {
      if (!mean.defined()) mean = t.clone();
    });
    return mean;
  };
  const Round d = game->draw(kD);
  const auto d_turn = game->play(d);
  const std::array<std::size_t, 1> d_moves{kD}, g_moves{kG};
  d_turn->gradient(d_moves);
  game->commit(*d_turn);
  const at::Tensor once = running_mean();
  const auto g_turn = game->play(game->draw_shared(kG, d));
  g_turn->gradient(g_moves);
  game->commit(*g_turn);
  EXPECT_TRUE(at::equal(running_mean(), once));

  // A generator that has moved must generate anew.
  const auto next = game->play(d);
  next->gradient(d_moves);
  Player& generator = game->players()[kG];
  generator.parameters[0].tensor.detach().add_(0.1);
  generator.touch();
  const Round g = game->draw_shared(kG, d);
  const auto stale_if_reused = gradients_of(*game, g, kG);
  const auto fresh = gradients_of(*game, g, kG);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    EXPECT_TRUE(at::equal(stale_if_reused[i], fresh[i])) << i;
  }
}

TEST(AdversarialGame, PairedFakesCarryTheLabelsOfTheirReals) {
  Pieces pieces = conditional_images();
  pieces.objective = objective::PairedRelativistic{};
  const auto game = make_game(pieces);
  for (const std::size_t player : {kD, kG}) {
    const Round round = game->draw(player);
    ASSERT_TRUE(round.real.has("x"));
    EXPECT_TRUE(at::equal(round.fake_condition.labels, round.real.at("label")));
  }
}

TEST(AdversarialGame, OnlyTheDiscriminatorDrawsRealsWhereTheObjectiveNeedsNone) {
  const auto game = make_game({});
  EXPECT_TRUE(game->draw(kD).real.has("x"));
  EXPECT_FALSE(game->draw(kG).real.has("x"));
}

TEST(AdversarialGame, SnapshotBringsEveryByteBack) {
  const auto game = make_game(images_with_state());
  const StateDict before = snapshot(*game);
  const std::string bytes = bytes_of(*game);
  const auto version = game->players()[kG].version;
  const auto turn = game->play(game->draw(kG));
  const std::array<std::size_t, 1> moved{kG};
  turn->gradient(moved);
  game->commit(*turn);
  game->players()[kD].parameters[0].tensor.detach().mul_(2);
  EXPECT_NE(bytes_of(*game), bytes);
  restore(*game, before);
  EXPECT_EQ(bytes_of(*game), bytes);
  EXPECT_GT(game->players()[kG].version, version);
}

TEST(AdversarialGame, StateIsNamedAfterTheNetworks) {
  const auto game = make_game(images_with_state());
  std::vector<std::string> names;
  for (const auto& entry : snapshot(*game)) names.push_back(entry.name);
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  EXPECT_TRUE(has("generator.0.weight"));
  EXPECT_TRUE(has("generator.1.running_var"));
  EXPECT_TRUE(has("discriminator.0.weight"));
  EXPECT_TRUE(has("moves"));
}

TEST(AdversarialGame, AFloat64CopyReplaysRoundsOfItsFloat32Original) {
  Pieces pieces = conditional_images();
  pieces.penalty = all_penalties();
  pieces.dtype = at::kFloat;
  const auto game = make_game(pieces);
  const Round round = game->draw(kD);
  const auto twin = game->copy(at::kDouble);
  const std::string before = bytes_of(*game);
  const auto narrow = gradients_of(*game, round, kD);
  const auto wide = gradients_of(*twin, round, kD);
  EXPECT_EQ(wide[0].scalar_type(), at::kDouble);
  constexpr double kFloat32Rounding = 1e-4;
  EXPECT_LT(distance(narrow, wide), kFloat32Rounding);
  twin->players()[kD].parameters[0].tensor.detach().fill_(1);
  EXPECT_EQ(bytes_of(*game), before);
}

TEST(AdversarialGame, ACopyDrawsNoData) {
  const auto game = make_game({});
  const auto twin = game->copy(at::kDouble);
  try {
    twin->draw(kD);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "[game] this copy of the game has no data: it replays rounds but draws none");
  }
}

TEST(AdversarialGame, PenaltyWeightsAreKnobs) {
  Pieces pieces;
  pieces.penalty = all_penalties();
  const auto game = make_game(pieces);
  const Round round = game->draw(kD);
  std::vector<std::string> paths;
  game->knobs([&](const KnobSlot& slot) {
    paths.push_back(slot.path);
    at::Tensor value = slot.value;
    if (slot.path != "penalty.r1.gamma")
      value.fill_(0);
    else
      value.mul_(2);
  });
  EXPECT_EQ(paths, (std::vector<std::string>{"penalty.r1.gamma", "penalty.r2.gamma",
                                             "penalty.wgan_gp.lambda"}));
  Pieces only_r1;
  std::get<0>(only_r1.penalty) = objective::R1{.gamma = 0.6};
  const auto expected = make_game(only_r1);
  EXPECT_LT(distance(gradients_of(*game, round, kD), gradients_of(*expected, round, kD)),
            kRounding);
}

TEST(AdversarialGame, WeightClipHoldsTheDiscriminatorOnly) {
  Pieces pieces;
  std::get<3>(pieces.penalty) = objective::WeightClip{.c = 0.01};
  const auto game = make_game(pieces);
  const std::string generator_before = [&] {
    std::string text;
    for (const auto& p : game->players()[kG].parameters)
      text += std::to_string(p.tensor.sum().item().toDouble());
    return text;
  }();
  game->project(kG);
  double largest = 0;
  for (const auto& p : game->players()[kD].parameters) {
    largest = std::max(largest, p.tensor.abs().max().item().toDouble());
  }
  EXPECT_GT(largest, 0.01);
  game->project(kD);
  for (const auto& p : game->players()[kD].parameters) {
    EXPECT_LE(p.tensor.abs().max().item().toDouble(), 0.01);
  }
  std::string after;
  for (const auto& p : game->players()[kG].parameters)
    after += std::to_string(p.tensor.sum().item().toDouble());
  EXPECT_EQ(after, generator_before);
}

TEST(AdversarialGame, BFloat16NetworksKeepFloat32GradientsNearTheExactOnes) {
  Pieces pieces = conditional_images();
  pieces.dtype = at::kFloat;
  const auto exact = make_game(pieces);
  AdversarialConfig config = fixture::config_of(pieces);
  config.precision = Precision::kBFloat16;
  for (const bool tangents : {true, false}) {
    config.exact_first_order = tangents;
    AdversarialGame low(config);
    for (const std::size_t player : {kD, kG}) {
      const Round round = exact->draw(player);
      const auto a = gradients_of(low, round, player);
      const auto b = gradients_of(*exact, round, player);
      EXPECT_EQ(a[0].scalar_type(), at::kFloat);
      // Two passes add two rounded gradients of opposite signs, one pass rounds their sum.
      const double bfloat16_rounding = tangents ? 0.05 : 0.2;
      EXPECT_LT(distance(a, b), bfloat16_rounding) << tangents << player;
    }
  }
}

}  // namespace
}  // namespace saddle
