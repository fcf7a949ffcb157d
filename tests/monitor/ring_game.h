#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>

#include "saddle/dynamics/optimizer.h"
#include "tests/game/fixtures.h"
#include "tests/monitor/flat_fields.h"

namespace saddle::test {

inline constexpr std::int64_t kRingBatch = 64;

/// n points of a ring of 8 modes, radius 1, sd .05.
inline at::Tensor ring_points(const RandomKey& key, std::int64_t n, at::ScalarType dtype) {
  const at::TensorOptions options = at::TensorOptions().dtype(dtype);
  const at::Tensor mode = random_integers(key.fork("mode"), 8, {n}, at::kLong).to(dtype);
  const at::Tensor angle = mode.mul(std::numbers::pi / 4);
  return at::stack({angle.cos(), angle.sin()}, 1).add(random_normal(key, {n, 2}, options), 0.05);
}

/// A small GAN on the ring, with data for probes. `drawn` counts the batches training took.
inline AdversarialConfig ring_config(fixture::Pieces pieces, std::int64_t batch,
                                     std::shared_ptr<std::int64_t> drawn = nullptr) {
  AdversarialConfig config = fixture::config_of(pieces);
  config.batch = batch;
  if (drawn == nullptr) drawn = std::make_shared<std::int64_t>(0);
  const auto at_index = [batch, dtype = pieces.dtype](const char* stream, std::uint64_t index) {
    data::Batch reals;
    reals.set("x", ring_points(Streams(9).at(stream, index), batch, dtype));
    return reals;
  };
  config.next_batch = [at_index, drawn] {
    return at_index("data", static_cast<std::uint64_t>((*drawn)++));
  };
  config.probe_batch = [at_index](std::uint64_t index) { return at_index("fresh", index); };
  return config;
}

/// 27 + 33 = 60 parameters; few kinks.
inline fixture::Pieces tiny_pieces() {
  return {.generator = nn::MlpGenerator{.latent = 2, .width = 5, .depth = 1},
          .discriminator = nn::MlpDiscriminator{.width = 8, .depth = 1},
          .objective = objective::NonSaturating{},
          .penalty = {},
          .dtype = at::kDouble};
}

inline fixture::Pieces ring_pieces(at::ScalarType dtype) {
  return {.generator = nn::MlpGenerator{.latent = 2, .width = 32},
          .discriminator = nn::MlpDiscriminator{.width = 32},
          .objective = objective::NonSaturating{},
          .dtype = dtype};
}

/// n updates of one player against the others, who stand still.
inline void train_alone(Game& game, std::size_t player, int n, double lr) {
  const auto optimizer = make_optimizer(Adam{.lr = lr}, game.players()[player]);
  const std::vector<std::size_t> moved{player};
  for (int i = 0; i < n; ++i) {
    const auto turn = game.play(game.draw(player));
    turn->gradient(moved);
    optimizer->update(game.players()[player]);
    game.commit(*turn);
    game.project(player);
  }
}

}  // namespace saddle::test
