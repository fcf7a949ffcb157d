// A few hundred steps on a ring of eight modes: the whole way from draw to update, on real losses.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "saddle/dynamics/stepper.h"
#include "saddle/game/adversarial_game.h"
#include "saddle/nn/build.h"
#include "saddle/tensor/precision.h"

namespace saddle {
namespace {

constexpr std::int64_t kBatch = 64;

// Modes at radius 1 with deviation 0.05: every real point lies near the unit circle.
at::Tensor ring(std::uint64_t move) {
  const RandomKey key = Streams(3).at("data", move);
  const at::Tensor angle = random_integers(key, 8, {kBatch}, at::TensorOptions().dtype(at::kLong))
                               .to(at::kFloat)
                               .mul(std::numbers::pi / 4);
  const at::Tensor noise =
      random_normal(key.fork("noise"), {kBatch, 2}, at::TensorOptions().dtype(at::kFloat));
  return at::stack({angle.cos(), angle.sin()}, 1) + noise * 0.05;
}

AdversarialConfig ring_config() {
  AdversarialConfig config;
  const RandomKey init = Streams(1).at("init", 0);
  config.make_generator = [init](const at::TensorOptions& o) {
    return nn::build_generator(nn::MlpGenerator{.width = 32}, {.channels = 2}, init.fork("g"), o);
  };
  config.make_discriminator = [init](const at::TensorOptions& o) {
    return nn::build_discriminator(nn::MlpDiscriminator{.width = 32}, {.channels = 2},
                                   init.fork("d"), o);
  };
  config.options = at::TensorOptions().dtype(at::kFloat);
  std::get<0>(config.penalty) = objective::R1{.gamma = 0.1};
  std::get<1>(config.penalty) = objective::R2{.gamma = 0.1};
  config.batch = kBatch;
  config.streams = Streams(1);
  config.next_batch = [k = std::uint64_t{0}]() mutable {
    data::Batch batch;
    batch.set("x", ring(k++));
    return batch;
  };
  return config;
}

// Mean distance of generated points from the unit circle.
double distance_from_ring(AdversarialGame& game) {
  const NoGrad no_grad;
  const at::Tensor z = random_normal(Streams(2).at("eval", 0), {1024, 2}, game.config().options);
  const at::Tensor x = game.generator().forward(z, {}, {.training = false});
  return (x.norm(2, {1}) - 1).abs().mean().item().toDouble();
}

double trained_distance(const DynamicsConfig& dynamics, bool shared, int steps) {
  AdversarialConfig config = ring_config();
  config.shared_latents = shared;
  AdversarialGame game(std::move(config));
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  for (const Player& player : game.players()) {
    optimizers.push_back(make_optimizer(Adam{.lr = 2e-3}, player));
  }
  Stepper stepper(game, dynamics, std::move(optimizers));
  for (int i = 0; i < steps; ++i) stepper.step();
  return distance_from_ring(game);
}

TEST(Training, ThreeHundredStepsBringTheFakesToTheRing) {
  const double start = trained_distance(Alternating{}, false, 0);
  // Untrained fakes sit near the origin, about 0.9 from the circle.
  EXPECT_GT(start, 0.6);
  EXPECT_LT(trained_distance(Alternating{}, false, 300), start / 2);
  EXPECT_LT(trained_distance(Alternating{.latents = Latents::kShared}, true, 300), start / 2);
  EXPECT_LT(trained_distance(Simultaneous{}, false, 300), start / 2);
}

TEST(Training, TheSameSeedGivesTheSameBytes) {
  EXPECT_EQ(trained_distance(Alternating{}, false, 20), trained_distance(Alternating{}, false, 20));
}

}  // namespace
}  // namespace saddle
