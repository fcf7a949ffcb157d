#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/clock.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/game/adversarial_game.h"
#include "saddle/nn/build.h"
#include "saddle/tensor/random.h"

namespace saddle::bench {

/// A generator and a discriminator on synthetic data, with what moves them.
struct Pair {
  std::unique_ptr<AdversarialGame> game;
  std::unique_ptr<Stepper> stepper;
};

/// The networks "mlp" (2-D points) or "dcgan64" with their usual Adam.
inline Pair make_pair(const std::string& net, std::int64_t batch, Precision precision,
                      const DynamicsConfig& dynamics) {
  const bool image = net == "dcgan64";
  const nn::Dimensions data{.channels = image ? 3 : 2, .resolution = image ? 64 : 0};
  nn::GeneratorConfig generator = nn::MlpGenerator{};
  nn::DiscriminatorConfig discriminator = nn::MlpDiscriminator{};
  if (image) generator = nn::DcganGenerator{};
  if (image) discriminator = nn::DcganDiscriminator{};
  const Streams streams(0);
  const auto floats = at::TensorOptions().dtype(at::kFloat);
  at::Tensor x =
      image ? random_uniform(streams.at("data", 0), {batch, 3, 64, 64}, floats).mul(2).sub(1)
            : random_normal(streams.at("data", 0), {batch, 2}, floats);
  if (image) x = channels_last(x);
  AdversarialConfig config;
  config.make_generator = [=](const at::TensorOptions& o) {
    return nn::build_generator(generator, data, streams.at("init", 0), o, image);
  };
  config.make_discriminator = [=](const at::TensorOptions& o) {
    return nn::build_discriminator(discriminator, data, streams.at("init", 1), o, image);
  };
  config.options = at::TensorOptions().dtype(at::kFloat);
  config.objective = objective::functions(objective::NonSaturating{});
  config.next_batch = [x] {
    data::Batch reals;
    reals.set("x", x);
    return reals;
  };
  config.batch = batch;
  config.precision = precision;
  config.channels_last = image;
  config.shared_latents = shares_latents(dynamics);
  Pair pair;
  pair.game = std::make_unique<AdversarialGame>(std::move(config));
  const Adam adam{.lr = image ? 2e-4 : 1e-3, .beta1 = image ? .5 : 0., .beta2 = image ? .999 : .99};
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  for (const Player& player : pair.game->players()) {
    optimizers.push_back(make_optimizer(adam, player));
  }
  pair.stepper = std::make_unique<Stepper>(*pair.game, dynamics, std::move(optimizers));
  return pair;
}

/// CPU milliseconds of one of `steps` steps.
inline double milliseconds(Pair& pair, std::int64_t steps) {
  const double start = process_cpu_seconds();
  for (std::int64_t i = 0; i < steps; ++i) pair.stepper->step();
  return 1e3 * (process_cpu_seconds() - start) / static_cast<double>(steps);
}

}  // namespace saddle::bench
