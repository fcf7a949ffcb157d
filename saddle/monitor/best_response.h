#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "saddle/dynamics/optimizers.h"
#include "saddle/game/game.h"

namespace saddle::monitor {

struct BestResponseOptions {
  std::int64_t steps = 50;  ///< of the clone, 1 or more
  OptimizerConfig optimizer = Adam{.lr = 1e-3, .beta1 = 0.0, .beta2 = 0.99};
  std::int64_t samples = 4096;  ///< fresh ones the gain is measured on, at least; whole rounds
  /// The first probe round. The clones train on `steps` rounds from here and are measured on those
  /// that follow: move on by probe_rounds() for new samples.
  std::uint64_t first_round = 0;
};

/// Rounds of stream "probe" that a probe of this game uses up.
std::uint64_t probe_rounds(Game& game, const BestResponseOptions& options = {});

/// What a player would gain by `steps` updates of its own while all others stand still. V is minus
/// the player's adversarial loss: penalties are trained on, not counted. Cost: `steps` updates and
/// two evaluations a measuring round. The game itself is only read.
struct BestResponse {
  static constexpr std::string_view kValidFor =
      "in nats for cross-entropy objectives; of WGAN only with its constraint kept, in units of "
      "its "
      "critic; compare runs of one objective only";

  double gain = 0;  ///< V(clone) - V(player), same rounds for both
  double standard_error =
      0;  ///< of `gain` over measuring rounds; 0 for games without random inputs
  double before = 0, after = 0;  ///< V of the player and of its clone
  double total_gain = 0;         ///< the same of the whole loss, penalties included
  std::int64_t steps = 0;
  std::int64_t samples = 0;  ///< measured on
};

/// Lets a clone of `player` answer the others. Throws Error(kUsage) for a player that is not there,
/// no step or no sample, Error(kNumeric) where a loss becomes not finite.
BestResponse best_response(Game& game, std::size_t player, const BestResponseOptions& options = {});

/// The duality gap (Grnarova 2019, arXiv:1811.05512) of player 0, who minimises, and player 1, who
/// maximises V = minus the adversarial loss of player 1: V(0, clone of 1) - V(clone of 0, 1). At
/// least 0 up to sampling noise in a zero-sum game; 0 at an equilibrium. Clones start from the
/// current weights. Cost: 2 `steps` updates and three evaluations a measuring round.
struct DualityGap {
  static constexpr std::string_view kValidFor =
      "every objective, read through the discriminator's loss; compare runs of one objective only";

  double gap = 0;
  double standard_error = 0;  ///< of `gap` over measuring rounds
  double value = 0;           ///< V of the players as they are
  double maximiser_gain = 0;  ///< V(0, clone of 1) - V
  double minimiser_gain = 0;  ///< V - V(clone of 0, 1)
  std::int64_t steps = 0;
  std::int64_t samples = 0;  ///< measured on; none of them trained a clone
};

/// Throws as best_response does, and Error(kUnsupported) for a game that has not two players.
DualityGap duality_gap(Game& game, const BestResponseOptions& options = {});

}  // namespace saddle::monitor
