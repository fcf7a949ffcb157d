#pragma once

#include "saddle/dynamics/alternating.h"
#include "saddle/lab/planar.h"
#include "saddle/lab/settings.h"

namespace saddle::lab {

// The Dirac-GAN with D(x) = psi x, a large D meaning "real". Tables that let a large D mean "fake"
// turn the sign of psi: their start (1,1) is (1,-1) here.
inline constexpr Place kDiracStart{1, -1};

/// "non_saturating" or "saturating", as a parameter of that name.
Parameter dirac_objective();
/// "simultaneous", or "alternating" with theta first.
Parameter dirac_order();

objective::ObjectiveConfig dirac_objective_of(const Settings& settings);
bool is_simultaneous_order(const Settings& settings);

/// Extremes of the distance over the last `tail` of `steps` steps of either order.
Extent dirac_extent(const FlatGame<DiracField>& game, bool simultaneous, std::int64_t steps,
                    std::int64_t tail);
std::vector<Place> dirac_trail(const FlatGame<DiracField>& game, bool simultaneous,
                               std::int64_t steps, std::int64_t every = 1);

/// The last `count` places.
std::vector<Place> last_of(std::vector<Place> trail, std::size_t count);

}  // namespace saddle::lab
