#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "saddle/base/text.h"
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

/// Why a game cannot be moved by a dynamics, and what to try; empty where it can. The game has this
/// many players; `affine`: its field is; `losses`: they can be differentiated twice.
inline std::string lacks(const DynamicsConfig& dynamics, std::size_t players, bool affine,
                         bool losses) {
  const bool wrapped = std::visit(
      [](const auto& r) {
        return requires {
          r.inner;
        };
      },
      dynamics);
  return visit_inner(dynamics, [&](const auto& row) -> std::string {
    const std::string key = wrapped ? "dynamics.inner.name" : "dynamics.name";
    const std::string needs = cat(key, " = \"", row.kName, "\" needs ");
    if (row.kNeeds.two_players && players != 2) {
      return cat(needs, "a game of two players: got ", static_cast<std::int64_t>(players), "; try ",
                 key, " = \"simultaneous\"");
    }
    if (row.kNeeds.affine && !affine) {
      return cat(needs,
                 "a game whose field is affine, as in a bilinear or quadratic game: got one "
                 "whose field is not; try ",
                 key, " = \"competitive\" or \"extragradient\"");
    }
    if (row.kNeeds.losses && !losses) {
      return cat(needs,
                 "losses that can be differentiated twice: got a game that gives gradients "
                 "only; try ",
                 key, " = \"extragradient\" or \"optimistic\"");
    }
    return "";
  });
}

/// Whether the generator re-uses the discriminator's fakes.
inline bool shares_latents(const DynamicsConfig& dynamics) {
  return visit_inner(dynamics, [](const auto& row) {
    if constexpr (requires { row.latents; }) {
      return row.latents == Latents::kShared && row.first == First::kDiscriminator;
    }
    return false;
  });
}

}  // namespace saddle
