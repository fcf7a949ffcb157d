#pragma once

#include <cstdint>
#include <string_view>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/krylov.h"
#include "saddle/dynamics/method.h"

namespace saddle {

/// The keys of an implicit step's linear solve: products at most, and the relative residual at
/// which it stops.
inline void linear_solve_fields(config::Visitor& v, std::int64_t& iterations, double& tolerance) {
  v.field("iterations", iterations, "products of the linear solve at most",
          {.low = 1, .high = 1000});
  v.field("tolerance", tolerance, "relative residual at which the solve stops",
          {.low = 0, .high = 1});
}

/// Every player plays the equilibrium of the local bilinear game: it answers the other's answer
/// (Schaefer and Anandkumar 2019, arXiv:1905.12103, eq. 3).
struct Competitive {
  static constexpr std::string_view kName = "competitive";
  static constexpr std::string_view kDoc = "competitive gradient descent: the local Nash move";
  static constexpr Needs kNeeds{.losses = true, .two_players = true};
  std::int64_t iterations = 20;
  double tolerance = 1e-8;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) { linear_solve_fields(v, iterations, tolerance); }
  bool operator==(const Competitive&) const = default;
};

/// z+ = z + rate v(z+): the implicit step, exact where the field is affine (Martinet 1970).
struct Proximal {
  static constexpr std::string_view kName = "proximal";
  static constexpr std::string_view kDoc = "implicit step, for games whose field is affine";
  static constexpr Needs kNeeds{.losses = true, .affine = true};
  std::int64_t iterations = 100;
  double tolerance = 1e-14;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) { linear_solve_fields(v, iterations, tolerance); }
  bool operator==(const Proximal&) const = default;
};

template <Movable M>
class Method<Competitive, M> : public Nothing {
  using S = typename M::SpaceType;
  using Vector = typename S::Vector;

 public:
  Method(const Competitive& row, M&) : row_(row) {}

  void step(M& game) {
    constexpr std::size_t x = 0, y = 1;
    evaluate_all(game);
    const double rate_x = game.rate(x), rate_y = game.rate(y);
    // x answers y's answer: (1 - rate_x rate_y J_xy J_yx) d' = d_x + rate_y J_xy d_y.
    Vector right = game.product(x, {{}, game.direction(y)});
    S::scale(right, rate_y);
    S::axpy(right, 1, game.direction(x));
    const auto answered = [&](const Vector& w) {
      const Vector turned = game.product(x, {{}, game.product(y, {w, {}})});
      Vector result = S::zeros_like(w);
      S::copy(result, w);
      S::axpy(result, -rate_x * rate_y, turned);
      return result;
    };
    const auto found =
        solve<S>(answered, right,
                 {.iterations = static_cast<int>(row_.iterations), .tolerance = row_.tolerance});
    S::axpy(game.direction(y), rate_x, game.product(y, {found.x, {}}));
    S::copy(game.direction(x), found.x);
    apply_all(game);
  }

 private:
  Competitive row_;
};

template <Movable M>
class Method<Proximal, M> : public Nothing {
  using S = typename M::SpaceType;
  using Profiles = ProfileSpace<S>;

 public:
  Method(const Proximal& row, M&) : row_(row) {}

  void step(M& game) {
    evaluate_all(game);
    // With R the rates: (1 - J R) d' = d, and the players move by R d'.
    const auto implicit = [&](const Profile<S>& w) {
      Profile<S> moved = Profiles::zeros_like(w), result = Profiles::zeros_like(w);
      for (std::size_t p = 0; p < w.size(); ++p) S::axpy(moved[p], game.rate(p), w[p]);
      for (std::size_t p = 0; p < w.size(); ++p) {
        S::copy(result[p], w[p]);
        S::axpy(result[p], -1, game.product(p, moved));
      }
      return result;
    };
    const auto found = solve<Profiles>(
        implicit, directions_of(game),
        {.iterations = static_cast<int>(row_.iterations), .tolerance = row_.tolerance});
    for (std::size_t p = 0; p < found.x.size(); ++p) S::copy(game.direction(p), found.x[p]);
    apply_all(game);
  }

 private:
  Proximal row_;
};

}  // namespace saddle
