#include "saddle/lab/dirac_play.h"

#include <algorithm>

namespace saddle::lab {
namespace {

const Alternating kThetaFirst{.first = First::kGenerator};

}  // namespace

Parameter dirac_objective() {
  return choice("objective", "non_saturating", {"non_saturating", "saturating"}, "loss of G");
}

Parameter dirac_order() {
  return choice("order", "simultaneous", {"simultaneous", "alternating"},
                "of the players; alternating: θ first");
}

objective::ObjectiveConfig dirac_objective_of(const Settings& settings) {
  if (settings.word("objective") == "saturating") return objective::Saturating{};
  return objective::NonSaturating{};
}

bool is_simultaneous_order(const Settings& settings) {
  return settings.word("order") == "simultaneous";
}

Extent dirac_extent(const FlatGame<DiracField>& game, bool simultaneous, std::int64_t steps,
                    std::int64_t tail) {
  return simultaneous ? extent_of_tail(Simultaneous{}, game, steps, tail)
                      : extent_of_tail(kThetaFirst, game, steps, tail);
}

std::vector<Place> dirac_trail(const FlatGame<DiracField>& game, bool simultaneous,
                               std::int64_t steps, std::int64_t every) {
  return simultaneous ? trail_of(Simultaneous{}, game, steps, every)
                      : trail_of(kThetaFirst, game, steps, every);
}

std::vector<Place> last_of(std::vector<Place> trail, std::size_t count) {
  const auto drop = trail.size() - std::min(count, trail.size());
  trail.erase(trail.begin(), trail.begin() + static_cast<std::ptrdiff_t>(drop));
  return trail;
}

}  // namespace saddle::lab
