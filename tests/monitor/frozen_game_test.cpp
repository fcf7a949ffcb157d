#include "saddle/monitor/frozen_game.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "saddle/base/eigen.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/game/toy_games.h"
#include "saddle/monitor/best_response.h"
#include "saddle/monitor/jacobian.h"
#include "saddle/monitor/layer_spectrum.h"
#include "saddle/tensor/autograd.h"
#include "tests/monitor/ring_game.h"

namespace saddle::monitor {
namespace {

using fixture::Pieces;
using test::Flat;
using Tensors = std::vector<at::Tensor>;
using Product = JacobianProduct<TensorSpace, FrozenGame>;

// Small enough to step over no kink of these networks, large enough for float64.
constexpr double kSmoothStep = 1e-7;

struct NamedPieces {
  const char* name;
  Pieces pieces;
};

std::vector<NamedPieces> games_in(at::ScalarType dtype) {
  Pieces tangents = test::ring_pieces(dtype);
  tangents.penalty = {objective::R1{.gamma = .1}, objective::R2{.gamma = .1}, {}, {}};
  Pieces graphs = tangents;
  graphs.exact = false;
  Pieces paired = tangents;
  paired.objective = objective::PairedRelativistic{};
  Pieces critic = test::ring_pieces(dtype);
  critic.objective = objective::Wasserstein{};
  critic.penalty = {{}, {}, objective::WganGp{}, {}};
  return {{"tangents", tangents}, {"graphs", graphs}, {"paired", paired}, {"critic", critic}};
}

// The gradients of the float64 copy are those of the float32 game, but for its rounding.
TEST(FrozenGame, InFloat64HasTheGradientsOfTheFloat32Game) {
  constexpr double kTolerance = 1e-4;
  for (const auto& [name, pieces] : games_in(at::kFloat)) {
    AdversarialGame game(test::ring_config(pieces, test::kRingBatch));
    std::vector<Round> rounds{game.draw(0), game.draw(1)};
    FrozenGame frozen(game, rounds);
    Tensors v = TensorSpace::zeros_like(frozen.point());
    frozen.evaluate(frozen.point(), v);
    for (std::size_t p = 0; p < 2; ++p) {
      const Tensors narrow = fixture::gradients_of(game, rounds[p], p);
      Tensors wide(v.begin() + static_cast<std::ptrdiff_t>(frozen.first_tensors()[p]),
                   v.begin() + static_cast<std::ptrdiff_t>(frozen.first_tensors()[p + 1]));
      for (auto& t : wide) {
        EXPECT_EQ(t.scalar_type(), at::kDouble);
        t = t.neg();
      }
      const double distance = fixture::distance(narrow, wide);
      EXPECT_LT(distance, kTolerance) << name << " player " << p;
      // Not the same numbers: the copy does compute in float64.
      EXPECT_GT(distance, 1e-12) << name << " player " << p;
    }
  }
}

TEST(FrozenGame, OfAGameWithStateAndLabelsHasItsGradients) {
  Pieces pieces = fixture::images_with_state();
  pieces.dtype = at::kFloat;
  const auto game = fixture::make_game(pieces);
  std::vector<Round> rounds{game->draw(0), game->draw(1)};
  FrozenGame frozen(*game, rounds);
  Tensors v = TensorSpace::zeros_like(frozen.point()), again = TensorSpace::zeros_like(v);
  frozen.evaluate(frozen.point(), v);
  // Running statistics and vectors of spectral norms stand still: the field is a function of z.
  frozen.evaluate(frozen.point(), again);
  for (std::size_t i = 0; i < v.size(); ++i) EXPECT_TRUE(at::equal(v[i], again[i]));
  const Tensors narrow = fixture::gradients_of(*game, rounds[1], 1);
  Tensors wide(v.begin() + static_cast<std::ptrdiff_t>(frozen.first_tensors()[1]), v.end());
  for (auto& t : wide) t = t.neg();
  EXPECT_LT(fixture::distance(narrow, wide), 1e-4);
}

// All that looks at a game.
void look_with_everything(Game& game) {
  FrozenGame frozen = FrozenGame::at_probe(game);
  const Tensors z = frozen.point();
  Product product(frozen, z);
  arnoldi<TensorSpace>(product, z, {.steps = 3});
  rotation_ratio<TensorSpace>(product, z, {.probes = 1});
  TransposedProduct transposed(frozen, z);
  leading_singular_values<TensorSpace>(product, transposed, z, {.steps = 2});
  Tensors elsewhere = frozen.point();
  TensorSpace::scale(elsewhere, 0.9);
  path_angle<TensorSpace>(frozen, elsewhere, z, {.points = 4});
  best_response(game, 0, {.steps = 2, .samples = 10});
  best_response(game, 1, {.steps = 2, .samples = 10});
  duality_gap(game, {.steps = 2, .samples = 10});
  layer_spectra(game);
}

std::vector<NamedPieces> games_to_probe() {
  std::vector<NamedPieces> games = games_in(at::kFloat);
  Pieces spectral = test::ring_pieces(at::kFloat);
  spectral.discriminator = nn::MlpDiscriminator{.width = 16, .norm = nn::Norm::kSpectral};
  Pieces shared = test::ring_pieces(at::kFloat);
  shared.shared = true;
  games.push_back({"spectral", spectral});
  games.push_back({"shared", shared});
  return games;
}

TEST(Microscope, ChangesNoByteOfTheGameItLooksAt) {
  for (const auto& [name, pieces] : games_to_probe()) {
    const auto drawn = std::make_shared<std::int64_t>(0);
    AdversarialGame game(test::ring_config(pieces, 8, drawn));
    test::train_alone(game, 1, 2, 1e-3);
    const std::string before = fixture::bytes_of(game);
    const std::int64_t taken = *drawn;
    const std::uint64_t versions[] = {game.players()[0].version, game.players()[1].version};
    const at::Tensor gradient = game.players()[1].gradients[0];
    const at::Tensor gradient_copy = gradient.clone();
    look_with_everything(game);
    for (const std::size_t p : {0, 1}) EXPECT_EQ(game.players()[p].version, versions[p]) << name;
    EXPECT_TRUE(game.players()[1].gradients[0].is_same(gradient)) << name;
    EXPECT_TRUE(at::equal(gradient, gradient_copy)) << name;
    EXPECT_EQ(*drawn, taken) << name;
    EXPECT_EQ(fixture::bytes_of(game), before) << name;
  }
}

// Five steps, a look, five steps.
std::string trained(const Pieces& pieces, bool look) {
  AdversarialGame game(test::ring_config(pieces, 16));
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  for (const Player& p : game.players()) optimizers.push_back(make_optimizer(Adam{}, p));
  Alternating dynamics;
  if (pieces.shared) dynamics.latents = Latents::kShared;
  Stepper stepper(game, dynamics, std::move(optimizers));
  for (int i = 0; i < 5; ++i) stepper.step();
  if (look) look_with_everything(game);
  for (int i = 0; i < 5; ++i) stepper.step();
  std::string bytes = fixture::bytes_of(game);
  for (const NamedTensor& entry : snapshot(stepper)) {
    const at::Tensor t = entry.tensor.contiguous();
    bytes.append(static_cast<const char*>(t.const_data_ptr()), t.nbytes());
  }
  return bytes;
}

TEST(Microscope, TrainingGoesOnBitForBitAfterALook) {
  for (const auto& [name, pieces] : games_to_probe()) {
    EXPECT_EQ(trained(pieces, true), trained(pieces, false)) << name;
  }
}

TEST(DrawProbe, IsARoundOfItsOwnAndTheSameWheneverAsked) {
  Pieces pieces = games_in(at::kDouble)[3].pieces;
  AdversarialGame game(test::ring_config(pieces, 8));
  const Round a = game.draw_probe(1, 3), g = game.draw_probe(0, 3), other = game.draw_probe(1, 4);
  const Round drawn = game.draw(1);
  const Round again = game.draw_probe(1, 3);
  EXPECT_TRUE(at::equal(a.latents, again.latents));
  EXPECT_TRUE(at::equal(a.real.at("x"), again.real.at("x")));
  EXPECT_TRUE(at::equal(a.mixing, again.mixing));
  EXPECT_EQ(a.noise, again.noise);
  // The players of one probe meet the same latents.
  EXPECT_TRUE(at::equal(a.latents, g.latents));
  EXPECT_FALSE(g.real.has("x"));
  EXPECT_EQ(g.player, 0U);
  EXPECT_FALSE(at::equal(a.latents, other.latents));
  EXPECT_FALSE(at::equal(a.real.at("x"), other.real.at("x")));
  EXPECT_FALSE(at::equal(a.latents, drawn.latents));
  EXPECT_FALSE(a.noise == drawn.noise);
  EXPECT_EQ(drawn.move, 0U);
}

TEST(DrawProbe, OfAGameWithoutDataForProbesIsRefused) {
  const auto game = fixture::make_game(Pieces{});
  EXPECT_NO_THROW(game->draw_probe(0, 0));
  test::expect_error([&] { game->draw_probe(1, 0); }, ErrorCode::kUnsupported,
                     "[game] a probe of player 'discriminator' needs real samples: got a game "
                     "without data for probes; draw it from the game in training, or give "
                     "AdversarialConfig::probe_batch");
}

struct TinyGame {
  explicit TinyGame(objective::PenaltyConfig penalty = {})
      : game(test::ring_config(
            [&] {
              Pieces p = test::tiny_pieces();
              p.penalty = std::move(penalty);
              return p;
            }(),
            6)),
        rounds{game.draw_probe(0, 0), game.draw_probe(1, 0)},
        frozen(game, rounds) {}

