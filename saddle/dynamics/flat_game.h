#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "saddle/dynamics/space.h"
#include "saddle/game/toy_games.h"

namespace saddle {

/// A game with a closed-form field, moved by plain steps z <- z + rate v(z): the same steppers that
/// move networks make millions of steps cheap here.
template <Field F>
class FlatGame {
 public:
  using SpaceType = FlatSpace;
  using Vector = FlatSpace::Vector;

  /// `start`: one vector a player, in the order of the field's z; `rates`: step size of each.
  FlatGame(F field, std::vector<Vector> start, std::vector<double> rates)
      : field_(std::move(field)),
        points_(std::move(start)),
        directions_(points_),
        rates_(std::move(rates)) {
    for (const Vector& p : points_) z_.insert(z_.end(), p.begin(), p.end());
    v_ = FlatSpace::zeros_like(z_);
  }

  std::size_t player_count() const { return points_.size(); }

  void evaluate(std::size_t player) {
    if (!fresh_) {
      std::size_t next = 0;
      for (const Vector& p : points_) {
        for (const double value : p) z_[next++] = value;
      }
      field_(z_, v_);
      fresh_ = true;
    }
    std::size_t first = 0;
    for (std::size_t p = 0; p < player; ++p) first += points_[p].size();
    Vector& direction = directions_[player];
    for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = v_[first + i];
  }
  void evaluate_shared(std::size_t player) { evaluate(player); }

  void apply(std::size_t player) {
    FlatSpace::axpy(point(player), rates_[player], directions_[player]);
  }

  /// Where a player stands; the next evaluation looks here.
  Vector& point(std::size_t player) {
    fresh_ = false;
    return points_[player];
  }
  Vector& direction(std::size_t player) { return directions_[player]; }

 private:
  F field_;
  std::vector<Vector> points_, directions_;
  std::vector<double> rates_;
  Vector z_, v_;        ///< all players, one after the other
  bool fresh_ = false;  ///< v_ belongs to points_
};

}  // namespace saddle
