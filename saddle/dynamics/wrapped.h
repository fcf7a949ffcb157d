#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/adjusted.h"
#include "saddle/dynamics/alternating.h"
#include "saddle/dynamics/extragradient.h"
#include "saddle/dynamics/history.h"
#include "saddle/dynamics/implicit.h"
#include "saddle/dynamics/method.h"
#include "saddle/dynamics/negative_momentum.h"
#include "saddle/dynamics/optimistic.h"
#include "saddle/dynamics/runge_kutta.h"
#include "saddle/dynamics/unrolled.h"

namespace saddle {

/// Dynamics that stand alone; others wrap one of these.
using PlainDynamics = std::variant<Alternating, Simultaneous, Extragradient, Optimistic,
                                   NegativeMomentum, Consensus, Symplectic, Competitive, Proximal,
                                   Unrolled, Heun, Rk4, HistoricalAveraging, FictitiousPlay>;

inline std::int64_t discriminator_rounds(const PlainDynamics& dynamics) {
  return std::visit([](const auto& row) { return row.discriminator_rounds(); }, dynamics);
}

/// After k steps of another dynamics, back to a point between here and where they began: by the
/// share alpha of the way (Chavdarova 2021, arXiv:2006.14567).
struct Lookahead {
  static constexpr std::string_view kName = "lookahead";
  static constexpr std::string_view kDoc = "k steps of another dynamics, then part of the way back";
  PlainDynamics inner;
  std::int64_t k = 5;
  double alpha = 0.5;

  std::int64_t discriminator_rounds() const { return saddle::discriminator_rounds(inner); }
  void fields(config::Visitor& v) {
    v.variant("inner", inner, "the dynamics that makes the steps");
    v.field("k", k, "steps before the way back", {.low = 1, .high = 1'000'000});
    v.field("alpha", alpha, "share of the way that is kept",
            {.low = 0, .high = 1, .open_low = true});
  }
  bool operator==(const Lookahead&) const = default;
};

/// Another dynamics whose mean iterate ships, whatever that one ships by itself (Bruck 1977; Yazici
/// 2019, arXiv:1806.04498).
struct IterateAveraging {
  static constexpr std::string_view kName = "iterate_averaging";
  static constexpr std::string_view kDoc = "another dynamics; the mean of its iterates ships";
  PlainDynamics inner;
  std::int64_t burn_in = 0;

  std::int64_t discriminator_rounds() const { return saddle::discriminator_rounds(inner); }
  void fields(config::Visitor& v) {
    v.variant("inner", inner, "the dynamics that makes the steps");
    v.field("burn_in", burn_in, "steps before the mean begins", config::kNotNegative);
  }
  bool operator==(const IterateAveraging&) const = default;
};

/// The methods of the rows of a variant.
template <class Rows, Movable M>
struct MethodsOf;
template <class... Rows, Movable M>
struct MethodsOf<std::variant<Rows...>, M> {
  using Type = std::variant<Method<Rows, M>...>;

  static Type make(const std::variant<Rows...>& rows, M& game) {
    return std::visit(
        [&]<class Row>(const Row& row) {
          return Type(std::in_place_type<Method<Row, M>>, row, game);
        },
        rows);
  }
};

template <Movable M>
class Method<Lookahead, M> {
  using S = typename M::SpaceType;
  using Inner = MethodsOf<PlainDynamics, M>;

 public:
  Method(const Lookahead& row, M& game)
      : row_(row), inner_(Inner::make(row.inner, game)), slow_(zeros_of(game)) {
    save_points(game, slow_);
  }

  void step(M& game) {
    std::visit([&](auto& method) { method.step(game); }, inner_);
    if (++steps_ % row_.k != 0) return;
    for (std::size_t p = 0; p < slow_.size(); ++p) {
      S::scale(slow_[p], 1 - row_.alpha);
      S::axpy(slow_[p], row_.alpha, game.point(p));
      S::copy(game.point(p), slow_[p]);
    }
  }

  /// What the inner dynamics ships.
  std::vector<const typename S::Vector*> shipped(std::size_t player) const {
    return std::visit(
        [&](const auto& method) -> std::vector<const typename S::Vector*> {
          if constexpr (requires { method.shipped(player); }) return method.shipped(player);
          return {};
        },
        inner_);
  }

  template <class Visit>
  void remember(Visit& visit) {
    visit.profile("slow", slow_);
    visit.number("outer_steps", steps_);
    std::visit([&](auto& method) { method.remember(visit); }, inner_);
  }

 private:
  Lookahead row_;
  typename Inner::Type inner_;
  Profile<S> slow_;
  std::int64_t steps_ = 0;
};

template <Movable M>
class Method<IterateAveraging, M> {
  using S = typename M::SpaceType;
  using Inner = MethodsOf<PlainDynamics, M>;

 public:
  Method(const IterateAveraging& row, M& game)
      : row_(row), inner_(Inner::make(row.inner, game)), mean_(zeros_of(game)) {}

  void step(M& game) {
    std::visit([&](auto& method) { method.step(game); }, inner_);
    const std::int64_t seen = ++steps_ - row_.burn_in;
    if (seen <= 0) return;
    for (std::size_t p = 0; p < mean_.size(); ++p) {
      S::scale(mean_[p], 1 - 1.0 / static_cast<double>(seen));
      S::axpy(mean_[p], 1.0 / static_cast<double>(seen), game.point(p));
    }
  }

  /// The mean of the iterates, the start left out; nothing before there is one.
  std::vector<const typename S::Vector*> shipped(std::size_t player) const {
    if (steps_ <= row_.burn_in) return {};
    return {&mean_[player]};
  }

  template <class Visit>
  void remember(Visit& visit) {
    visit.profile("mean_iterate", mean_);
    visit.number("outer_steps", steps_);
    std::visit([&](auto& method) { method.remember(visit); }, inner_);
  }

 private:
  IterateAveraging row_;
  typename Inner::Type inner_;
  Profile<S> mean_;
  std::int64_t steps_ = 0;
};

}  // namespace saddle
