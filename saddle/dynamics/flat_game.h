#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "saddle/dynamics/space.h"

namespace saddle {

/// A game with a closed-form field on vectors of doubles, moved by plain steps: the same steppers
/// that move tensors make millions of steps cheap here.
class FlatGame {
 public:
  using SpaceType = FlatSpace;
  using Vector = FlatSpace::Vector;
  /// Writes player p's direction v_p = -grad loss_p at the point, one vector a player.
  using Field =
      std::function<void(const std::vector<Vector>& point, std::size_t player, Vector& direction)>;

  /// `rates`: step size of each player.
  FlatGame(std::vector<Vector> start, Field field, std::vector<double> rates)
      : point_(std::move(start)),
        directions_(point_),
        field_(std::move(field)),
        rates_(std::move(rates)) {}

  std::size_t player_count() const { return point_.size(); }
  void evaluate(std::size_t player) { field_(point_, player, directions_[player]); }
  void evaluate_shared(std::size_t player) { evaluate(player); }
  void apply(std::size_t player) {
    FlatSpace::axpy(point_[player], rates_[player], directions_[player]);
  }
  const std::vector<Vector>& point() const { return point_; }

 private:
  std::vector<Vector> point_;
  std::vector<Vector> directions_;
  Field field_;
  std::vector<double> rates_;
};

}  // namespace saddle
