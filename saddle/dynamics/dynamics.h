#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "saddle/dynamics/wrapped.h"

namespace saddle {

/// The table of dynamics: one struct a row, with its Method beside it.
using DynamicsConfig =
    std::variant<Alternating, Simultaneous, Extragradient, Optimistic, NegativeMomentum, Lookahead,
                 Consensus, Symplectic, Competitive, Proximal, Unrolled, Heun, Rk4,
                 IterateAveraging, HistoricalAveraging, FictitiousPlay>;

/// Rounds of the data-consuming player that one step draws.
inline std::int64_t discriminator_rounds(const DynamicsConfig& dynamics) {
  return std::visit([](const auto& row) { return row.discriminator_rounds(); }, dynamics);
}

/// Calls `f` on the row that moves the players: the wrapped one where there is one.
template <class F>
decltype(auto) visit_inner(const DynamicsConfig& dynamics, const F& f) {
  return std::visit(
      [&](const auto& row) -> decltype(auto) {
        if constexpr (requires { row.inner; }) {
          return std::visit(f, row.inner);
        } else {
          return f(row);
        }
      },
      dynamics);
}

/// What a dynamics asks of a game.
inline Needs needs_of(const DynamicsConfig& dynamics) {
  return visit_inner(dynamics, [](const auto& row) { return row.kNeeds; });
}

/// Whether the generator re-uses the discriminator's fakes.
inline bool shares_latents(const DynamicsConfig& dynamics) {
  return visit_inner(dynamics, [](const auto& row) {
    if constexpr (requires { row.latents; }) return row.latents == Latents::kShared;
    return false;
  });
}

}  // namespace saddle
