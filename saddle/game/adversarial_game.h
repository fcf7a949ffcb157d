#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/game/game.h"
#include "saddle/nn/network.h"
#include "saddle/objective/objective.h"
#include "saddle/objective/penalties.h"
#include "saddle/objective/penalty.h"
#include "saddle/tensor/knob.h"
#include "saddle/tensor/precision.h"
#include "saddle/tensor/random.h"

namespace saddle {

namespace nn {
class TangentPass;
}

/// What a two-player GAN is made of.
struct AdversarialConfig {
  /// Make the networks with fresh parameters in the given dtype and device; called again by copy().
  std::function<std::unique_ptr<nn::Generator>(const at::TensorOptions&)> make_generator;
  std::function<std::unique_ptr<nn::Discriminator>(const at::TensorOptions&)> make_discriminator;
  at::TensorOptions options{};  ///< dtype (f32 or f64) and device of the parameters

  /// A row of the table by objective::functions(), or losses of one's own.
  objective::Functions objective = objective::functions(objective::NonSaturating{});
  objective::PenaltyConfig penalty;

  /// The next real batch: field "x", and "label" where the networks want it.
  std::function<data::Batch()> next_batch;
  /// Batch `index` of reals for probes: the same whenever asked, and asking does not move
  /// next_batch. Empty: probes of players that need reals are refused.
  std::function<data::Batch(std::uint64_t index)> probe_batch;
  /// n labels with the training frequencies; empty for unlabelled games.
  std::function<at::Tensor(const RandomKey&, std::int64_t n)> draw_labels;
  std::int64_t batch = 64;  ///< fakes of one update
  Streams streams{0};

  Precision precision = Precision::kFloat32;
  bool channels_last = false;
  /// Keep the discriminator's fakes with their graph for the generator's shared round.
  bool shared_latents = false;
  /// Gradients without a graph where the discriminator is piecewise linear; off: autograd always.
  bool exact_first_order = true;
};

/// The two-player GAN. Player 0 is the generator, player 1 the discriminator.
class AdversarialGame final : public Game {
 public:
  explicit AdversarialGame(AdversarialConfig config);

  std::span<Player> players() override { return players_; }
  Round draw(std::size_t player) override;
  Round draw_shared(std::size_t player, const Round& shared) override;
  /// Throws Error(kUnsupported) where the player needs reals and the config has no probe_batch.
  Round draw_probe(std::size_t player, std::uint64_t index) override;
  std::unique_ptr<Turn> play(const Round& round) override;
  void project(std::size_t player) override;
  std::unique_ptr<Game> copy(at::ScalarType dtype) override;
  void state(StateVisitor& visitor) override;

  /// Penalty weights: "penalty.r1.gamma", ...
  void knobs(const KnobVisitor& visit);

  nn::Generator& generator() { return *generator_; }
  nn::Discriminator& discriminator() { return *discriminator_; }
  const AdversarialConfig& config() const { return config_; }

  /// A gradient penalty that is on, with its strength: a 0-dim tensor on the device, a knob.
  struct ActivePenalty {
    objective::GradientPenalty penalty;
    at::Tensor strength;
  };
  const std::vector<ActivePenalty>& penalties() const { return penalties_; }
  /// Whether a penalty looks between reals and fakes.
  bool mixes() const;

  /// The fakes of the last discriminator round, ready for the generator's gradient; only with
  /// shared latents. Not state: without it the same numbers are computed again.
  struct SharedFake {
    at::Tensor latents, fake;
    std::shared_ptr<nn::TangentPass> pass;  ///< instead of a graph
    std::uint64_t version = 0;
  };
  SharedFake& shared_fake() { return shared_fake_; }

 private:
  Round next_round(std::size_t player);
  bool needs_reals(std::size_t player) const;
  /// The keys of a round's latents, labels and mixing weights.
  struct Keys {
    RandomKey latent, label, penalty;
  };
  Keys keys_of(std::uint64_t move) const;
  void draw_latents(Round& round, const Keys& keys) const;
  /// Puts a batch of reals into a round that has its latents.
  void set_reals(Round& round, data::Batch batch, const Keys& keys) const;

  AdversarialConfig config_;
  std::unique_ptr<nn::Generator> generator_;
  std::unique_ptr<nn::Discriminator> discriminator_;
  std::vector<Player> players_;
  std::vector<ActivePenalty> penalties_;
  SharedFake shared_fake_;
  std::int64_t moves_ = 0;
};

}  // namespace saddle
