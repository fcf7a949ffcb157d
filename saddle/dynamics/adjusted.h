#pragma once

#include <cstdint>
#include <string_view>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/method.h"

namespace saddle {

/// v - gamma J^T v: every player also lowers the squared norm of all gradients (Mescheder 2017,
/// arXiv:1705.10461). It is drawn to any stationary point, maxima too.
struct Consensus {
  static constexpr std::string_view kName = "consensus";
  static constexpr std::string_view kDoc = "all players also lower the norm of the gradients";
  static constexpr Needs kNeeds{.losses = true};
  double gamma = 0.1;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) {
    v.field("gamma", gamma, "weight of half the squared norm of all gradients",
            config::kNotNegative);
  }
  bool operator==(const Consensus&) const = default;
};

/// v - lambda A^T v with A the antisymmetric part of J (Balduzzi 2018, arXiv:1802.05642). Aligned:
/// lambda changes its sign where it would pull towards an unstable point (Letcher 2019,
/// arXiv:1905.04926, algorithm 1).
struct Symplectic {
  static constexpr std::string_view kName = "symplectic";
  static constexpr std::string_view kDoc = "symplectic gradient adjustment";
  static constexpr Needs kNeeds{.losses = true};
  double lambda = 0.1;
  bool align = true;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) {
    v.field("lambda", lambda, "weight of the adjustment", config::kNotNegative);
    v.field("align", align, "turn the adjustment away from unstable points");
  }
  bool operator==(const Symplectic&) const = default;
};

template <Movable M>
class Method<Consensus, M> : public Nothing {
  using S = typename M::SpaceType;

 public:
  Method(const Consensus& row, M&) : row_(row) {}

  void step(M& game) {
    evaluate_all(game);
    const Profile<S> pull = game.transposed(directions_of(game));
    const double weight = -row_.gamma * M::kSign;
    for (std::size_t p = 0; p < game.player_count(); ++p) {
      S::axpy(game.direction(p), weight, pull[p]);
    }
    apply_all(game);
  }

 private:
  Consensus row_;
};

template <Movable M>
class Method<Symplectic, M> : public Nothing {
  using S = typename M::SpaceType;
  using Profiles = ProfileSpace<S>;

 public:
  Method(const Symplectic& row, M&) : row_(row) {}

  void step(M& game) {
    evaluate_all(game);
    const Profile<S> direction = directions_of(game);
    const Profile<S> pull = game.transposed(direction);  // J^T d
    Profile<S> turned;                                   // A^T d = (J^T d - J d) / 2
    for (std::size_t p = 0; p < game.player_count(); ++p) {
      turned.push_back(game.product(p, direction));
    }
    Profiles::scale(turned, -0.5);
    Profiles::axpy(turned, 0.5, pull);
    double weight = -row_.lambda * M::kSign;
    if (row_.align && pulls_to_unstable(direction, pull, turned, game)) weight = -weight;
    for (std::size_t p = 0; p < game.player_count(); ++p) {
      S::axpy(game.direction(p), weight, turned[p]);
    }
    apply_all(game);
  }

 private:
  // With g the gradients of all losses, pull is the gradient of |g|^2 / 2; lambda keeps its sign
  // where <g, pull> <A^T g, pull> / n + 1/10 is positive, n counting all parameters.
  bool pulls_to_unstable(const Profile<S>& direction, const Profile<S>& pull,
                         const Profile<S>& turned, M& game) const {
    constexpr double kBias = 0.1;
    double n = 0;
    for (std::size_t p = 0; p < game.player_count(); ++p) n += game.dimension(p);
    // Directions are g or -g; J^T d and A^T d are the same for both.
    const double along = -M::kSign * Profiles::dot(direction, pull);
    const double aligned = Profiles::dot(turned, pull);
    return along * aligned / n + kBias < 0;
  }

  Symplectic row_;
};

}  // namespace saddle