  // Row i of J is minus the gradient of entry i of the gradients, by double backward of loss().
  test::Matrix exact_jacobian() {
    const auto losses = frozen.losses(frozen.point());
    const auto& first = frozen.first_tensors();
    const std::size_t n = Entries<TensorSpace>::count(losses.leaves);
    test::Matrix j{n, {}};
    for (std::size_t p = 0; p < 2; ++p) {
      const Tensors own(losses.leaves.begin() + static_cast<std::ptrdiff_t>(first[p]),
                        losses.leaves.begin() + static_cast<std::ptrdiff_t>(first[p + 1]));
      for (const at::Tensor& g : gradients(losses.values[p], own, true)) {
        const at::Tensor flat = g.reshape({-1});
        for (std::int64_t i = 0; i < flat.size(0); ++i) {
          Tensors row = gradients(flat[i], losses.leaves, true, true);
          for (std::size_t k = 0; k < row.size(); ++k) {
            if (!row[k].defined()) row[k] = at::zeros_like(losses.leaves[k]);
          }
          for (const double x : Entries<TensorSpace>::read(row)) j.entries.push_back(-x);
        }
      }
    }
    return j;
  }

  AdversarialGame game;
  std::vector<Round> rounds;
  FrozenGame frozen;
};

double largest(const Flat& v) {
  double most = 0;
  for (const double x : v) most = std::max(most, std::abs(x));
  return most;
}

TEST(JacobianProduct, OfATinyGanIsTheExactSecondDerivative) {
  for (const bool penalised : {false, true}) {
    TinyGame tiny(penalised ? objective::PenaltyConfig{objective::R1{.gamma = 1}, {}, {}, {}}
                            : objective::PenaltyConfig{});
    const test::Matrix j = tiny.exact_jacobian();
    ASSERT_EQ(j.n, 60U);
    Tensors z = tiny.frozen.point(), r = TensorSpace::zeros_like(z),
            out = TensorSpace::zeros_like(z);
    Product product(tiny.frozen, z, kSmoothStep);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const Flat direction = random_direction(60, seed, 0);
      Entries<TensorSpace>::write(r, direction);
      product(r, out);
      const Flat found = Entries<TensorSpace>::read(out);
      Flat exact(60);
      j(direction, exact);
      for (std::size_t i = 0; i < 60; ++i) EXPECT_NEAR(found[i], exact[i], 1e-7 * largest(exact));
    }
  }
}

TEST(TransposedProduct, OfATinyGanIsTheTransposedOfTheSameMatrix) {
  TinyGame tiny({objective::R1{.gamma = 1}, {}, {}, {}});
  const test::Matrix t = tiny.exact_jacobian().transposed();
  const Tensors z = tiny.frozen.point();
  TransposedProduct transposed(tiny.frozen, z);
  Tensors r = TensorSpace::zeros_like(z), out = TensorSpace::zeros_like(z);
  Product product(tiny.frozen, z, kSmoothStep);
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Flat direction = random_direction(60, seed, 0);
    Entries<TensorSpace>::write(r, direction);
    product(r, out);  // moves the frozen game in between
    transposed(r, out);
    const Flat found = Entries<TensorSpace>::read(out);
    Flat exact(60);
    t(direction, exact);
    for (std::size_t i = 0; i < 60; ++i) EXPECT_NEAR(found[i], exact[i], 1e-12 * largest(exact));
  }
}

