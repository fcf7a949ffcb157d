#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/method.h"

namespace saddle {

/// The generator faces the discriminator that k plain steps would make of this one, and is told how
/// its own choice shapes them; the discriminator itself moves once (Metz 2017, arXiv:1611.02163).
struct Unrolled {
  static constexpr std::string_view kName = "unrolled";
  static constexpr std::string_view kDoc = "the generator foresees k steps of the discriminator";
  static constexpr Needs kNeeds{.losses = true, .two_players = true};
  std::int64_t k = 5;
  double rate = 0;
  bool stop_gradient = false;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) {
    v.field("k", k, "steps of the discriminator that the generator foresees",
            {.low = 1, .high = 100});
    v.field("rate", rate, "size of these plain steps; 0: the discriminator's learning rate",
            config::kNotNegative);
    v.field("stop_gradient", stop_gradient,
            "take the foreseen discriminator as given: no gradient through its steps");
  }
  bool operator==(const Unrolled&) const = default;
};

template <Movable M>
class Method<Unrolled, M> : public Nothing {
  using S = typename M::SpaceType;
  using Vector = typename S::Vector;

 public:
  Method(const Unrolled& row, M& game)
      : row_(row),
        own_(S::zeros_like(game.point(kDiscriminator))),
        path_(zeros_like<S>(game.point(kDiscriminator), static_cast<std::size_t>(row.k) + 1)) {}

  void step(M& game) {
    const double rate = signed_rate(game);
    game.evaluate(kDiscriminator);
    S::copy(own_, game.direction(kDiscriminator));
    S::copy(path_[0], game.point(kDiscriminator));
    for (std::size_t j = 1; j < path_.size(); ++j) {
      if (j > 1) game.imagine(kDiscriminator);
      S::axpy(game.point(kDiscriminator), rate, game.direction(kDiscriminator));
      S::copy(path_[j], game.point(kDiscriminator));
    }
    game.evaluate(kGenerator);
    game.keep_own(kGenerator);
    if (!row_.stop_gradient) add_foresight(game, rate);
    S::copy(game.point(kDiscriminator), path_[0]);
    S::copy(game.direction(kDiscriminator), own_);
    apply_all(game);
  }

 private:
  double signed_rate(M& game) const {
    return row_.rate > 0 ? M::kSign * row_.rate : game.rate(kDiscriminator);
  }

  // How the generator's loss at the end of the path depends on it through every step, backwards:
  // exact, and with the memory of the path alone.
  void add_foresight(M& game, double rate) {
    Vector through = game.cross(kGenerator, kDiscriminator);
    for (std::size_t j = path_.size() - 1; j-- > 0;) {
      S::copy(game.point(kDiscriminator), path_[j]);
      const Profile<S> pulled = game.transposed({{}, through});
      S::axpy(game.direction(kGenerator), rate, pulled[kGenerator]);
      S::axpy(through, rate, pulled[kDiscriminator]);
    }
  }

  Unrolled row_;
  Vector own_;                ///< the discriminator's own direction
  std::vector<Vector> path_;  ///< where it stands before and after each foreseen step
};

}  // namespace saddle
