#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/method.h"
#include "saddle/dynamics/order.h"

namespace saddle {

/// z <- z + 2 d - d_before, where d is the move that the optimizer makes: OGDA, or past
/// extragradient, with plain steps (Popov 1980; Daskalakis 2018, arXiv:1711.00141), optimistic Adam
/// with Adam (the same, algorithm 1). The first step is a plain one.
struct Optimistic {
  static constexpr std::string_view kName = "optimistic";
  static constexpr std::string_view kDoc = "twice this move less the last one";
  static constexpr Needs kNeeds{};
  Order order = Order::kSimultaneous;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) { v.choice("order", order, kOrderWords, kOrderDoc); }
  bool operator==(const Optimistic&) const = default;
};

template <Movable M>
class Method<Optimistic, M> {
  using S = typename M::SpaceType;

 public:
  Method(const Optimistic& row, M& game)
      : row_(row), back_(zeros_of(game)), last_back_(zeros_of(game)) {}

  void step(M& game) {
    in_order(row_.order, game, [&](std::size_t p) {
      typename S::Vector& back = back_[p];
      S::copy(back, game.point(p));
      game.move(p);
      S::axpy(back, -1, game.point(p));  // the move, backwards
      if (steps_ > 0) {
        S::axpy(game.point(p), -1, back);
        S::axpy(game.point(p), 1, last_back_[p]);
      }
      std::swap(back, last_back_[p]);
      game.settle(p);
    });
    ++steps_;
  }

  template <class Visit>
  void remember(Visit& visit) {
    visit.profile("last_move", last_back_);
    visit.number("steps", steps_);
  }

 private:
  Optimistic row_;
  Profile<S> back_, last_back_;  ///< moves with their sign turned
  std::int64_t steps_ = 0;
};

}  // namespace saddle