TEST(Arnoldi, OfATinyGanFindsTheLeadingEigenvaluesOfItsDenseJacobian) {
  TinyGame tiny({objective::R1{.gamma = 1}, {}, {}, {}});
  const auto exact = eigenvalues(tiny.exact_jacobian().entries, 60);
  const Tensors z = tiny.frozen.point();
  Product product(tiny.frozen, z, kSmoothStep);
  const Spectrum s = arnoldi<TensorSpace>(product, z, {.steps = 40});
  EXPECT_EQ(s.evaluations, 80);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(std::abs(s.values[i].value - exact[i]) / std::abs(exact[0]), 0, 1e-5) << i;
  }
  EXPECT_NEAR(s.radius() / std::abs(exact[0]), 1, 1e-5);
}

TEST(RotationRatio, OfATinyGanIsThatOfItsDenseJacobian) {
  TinyGame tiny({objective::R1{.gamma = 1}, {}, {}, {}});
  const double exact = test::true_ratio(tiny.exact_jacobian());
  const Tensors z = tiny.frozen.point();
  Product product(tiny.frozen, z, kSmoothStep);
  const auto r = rotation_ratio<TensorSpace>(product, z, {.probes = 64});
  EXPECT_EQ(r.evaluations, 256);
  EXPECT_GT(r.standard_error, 0);
  EXPECT_NEAR(r.ratio, exact, 4 * r.standard_error);
  EXPECT_LT(r.standard_error, 0.1 * exact);
}

