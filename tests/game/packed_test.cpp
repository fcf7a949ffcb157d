// Games whose discriminator sees several samples at once.
#include "saddle/nn/packed.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>

#include "saddle/base/error.h"
#include "tests/base/temporary.h"
#include "tests/game/fixtures.h"

namespace saddle {
namespace {

using fixture::bytes_of;
using fixture::gradients_of;
using fixture::images_with_state;
using fixture::kBatch;
using fixture::Pieces;

/// The game of these pieces whose rows are packs: as many samples a round as without.
std::unique_ptr<AdversarialGame> packed_game(const Pieces& pieces, std::int64_t size) {
  AdversarialConfig config = fixture::config_of(pieces);
  config.make_generator = [make = config.make_generator, size](const at::TensorOptions& o) {
    return std::make_unique<nn::PackedGenerator>(make(o), size);
  };
  Pieces packs = pieces;
  packs.data.channels *= size;
  config.make_discriminator = fixture::config_of(packs).make_discriminator;
  config.next_batch = [next = config.next_batch, size] {
    data::Batch batch = next();
    batch.set("x", nn::packed(batch.at("x"), size));
    return batch;
  };
  config.batch = kBatch / size;
  return std::make_unique<AdversarialGame>(std::move(config));
}

Pieces penalised(objective::ObjectiveConfig objective, bool exact) {
  Pieces p;
  p.objective = std::move(objective);
  p.penalty = {objective::R1{.gamma = 0.3}, objective::R2{.gamma = 0.7}, std::nullopt,
               std::nullopt};
  p.exact = exact;
  return p;
}

void expect_same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i])) << i;
}

TEST(Packed, APackOfOneIsThePlainGameBitForBit) {
  for (const Pieces& pieces :
       {penalised(objective::NonSaturating{}, true),
        penalised(objective::PairedRelativistic{}, false), images_with_state()}) {
    const auto plain = fixture::make_game(pieces);
    const auto packs = packed_game(pieces, 1);
    EXPECT_EQ(bytes_of(*packs), bytes_of(*plain));
    for (const std::size_t player : {1, 0, 1}) {
      const Round a = plain->draw(player), b = packs->draw(player);
      EXPECT_TRUE(at::equal(a.latents, b.latents));
      expect_same_bits(gradients_of(*packs, b, player), gradients_of(*plain, a, player));
    }
  }
}

/// The total of a player after its parameters moved by `step` along `direction`.
double moved_total(AdversarialGame& game, const Round& round,
                   const std::vector<at::Tensor>& direction, double step) {
  Player& player = game.players()[round.player];
  const auto move = [&](double by) {
    const NoGrad no_grad;
    for (std::size_t i = 0; i < direction.size(); ++i) {
      player.parameters[i].tensor.add_(direction[i], by);
    }
    player.touch();
  };
  move(step);
  const std::array<std::size_t, 1> moved{round.player};
  const double total = game.play(round)->gradient(moved)[0].total.item<double>();
  move(-step);
  return total;
}

TEST(Packed, GradientsAreThoseOfDifferences) {
  for (const bool exact : {true, false}) {
    for (const objective::ObjectiveConfig& objective : {
             objective::ObjectiveConfig(objective::NonSaturating{}),
             objective::ObjectiveConfig(objective::PairedRelativistic{}),
         }) {
      const auto game = packed_game(penalised(objective, exact), 3);
      for (const std::size_t player : {0, 1}) {
        const Round round = game->draw(player);
        EXPECT_EQ(round.latents.size(0), kBatch / 3);
        const auto gradient = gradients_of(*game, round, player);
        std::vector<at::Tensor> direction;
        double slope = 0;
        for (std::size_t i = 0; i < gradient.size(); ++i) {
          const RandomKey key = Streams(3).at("direction", i);
          direction.push_back(random_normal(key, gradient[i].sizes(), gradient[i].options()));
          slope += (gradient[i] * direction[i]).sum().item<double>();
        }
        constexpr double kStep = 1e-6;
        const double difference = (moved_total(*game, round, direction, kStep) -
                                   moved_total(*game, round, direction, -kStep)) /
                                  (2 * kStep);
        // Rounding of totals near 1, over the step.
        EXPECT_NEAR(slope, difference, 1e-8 * (1 + std::abs(slope))) << exact << player;
        EXPECT_GT(std::abs(slope), 1e-4);
      }
    }
  }
}

TEST(Packed, RowsAreSamplesSideBySide) {
  const auto member = [] { return fixture::config_of(Pieces{}).make_generator(at::kDouble); };
  nn::PackedGenerator packs(member(), 2);
  EXPECT_EQ(packs.latent_size(), 6);
  const at::Tensor z = random_normal(Streams(1).at("z", 0), {4, 6}, at::kDouble);
  const NoGrad no_grad;
  const at::Tensor rows = packs.forward(z, {}, {});
  const auto single = member();
  EXPECT_TRUE(at::allclose(rows.narrow(1, 0, 2), single->forward(z.narrow(1, 0, 3), {}, {})));
  EXPECT_TRUE(at::allclose(rows.narrow(1, 2, 2), single->forward(z.narrow(1, 3, 3), {}, {})));
  const at::Tensor images = at::arange(24).view({4, 1, 2, 3});
  EXPECT_TRUE(at::equal(nn::packed(images, 2), at::arange(24).view({2, 2, 2, 3})));
}

TEST(Packed, RefusesPartsOfPacksAndConditions) {
  test::expect_error(
      [] {
        nn::packed(at::zeros({5, 2}), 2);
      },
      ErrorCode::kInput,
      "[pack] samples of shape [5,2] in packs of 2: expected [N,C,...] with N a "
      "multiple of the pack");
  nn::PackedGenerator packs(fixture::config_of(Pieces{}).make_generator(at::kDouble), 2);
  const nn::Condition condition{.labels = at::zeros({4}, at::kLong)};
  test::expect_error(
      [&] {
        packs.forward(at::zeros({4, 6}, at::kDouble), condition, {});
      },
      ErrorCode::kUnsupported,
      "[pack] packs of 2 samples cannot be conditioned: got a condition, expected "
      "none");
}

}  // namespace
}  // namespace saddle
