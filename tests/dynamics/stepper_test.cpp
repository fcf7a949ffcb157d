#include "saddle/dynamics/stepper.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "saddle/base/error.h"
#include "saddle/dynamics/flat_game.h"
#include "saddle/dynamics/tensor_space.h"
#include "saddle/game/any_field.h"
#include "saddle/game/fields.h"
#include "saddle/game/toy_games.h"

namespace saddle {
namespace {

std::unique_ptr<ToyGame> tensor_bilinear() {
  const at::Tensor one = at::ones({1}, at::kDouble);
  return make_bilinear_game(one.view({1, 1}), one, one);
}

std::vector<std::unique_ptr<Optimizer>> plain(Game& game, double lr) {
  std::vector<std::unique_ptr<Optimizer>> list;
  for (const Player& player : game.players()) list.push_back(make_optimizer(Sgd{.lr = lr}, player));
  return list;
}

double value_of(Game& game, std::size_t player) {
  return game.players()[player].parameters[0].tensor[0].item().toDouble();
}

// Every row of the table, where needed with settings under which its memory matters early.
std::vector<DynamicsConfig> all_dynamics() {
  return {
      Alternating{},
      Alternating{.d_steps = 2, .latents = Latents::kShared},
      Alternating{.g_steps = 2, .first = First::kGenerator},
      Simultaneous{},
      Extragradient{},
      Extragradient{.rounds = Rounds::kFresh},
      Optimistic{},
      Optimistic{.order = Order::kDiscriminatorFirst},
      NegativeMomentum{},
      NegativeMomentum{.beta = .3, .order = Order::kSimultaneous},
      Lookahead{.inner = Optimistic{}, .k = 3},
      Consensus{},
      Symplectic{.lambda = .5},
      Symplectic{.align = false},
      Competitive{.tolerance = 1e-15},
      Proximal{},
      Unrolled{},
      Unrolled{.k = 2, .rate = .3, .stop_gradient = true},
      Heun{},
      Rk4{},
      IterateAveraging{.inner = Extragradient{}, .burn_in = 3},
      HistoricalAveraging{.weight = .1},
      FictitiousPlay{.discriminators = 3, .generators = 4, .every = 2},
      FictitiousPlay{.draws = 0, .every = 1, .keep = Keep::kRecent, .order = Order::kSimultaneous}};
}

std::string name_of(const DynamicsConfig& dynamics) {
  return std::visit([](const auto& row) { return std::string(row.kName); }, dynamics);
}

TEST(DynamicsTable, IsCoveredByTheseTests) {
  std::set<std::size_t> rows;
  for (const DynamicsConfig& dynamics : all_dynamics()) rows.insert(dynamics.index());
  EXPECT_EQ(rows.size(), std::variant_size_v<DynamicsConfig>);
}

// Runs a dynamics on tensors and on flat vectors, and expects the same points.
void expect_same_path(const DynamicsConfig& dynamics, Game& game, const AnyField& field) {
  Stepper stepper(game, dynamics, plain(game, .1));
  std::visit(
      [&](const auto& row) {
        FlatStepper flat(row, FlatGame<AnyField>(field, {{1}, {1}}, {.1, .1}));
        for (int i = 0; i < 60; ++i) {
          stepper.step();
          flat.step();
          constexpr double kRounding = 1e-12;
          for (std::size_t p = 0; p < 2; ++p) {
            ASSERT_NEAR(value_of(game, p), flat.game().point(p)[0], kRounding) << "step " << i;
          }
        }
        if constexpr (requires { flat.method().shipped(0); }) {
          const auto members = flat.method().shipped(0);
          const auto points = stepper.shipped(0);
          ASSERT_EQ(points.size(), members.size());
          for (std::size_t i = 0; i < points.size(); ++i) {
            EXPECT_NEAR(points[i][0][0].item().toDouble(), (*members[i])[0], 1e-12);
          }
        }
      },
      dynamics);
}

TEST(Stepper, TheSameCodeMovesTensorsAndFlatVectorsOnTheBilinearGame) {
  for (const DynamicsConfig& dynamics : all_dynamics()) {
    SCOPED_TRACE(name_of(dynamics));
    expect_same_path(dynamics, *tensor_bilinear(), AnyField(BilinearField::scalar(1)));
  }
}

TEST(Stepper, TheSameCodeMovesTensorsAndFlatVectorsOnEveryDiracGan) {
  objective::PenaltyConfig penalty;
  std::get<0>(penalty) = objective::R1{.gamma = .3};
  const at::Tensor one = at::ones({1}, at::kDouble);
  for (const objective::ObjectiveConfig& objective :
       {objective::ObjectiveConfig(objective::NonSaturating{.real_label = .9}),
        objective::ObjectiveConfig(objective::Saturating{}),
        objective::ObjectiveConfig(objective::LeastSquares{}),
        objective::ObjectiveConfig(objective::Hinge{}),
        objective::ObjectiveConfig(objective::Wasserstein{}),
        objective::ObjectiveConfig(objective::PairedRelativistic{})}) {
    for (const DynamicsConfig& dynamics : all_dynamics()) {
      if (std::holds_alternative<Proximal>(dynamics)) continue;  // its field is not affine
      SCOPED_TRACE(name_of(dynamics) + " on " + std::string(objective::name(objective)));
      const auto game = make_dirac_game(objective, penalty, one, one);
      expect_same_path(dynamics, *game, AnyField(DiracField(objective, {.gamma = .3})));
    }
  }
}

TEST(Stepper, AdamOnFlatVectorsIsTheOptimizer) {
  const auto game = tensor_bilinear();
  std::vector<std::unique_ptr<Optimizer>> list;
  for (const Player& player : game->players()) {
    list.push_back(make_optimizer(Adam{.lr = .01, .beta1 = .5, .beta2 = .9}, player));
  }
  Stepper stepper(*game, Extragradient{}, std::move(list));
  FlatGame<BilinearField> start(BilinearField::scalar(1), {{1}, {1}}, {0, 0});
  for (const std::size_t p : {0, 1}) {
    start.optimize_by(p, FlatAdam{.rate = .01, .beta1 = .5, .beta2 = .9});
  }
  FlatStepper flat(Extragradient{}, start);
  for (int i = 0; i < 100; ++i) {
    stepper.step();
    flat.step();
    ASSERT_NEAR(value_of(*game, 0), flat.game().point(0)[0], 1e-12) << i;
    ASSERT_NEAR(value_of(*game, 1), flat.game().point(1)[0], 1e-12) << i;
  }
}

TEST(Stepper, ExtragradientWithAdamFeedsMomentsTwiceAStep) {
  const auto game = tensor_bilinear();
  std::vector<std::unique_ptr<Optimizer>> list;
  for (const Player& player : game->players()) list.push_back(make_optimizer(Adam{}, player));
  Stepper stepper(*game, Extragradient{}, std::move(list));
  for (int i = 0; i < 3; ++i) stepper.step();
  bool found = false;
  for (const NamedTensor& entry : snapshot(stepper)) {
    if (entry.name != "x.value.steps") continue;
    found = true;
    EXPECT_EQ(entry.tensor.item().toDouble(), 6);
  }
  EXPECT_TRUE(found);
}

TEST(Stepper, OptimisticAdamIsTwiceTheMoveLessTheLastOne) {
  // Daskalakis 2018, algorithm 1, written out on doubles.
  const auto game = tensor_bilinear();
  std::vector<std::unique_ptr<Optimizer>> list;
  const double lr = .02, b1 = .5, b2 = .9, eps = 1e-8;
  for (const Player& player : game->players()) {
    list.push_back(make_optimizer(Adam{.lr = lr, .beta1 = b1, .beta2 = b2, .eps = eps}, player));
  }
  Stepper stepper(*game, Optimistic{}, std::move(list));
  double z[2] = {1, 1}, m[2] = {}, v[2] = {}, last[2] = {};
  for (int t = 1; t <= 50; ++t) {
    stepper.step();
    const double g[2] = {z[1], -z[0]};
    for (int p = 0; p < 2; ++p) {
      m[p] = b1 * m[p] + (1 - b1) * g[p];
      v[p] = b2 * v[p] + (1 - b2) * g[p] * g[p];
      const double move =
          -lr * (m[p] / (1 - std::pow(b1, t))) / (std::sqrt(v[p] / (1 - std::pow(b2, t))) + eps);
      z[p] += t == 1 ? move : 2 * move - last[p];
      last[p] = move;
    }
    ASSERT_NEAR(value_of(*game, 0), z[0], 1e-12) << t;
    ASSERT_NEAR(value_of(*game, 1), z[1], 1e-12) << t;
  }
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

std::unique_ptr<Stepper> with_adam(Game& game, const DynamicsConfig& dynamics) {
  std::vector<std::unique_ptr<Optimizer>> list;
  for (const Player& player : game.players()) list.push_back(make_optimizer(Adam{}, player));
  return std::make_unique<Stepper>(game, dynamics, std::move(list));
}

TEST(Stepper, SnapshotOfEveryDynamicsContinuesInAnotherStepperBitForBit) {
  for (const DynamicsConfig& dynamics : all_dynamics()) {
    for (const int before : {1, 4, 7}) {
      SCOPED_TRACE(name_of(dynamics) + " after " + std::to_string(before));
      const auto game = tensor_bilinear(), other = tensor_bilinear();
      const auto stepper = with_adam(*game, dynamics), resumed = with_adam(*other, dynamics);
      for (int i = 0; i < before; ++i) stepper->step();
      restore(*other, snapshot(*game));
      restore(*resumed, snapshot(*stepper));
      for (int i = 0; i < 9; ++i) {
        stepper->step();
        resumed->step();
        ASSERT_EQ(value_of(*game, 0), value_of(*other, 0)) << i;
        ASSERT_EQ(value_of(*game, 1), value_of(*other, 1)) << i;
      }
    }
  }
}

TEST(Stepper, WithoutItsMemoryADynamicsGoesElsewhere) {
  // The negative control of the test above.
  for (const DynamicsConfig& dynamics :
       {DynamicsConfig(Optimistic{}), DynamicsConfig(NegativeMomentum{}),
        DynamicsConfig(Lookahead{.k = 3}), DynamicsConfig(HistoricalAveraging{.weight = .1}),
        DynamicsConfig(FictitiousPlay{.discriminators = 3, .every = 2})}) {
    SCOPED_TRACE(name_of(dynamics));
    const auto game = tensor_bilinear(), other = tensor_bilinear();
    Stepper stepper(*game, dynamics, plain(*game, .1)),
        resumed(*other, dynamics, plain(*other, .1));
    for (int i = 0; i < 4; ++i) stepper.step();
    restore(*other, snapshot(*game));
    for (int i = 0; i < 3; ++i) {
      stepper.step();
      resumed.step();
    }
    EXPECT_NE(value_of(*game, 0), value_of(*other, 0));
  }
}

TEST(Stepper, RestartForgetsWhatTheDynamicsRemembers) {
  const auto game = tensor_bilinear();
  Stepper stepper(*game, IterateAveraging{}, plain(*game, .1));
  EXPECT_TRUE(stepper.shipped(0).empty());
  stepper.step();
  EXPECT_EQ(stepper.shipped(0).size(), 1u);
  stepper.restart();
  EXPECT_TRUE(stepper.shipped(0).empty());
}

TEST(Stepper, RefusesProximalStepsWhereTheFieldIsNotAffine) {
  const at::Tensor one = at::ones({1}, at::kDouble);
  const auto game = make_dirac_game(objective::NonSaturating{}, {}, one, one);
  const auto message = [&](const DynamicsConfig& dynamics) -> std::string {
    try {
      Stepper stepper(*game, dynamics, plain(*game, .1));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(Proximal{}),
            "[dynamics] dynamics.name = \"proximal\" needs a game whose field is affine, as in a "
            "bilinear or quadratic game: got one whose field is not; try dynamics.name = "
            "\"competitive\" or \"extragradient\"");
  EXPECT_EQ(message(Lookahead{.inner = Proximal{}}).substr(0, 43),
            "[dynamics] dynamics.inner.name = \"proximal\"");
}

TEST(Stepper, RefusesDerivativesOfAGameThatGivesGradientsOnly) {
  class GradientsOnly final : public Game {
   public:
    GradientsOnly() : players_(2) {}
    std::span<Player> players() override { return players_; }
    Round draw(std::size_t) override { return {}; }
    Round draw_shared(std::size_t, const Round&) override { return {}; }
    std::unique_ptr<Turn> play(const Round&) override { return nullptr; }
    bool differentiable() const override { return false; }
    std::unique_ptr<Game> copy(at::ScalarType) override { return nullptr; }
    void state(StateVisitor&) override {}

   private:
    std::vector<Player> players_;
  } game;
  for (const DynamicsConfig& dynamics :
       {DynamicsConfig(Consensus{}), DynamicsConfig(Symplectic{}), DynamicsConfig(Competitive{}),
        DynamicsConfig(Unrolled{})}) {
    try {
      Stepper stepper(game, dynamics, {});
      ADD_FAILURE() << name_of(dynamics);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << name_of(dynamics);
    }
  }
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
