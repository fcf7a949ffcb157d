#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "saddle/dynamics/space.h"

namespace saddle {

/// What a stepper asks of a game, whatever its vectors are made of.
///
/// `evaluate` draws the random inputs of a player's update and computes its direction at the
/// current point; `evaluate_again` does so with the inputs of its last evaluation, and `imagine`
/// too, but leaves that evaluation the one that `settle` commits. `move` goes along the direction
/// by the player's optimizer; `settle` closes the update: changes of state are committed and the
/// point is projected. Methods that look elsewhere shift and restore `point`; methods that combine
/// evaluations write `direction`, whose sign is the game's own: a plain step adds
/// `rate` * `direction`. `kSign` is -1 where directions are gradients to descend, 1 where they are
/// ways to go; rates carry it. `keep_own` is for an evaluation that found another player where it
/// does not stand: only the mover's own changes of state are then committed.
///
/// Derivatives belong to the inputs of the last evaluations and to the current point, J being the
/// Jacobian of the directions of all players by the points of all; an empty vector of `r` is zero.
template <class M>
concept Movable = Space<typename M::SpaceType> &&
    requires(M& m, std::size_t player, const Profile<typename M::SpaceType>& r) {
  { m.player_count() } -> std::convertible_to<std::size_t>;
  {m.evaluate(player)};
  {m.evaluate_shared(player)};  // with the latents of the evaluation before
  {m.evaluate_again(player)};
  {m.imagine(player)};
  {m.move(player)};
  {m.settle(player)};
  {m.project(player)};  // without committing
  {m.keep_own(player)};
  { M::kSign } -> std::convertible_to<double>;
  { m.rate(player) } -> std::convertible_to<double>;
  { m.point(player) } -> std::convertible_to<typename M::SpaceType::Vector&>;
  { m.direction(player) } -> std::convertible_to<typename M::SpaceType::Vector&>;
  { m.dimension(player) } -> std::convertible_to<double>;  // numbers in its point
  // The part of J r that belongs to `player`, and all of J^T r.
  { m.product(player, r) } -> std::same_as<typename M::SpaceType::Vector>;
  { m.transposed(r) } -> std::same_as<Profile<typename M::SpaceType>>;
  // What `player`'s direction would be if it were the point of `other` that it moved.
  { m.cross(player, player) } -> std::same_as<typename M::SpaceType::Vector>;
};

/// Players of a two-player game in the order of its list.
inline constexpr std::size_t kGenerator = 0;
inline constexpr std::size_t kDiscriminator = 1;

/// What a dynamics asks of a game; a game that lacks it is refused by name.
struct Needs {
  bool losses = false;  ///< differentiable losses, not gradients only
  bool two_players = false;
  bool affine = false;  ///< a field that is an affine function of the parameters
};

/// Moves one player along its direction and closes the update.
template <Movable M>
void apply(M& game, std::size_t player) {
  game.move(player);
  game.settle(player);
}

/// All players' directions at one point; the last player's first, as in alternation.
template <Movable M>
void evaluate_all(M& game) {
  for (std::size_t p = game.player_count(); p-- > 0;) game.evaluate(p);
}
template <Movable M>
void apply_all(M& game) {
  for (std::size_t p = game.player_count(); p-- > 0;) apply(game, p);
}

/// Zeros of the shapes of all points; where the players stand, saved and restored.
template <Movable M>
Profile<typename M::SpaceType> zeros_of(M& game) {
  Profile<typename M::SpaceType> zeros;
  for (std::size_t p = 0; p < game.player_count(); ++p) {
    zeros.push_back(M::SpaceType::zeros_like(game.point(p)));
  }
  return zeros;
}
template <Movable M>
void save_points(M& game, Profile<typename M::SpaceType>& points) {
  for (std::size_t p = 0; p < game.player_count(); ++p) {
    M::SpaceType::copy(points[p], game.point(p));
  }
}
template <Movable M>
void restore_points(M& game, const Profile<typename M::SpaceType>& points) {
  for (std::size_t p = 0; p < game.player_count(); ++p) {
    M::SpaceType::copy(game.point(p), points[p]);
  }
}
template <Movable M>
Profile<typename M::SpaceType> directions_of(M& game) {
  Profile<typename M::SpaceType> directions = zeros_of(game);
  for (std::size_t p = 0; p < game.player_count(); ++p) {
    M::SpaceType::copy(directions[p], game.direction(p));
  }
  return directions;
}

/// What a method remembers is visited by name: `visit.profile("last", profile)`,
/// `visit.number("steps", count)`.
struct Nothing {
  template <class Visit>
  void remember(Visit&) {}
};

}  // namespace saddle
