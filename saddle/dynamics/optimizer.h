#pragma once

#include <memory>

#include "saddle/dynamics/optimizers.h"
#include "saddle/game/game.h"
#include "saddle/tensor/knob.h"
#include "saddle/tensor/state.h"

namespace saddle {

/// Turns one player's gradient into an update of its parameters.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Moves the parameters along `player.gradients` and bumps the player's version.
  virtual void update(Player& player) = 0;
  /// The learning rate as it is now.
  virtual double rate() const = 0;
  virtual void knobs(const KnobVisitor& visit) = 0;
  virtual void state(StateVisitor& visitor) = 0;
};

/// An optimizer for this player, state at zero. Make it after layout, dtype and device are set.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, const Player& player);

}  // namespace saddle
