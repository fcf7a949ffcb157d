#pragma once

#include <concepts>
#include <cstddef>

#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/space.h"

namespace saddle {

/// What a stepper asks of a game, whatever its vectors are made of. `evaluate` computes the move
/// direction of a player at the current point; `apply` moves it there, once per evaluation.
/// Methods that look elsewhere before they move save, shift and restore `point`; methods that
/// combine evaluations write `direction`, which `apply` reads: any linear combination of directions
/// of one game, whose sign is the game's own.
template <class M>
concept Movable = Space<typename M::SpaceType> && requires(M& m, std::size_t player) {
  { m.player_count() } -> std::convertible_to<std::size_t>;
  {m.evaluate(player)};
  {m.evaluate_shared(player)};  // with the latents of the evaluation before
  {m.apply(player)};
  { m.point(player) } -> std::convertible_to<typename M::SpaceType::Vector&>;
  { m.direction(player) } -> std::convertible_to<typename M::SpaceType::Vector&>;
};

/// Players of a two-player game in the order of its list.
inline constexpr std::size_t kGenerator = 0;
inline constexpr std::size_t kDiscriminator = 1;

/// Every player moves from its gradient at the same point.
template <Movable M>
void step(const Simultaneous&, M& game) {
  for (std::size_t p = game.player_count(); p-- > 0;) game.evaluate(p);
  for (std::size_t p = game.player_count(); p-- > 0;) game.apply(p);
}

/// The discriminator moves first; the generator answers the discriminator that has moved.
template <Movable M>
void step(const Alternating& config, M& game) {
  for (std::int64_t i = 0; i < config.d_steps; ++i) {
    game.evaluate(kDiscriminator);
    game.apply(kDiscriminator);
  }
  for (std::int64_t i = 0; i < config.g_steps; ++i) {
    if (config.latents == Latents::kShared && i == 0) {
      game.evaluate_shared(kGenerator);
    } else {
      game.evaluate(kGenerator);
    }
    game.apply(kGenerator);
  }
}

}  // namespace saddle
