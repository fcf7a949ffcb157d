#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "saddle/dynamics/movable.h"

namespace saddle {

/// Who answers whom within one step.
enum class Order {
  kSimultaneous,        ///< all players move from directions at the same point
  kDiscriminatorFirst,  ///< the last player moves first, each answers those that have moved
  kGeneratorFirst,      ///< the first player moves first
};
inline constexpr std::array<std::string_view, 3> kOrderWords{"simultaneous", "discriminator_first",
                                                             "generator_first"};
inline constexpr std::string_view kOrderDoc =
    "simultaneous: all from the same point; or who moves first, the other answering";

/// One update of every player; `update(player)` moves it along its direction.
template <Movable M, class Update>
void in_order(Order order, M& game, const Update& update) {
  const std::size_t n = game.player_count();
  if (order == Order::kSimultaneous) {
    evaluate_all(game);
    for (std::size_t p = n; p-- > 0;) update(p);
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t p = order == Order::kGeneratorFirst ? i : n - 1 - i;
    game.evaluate(p);
    update(p);
  }
}

}  // namespace saddle
