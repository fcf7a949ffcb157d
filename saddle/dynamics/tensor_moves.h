#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "saddle/dynamics/movable.h"
#include "saddle/dynamics/optimizer.h"
#include "saddle/dynamics/stepper.h"
#include "saddle/dynamics/tensor_space.h"
#include "saddle/game/game.h"

namespace saddle {

/// A Game as the methods see it: rounds are drawn, played and committed behind their back.
/// Directions are gradients to descend. Derivatives come from the graphs of Turn::loss.
class TensorMoves {
 public:
  using SpaceType = TensorSpace;
  using Vector = TensorSpace::Vector;
  static constexpr double kSign = -1;

  TensorMoves(Game& game, std::vector<std::unique_ptr<Optimizer>>& optimizers);

  /// Forgets the step before.
  void begin_step();
  StepReport take_report() { return std::exchange(report_, {}); }

  std::size_t player_count() const { return players_.size(); }
  double dimension(std::size_t player) const { return players_[player].dimension; }
  double rate(std::size_t player) const { return -optimizers_[player]->rate(); }

  void evaluate(std::size_t player);
  void evaluate_shared(std::size_t player);
  void evaluate_again(std::size_t player);
  void imagine(std::size_t player);
  void move(std::size_t player);
  void settle(std::size_t player);
  void project(std::size_t player) { game_.project(player); }
  void keep_own(std::size_t player) { players_[player].turn->ledger().keep_only(player); }

  Vector& point(std::size_t player);
  Vector& direction(std::size_t player) { return game_.players()[player].gradients; }

  Vector product(std::size_t player, const Profile<TensorSpace>& r);
  Profile<TensorSpace> transposed(const Profile<TensorSpace>& r);
  Vector cross(std::size_t player, std::size_t other);

 private:
  struct Mover {
    Vector leaves;  ///< parameters, with their graphs' ends
    Vector values;  ///< the same, detached
    double dimension = 0;
    std::optional<Round> round;  ///< of the last evaluation
    std::shared_ptr<Turn> turn;  ///< what settle commits
    std::shared_ptr<Turn> look;  ///< what derivatives belong to
  };

  void play(std::size_t player, bool commits);
  at::Tensor loss(std::size_t player);

  Game& game_;
  std::vector<std::unique_ptr<Optimizer>>& optimizers_;
  StepReport report_;
  std::vector<Mover> players_;
  std::size_t last_ = 0;  ///< who was evaluated last
  bool any_ = false;      ///< somebody was, in this step
};

static_assert(Movable<TensorMoves>);

}  // namespace saddle