TEST(LeadingSingularValues, OfATinyGanAreThoseOfItsDenseJacobian) {
  TinyGame tiny({objective::R1{.gamma = 1}, {}, {}, {}});
  const auto exact = small_svd(tiny.exact_jacobian().entries, 60, 60).values;
  const Tensors z = tiny.frozen.point();
  Product product(tiny.frozen, z, kSmoothStep);
  TransposedProduct transposed(tiny.frozen, z);
  const auto found = leading_singular_values<TensorSpace>(product, transposed, z, {.steps = 30});
  EXPECT_LT(found.mismatch, 1e-6);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found.values[i] / exact[i], 1, 1e-5) << i;
}

// With kinks: differences of the network step agree with double backward, which sees none.
TEST(NetworkStep, PassesNoKinkOfAPenalisedRingGan) {
  Pieces pieces = test::ring_pieces(at::kFloat);
  pieces.penalty = {objective::R1{.gamma = .1}, objective::R2{.gamma = .1}, {}, {}};
  AdversarialGame game(test::ring_config(pieces, test::kRingBatch));
  for (int i = 0; i < 20; ++i) {
    test::train_alone(game, 1, 1, 1e-3);
    test::train_alone(game, 0, 1, 1e-3);
  }
  FrozenGame frozen = FrozenGame::at_probe(game);
  const Tensors z = frozen.point();
  TransposedProduct transposed(frozen, z);
  Product product(frozen, z, kNetworkStep);
  const auto found = leading_singular_values<TensorSpace>(product, transposed, z, {.steps = 5});
  EXPECT_LT(found.mismatch, 1e-8);
  Product finer(frozen, z, kNetworkStep / 10);
  EXPECT_NEAR(rotation_ratio<TensorSpace>(product, z).ratio,
              rotation_ratio<TensorSpace>(finer, z).ratio, 1e-5);
}

TEST(Microscope, SeesTheSameInTensorsAndInFlatVectors) {
  const Flat a = test::gaussians(5, 5, 1, 3);
  test::Matrix flat = test::bilinear_matrix(a, 5);
  const at::Tensor matrix = at::tensor(a, at::kDouble).view({5, 5});
  const Flat start = test::gaussians(10, 1, 1, 4);
  const at::Tensor all = at::tensor(start, at::kDouble);
  const auto game = make_bilinear_game(matrix, all.narrow(0, 0, 5), all.narrow(0, 5, 5));
  FrozenGame frozen = FrozenGame::at_probe(*game);
  const Tensors z = frozen.point();
  Product tensors(frozen, z);
  JacobianProduct<FlatSpace, test::Matrix> numbers(flat, start);
  const auto s = arnoldi<TensorSpace>(tensors, z, {.steps = 6});
  const auto t = arnoldi<FlatSpace>(numbers, start, {.steps = 6});
  ASSERT_EQ(s.values.size(), t.values.size());
  // Differences of the last digits of v over a step of 1e-4.
  for (std::size_t i = 0; i < s.values.size(); ++i) {
    EXPECT_NEAR(std::abs(s.values[i].value - t.values[i].value), 0, 1e-9);
  }
  const auto r = rotation_ratio<TensorSpace>(tensors, z),
             q = rotation_ratio<FlatSpace>(numbers, start);
  EXPECT_NEAR(r.antisymmetric, q.antisymmetric, 1e-9);
  const auto p = path_angle<TensorSpace>(frozen, z, {at::zeros({5}), at::zeros({5}).add(1)}).points;
  Flat end(10, 1.0);
  std::fill_n(end.begin(), 5, 0.0);
  const auto w = path_angle<FlatSpace>(flat, start, end).points;
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(p[i].cosine, w[i].cosine, 1e-12);
}

