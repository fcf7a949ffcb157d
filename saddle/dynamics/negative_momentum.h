#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/method.h"
#include "saddle/dynamics/order.h"

namespace saddle {

/// z <- z + d + beta (z - z_before), d the optimizer's move (Polyak 1964; with beta < 0 Gidel 2019,
/// arXiv:1807.04740, whose result asks for alternation).
struct NegativeMomentum {
  static constexpr std::string_view kName = "negative_momentum";
  static constexpr std::string_view kDoc = "a share of the last move is taken back";
  static constexpr Needs kNeeds{};
  double beta = -0.5;
  Order order = Order::kDiscriminatorFirst;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) {
    v.field("beta", beta, "share of the last move that is added; negative damps rotation",
            {.low = -0.999, .high = 0.999});
    v.choice("order", order, kOrderWords, kOrderDoc);
  }
  bool operator==(const NegativeMomentum&) const = default;
};

template <Movable M>
class Method<NegativeMomentum, M> {
  using S = typename M::SpaceType;

 public:
  Method(const NegativeMomentum& row, M& game)
      : row_(row), back_(zeros_of(game)), last_back_(zeros_of(game)) {}

  void step(M& game) {
    in_order(row_.order, game, [&](std::size_t p) {
      S::copy(back_[p], game.point(p));
      game.move(p);
      S::axpy(game.point(p), -row_.beta, last_back_[p]);
      S::axpy(back_[p], -1, game.point(p));  // the whole move, backwards
      std::swap(back_[p], last_back_[p]);
      game.settle(p);
    });
  }

  template <class Visit>
  void remember(Visit& visit) {
    visit.profile("last_move", last_back_);
  }

 private:
  NegativeMomentum row_;
  Profile<S> back_, last_back_;  ///< moves with their sign turned
};

}  // namespace saddle
