#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/optimizer.h"
#include "saddle/game/game.h"

namespace saddle {

/// One update of one player: what it minimised and what was seen, detached, on the device.
struct Move {
  std::size_t player = 0;
  Evaluation evaluation;
  NamedTensors observed;
};

/// The last move of each player in one step, in the order they moved.
struct StepReport {
  std::vector<Move> moves;
  /// Gradients of one player's loss that the step took; a gradient that is differentiated again
  /// counts twice.
  std::int64_t evaluations = 0;
};

/// Moves the players of a game by a dynamics.
class Stepper {
 public:
  /// One optimizer a player, in the game's order.
  /// Throws Error(kUnsupported) when the game lacks what the dynamics needs.
  Stepper(Game& game, const DynamicsConfig& dynamics,
          std::vector<std::unique_ptr<Optimizer>> optimizers);
  ~Stepper();

  StepReport step();
  Optimizer& optimizer(std::size_t player) { return *optimizers_[player]; }
  /// Forgets what the dynamics remembers: the players were put elsewhere from outside.
  void restart();
  /// The points of a player that ship in equal shares, each like its parameters; none where the
  /// point is where the player stands.
  std::vector<std::vector<at::Tensor>> shipped(std::size_t player) const;
  /// Moments of the optimizers, under `<player>.`, and what the dynamics remembers.
  void state(StateVisitor& visitor);

 private:
  struct Work;
  Game& game_;
  DynamicsConfig dynamics_;
  std::vector<std::unique_ptr<Optimizer>> optimizers_;
  std::unique_ptr<Work> work_;
};

}  // namespace saddle
