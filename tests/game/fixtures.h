#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/game/adversarial_game.h"
#include "saddle/nn/build.h"
#include "saddle/tensor/state.h"

namespace saddle::fixture {

inline constexpr std::int64_t kBatch = 6;
inline constexpr std::int64_t kClasses = 3;

/// A small game: on points (resolution 0) or on 16 x 16 images.
struct Pieces {
  nn::GeneratorConfig generator = nn::MlpGenerator{.latent = 3, .width = 8};
  nn::DiscriminatorConfig discriminator = nn::MlpDiscriminator{.width = 8};
  nn::Dimensions data{.channels = 2};
  objective::ObjectiveConfig objective{};
  std::optional<objective::Functions> own_objective{};  ///< in place of `objective`
  objective::PenaltyConfig penalty{};
  at::ScalarType dtype = at::kDouble;
  bool shared = false;
  bool exact = true;
};

inline AdversarialConfig config_of(const Pieces& p) {
  AdversarialConfig config;
  const RandomKey init = Streams(5).at("init", 0);
  config.make_generator = [p, init](const at::TensorOptions& o) {
    return nn::build_generator(p.generator, p.data, init.fork("g"), o);
  };
  config.make_discriminator = [p, init](const at::TensorOptions& o) {
    return nn::build_discriminator(p.discriminator, p.data, init.fork("d"), o);
  };
  config.options = at::TensorOptions().dtype(p.dtype);
  config.objective = p.own_objective ? *p.own_objective : objective::functions(p.objective);
  config.penalty = p.penalty;
  config.batch = kBatch;
  config.streams = Streams(7);
  config.shared_latents = p.shared;
  config.exact_first_order = p.exact;
  config.next_batch = [p, k = std::uint64_t{0}]() mutable {
    const RandomKey key = Streams(9).at("data", k++);
    std::vector<std::int64_t> shape{kBatch, p.data.channels};
    if (p.data.resolution > 0) shape.insert(shape.end(), 2, p.data.resolution);
    data::Batch batch;
    batch.set("x", random_normal(key, shape, at::TensorOptions().dtype(p.dtype)));
    if (p.data.classes > 0) {
      batch.set("label", random_integers(key.fork("label"), p.data.classes, {kBatch},
                                         at::TensorOptions().dtype(at::kLong)));
    }
    return batch;
  };
  if (p.data.classes > 0) {
    config.draw_labels = [p](const RandomKey& key, std::int64_t n) {
      return random_integers(key, p.data.classes, {n}, at::TensorOptions().dtype(at::kLong));
    };
  }
  return config;
}

inline std::unique_ptr<AdversarialGame> make_game(const Pieces& pieces) {
  return std::make_unique<AdversarialGame>(config_of(pieces));
}

/// A DCGAN pair with batch norm in both and labels: everything that has state of its own.
inline Pieces images_with_state() {
  Pieces p;
  p.data = {.channels = 1, .resolution = 16, .classes = kClasses};
  p.generator =
      nn::DcganGenerator{.latent = 4, .width = 2, .condition = nn::GeneratorCondition::kConcat};
  p.discriminator = nn::DcganDiscriminator{
      .width = 2, .norm = nn::Norm::kBatch, .condition = nn::DiscriminatorCondition::kConcat};
  return p;
}

/// Every byte of the state, one text.
inline std::string bytes_of(Game& game) {
  std::string all;
  for (const NamedTensor& entry : snapshot(game)) {
    const at::Tensor t = entry.tensor.contiguous();
    all += entry.name;
    all.append(static_cast<const char*>(t.const_data_ptr()), t.nbytes());
  }
  return all;
}

/// Gradients of one player for one round, copied.
inline std::vector<at::Tensor> gradients_of(Game& game, const Round& round, std::size_t player) {
  const auto turn = game.play(round);
  const std::vector<std::size_t> moved{player};
  turn->gradient(moved);
  std::vector<at::Tensor> copies;
  for (const auto& g : game.players()[player].gradients) copies.push_back(g.clone());
  return copies;
}

/// The largest difference, relative to the largest entry of b.
inline double distance(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  double worst = 0, scale = 1e-300;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst,
                     (a[i].to(at::kDouble) - b[i].to(at::kDouble)).abs().max().item().toDouble());
    scale = std::max(scale, b[i].to(at::kDouble).abs().max().item().toDouble());
  }
  return worst / scale;
}

}  // namespace saddle::fixture