// A player without a differentiable loss.
class LosslessGame final : public Game {
 public:
  LosslessGame() {
    players_.push_back({.name = "x", .parameters = {{"value", at::ones({2}, at::kDouble)}}});
    players_[0].gradients.resize(1);
  }
  std::span<Player> players() override { return players_; }
  Round draw(std::size_t player) override { return {.player = player}; }
  Round draw_shared(std::size_t player, const Round&) override { return draw(player); }
  std::unique_ptr<Turn> play(const Round&) override {
    class LosslessTurn final : public Turn {
     public:
      explicit LosslessTurn(Player& player) : player_(player) {}
      std::vector<Evaluation> gradient(std::span<const std::size_t>) override {
        player_.gradients[0] = player_.parameters[0].tensor.clone();
        return {{at::zeros({}), {}}};
      }
      at::Tensor loss(std::size_t) override {
        throw Error(ErrorCode::kUnsupported, "lossless", "this game has gradients only");
      }

     private:
      Player& player_;
    };
    return std::make_unique<LosslessTurn>(players_[0]);
  }
  std::unique_ptr<Game> copy(at::ScalarType) override { return std::make_unique<LosslessGame>(); }
  void state(StateVisitor&) override {}

 private:
  std::vector<Player> players_;
};

TEST(FrozenGame, OfGradientsOnlyServesAllButTheTransposedProduct) {
  LosslessGame game;
  FrozenGame frozen = FrozenGame::at_probe(game);
  const Tensors z = frozen.point();
  Product product(frozen, z);
  EXPECT_NEAR(arnoldi<TensorSpace>(product, z).values[0].value.real(), -1, 1e-9);
  test::expect_error([&] { TransposedProduct(frozen, z); }, ErrorCode::kUnsupported,
                     "[lossless] this game has gradients only");
  test::expect_error([&] { duality_gap(game); }, ErrorCode::kUnsupported,
                     "[microscope] a duality gap needs a game of two players: got 1; try "
                     "best_response of each player");
}

TEST(FrozenGame, RefusesRoundsAndPointsThatDoNotFit) {
  TinyGame tiny;
  const auto& rounds = tiny.rounds;
  test::expect_error([&] { FrozenGame(tiny.game, {rounds[0]}); }, ErrorCode::kUsage,
                     "[microscope] rounds of a frozen game: got 1, expected one for each of 2 "
                     "players");
  test::expect_error(
      [&] {
        FrozenGame(tiny.game, {rounds[1], rounds[0]});
      },
      ErrorCode::kUsage,
      "[microscope] round 0 of a frozen game: got one of player 1, expected the "
      "players' order");
  test::expect_error([&] { FrozenGame(tiny.game, rounds, at::kHalf); }, ErrorCode::kUsage,
                     "[microscope] the numbers of a frozen game: got Half, expected Double or "
                     "Float");
  Tensors v = tiny.frozen.point();
  test::expect_error([&] { tiny.frozen.evaluate({v[0]}, v); }, ErrorCode::kUsage,
                     "[microscope] a point of a frozen game: got 1 tensors, expected the game's 8");
  Tensors bent = tiny.frozen.point();
  bent[0] = at::zeros({3, 3});
  test::expect_error([&] { tiny.frozen.evaluate(bent, v); }, ErrorCode::kUsage,
                     "[microscope] a point of a frozen game: got shape [3,3] for tensor 0, "
                     "expected [5,2]");
}

}  // namespace
}  // namespace saddle::monitor
