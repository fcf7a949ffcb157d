#pragma once

#include "saddle/dynamics/movable.h"

namespace saddle {

/// A dynamics at work on games of kind M: what it remembers between steps, and its step. Each row
/// of the table of dynamics specialises it:
///
///     Method(const Row& row, M& game);                        memory of the game's shape
///     void step(M& game);                                     moves every player
///     template <class Visit> void remember(Visit& visit);     its memory by name, see Nothing
///
/// A method whose answer is not where the players stand also has
/// `std::vector<const Vector*> shipped(std::size_t player)`: points in equal shares.
template <class Row, Movable M>
class Method;

}  // namespace saddle
