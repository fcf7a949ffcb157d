#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/method.h"

namespace saddle {

/// Heun's method of second order on z' = v(z) (Qin 2020, arXiv:2010.15040). Inner points are plain
/// steps of the learning rate; the combined direction goes through the optimizer.
struct Heun {
  static constexpr std::string_view kName = "heun";
  static constexpr std::string_view kDoc = "Heun's second-order method on the game's flow";
  static constexpr Needs kNeeds{};
  static constexpr std::array<double, 2> kReach{0, 1};             ///< along the stage before
  static constexpr std::array<double, 2> kWeight{1. / 2, 1. / 2};  ///< in the step
  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor&) {}
  bool operator==(const Heun&) const = default;
};

/// The classical Runge-Kutta method of fourth order on z' = v(z), as in Heun.
struct Rk4 {
  static constexpr std::string_view kName = "rk4";
  static constexpr std::string_view kDoc = "fourth-order Runge-Kutta on the game's flow";
  static constexpr Needs kNeeds{};
  static constexpr std::array<double, 4> kReach{0, 1. / 2, 1. / 2, 1};
  static constexpr std::array<double, 4> kWeight{1. / 6, 1. / 3, 1. / 3, 1. / 6};
  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor&) {}
  bool operator==(const Rk4&) const = default;
};

/// An explicit method in which each stage looks along the one before; all stages see the same
/// random inputs.
template <class Row, Movable M>
class RungeKutta : public Nothing {
  using S = typename M::SpaceType;

 public:
  RungeKutta(const Row&, M& game) : start_(zeros_of(game)), sum_(zeros_of(game)) {}

  void step(M& game) {
    const std::size_t n = game.player_count();
    evaluate_all(game);
    save_points(game, start_);
    ProfileSpace<S>::scale(sum_, 0);
    for (std::size_t stage = 0;; ++stage) {
      for (std::size_t p = 0; p < n; ++p) {
        S::axpy(sum_[p], Row::kWeight[stage], game.direction(p));
      }
      if (stage + 1 == Row::kWeight.size()) break;
      for (std::size_t p = 0; p < n; ++p) {
        S::copy(game.point(p), start_[p]);
        S::axpy(game.point(p), Row::kReach[stage + 1] * game.rate(p), game.direction(p));
      }
      for (std::size_t p = n; p-- > 0;) game.imagine(p);
    }
    for (std::size_t p = 0; p < n; ++p) {
      S::copy(game.point(p), start_[p]);
      S::copy(game.direction(p), sum_[p]);
    }
    apply_all(game);
  }

 private:
  Profile<S> start_, sum_;
};

template <Movable M>
class Method<Heun, M> : public RungeKutta<Heun, M> {
  using RungeKutta<Heun, M>::RungeKutta;
};
template <Movable M>
class Method<Rk4, M> : public RungeKutta<Rk4, M> {
  using RungeKutta<Rk4, M>::RungeKutta;
};

}  // namespace saddle
