#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/space.h"
#include "saddle/game/fields.h"

namespace saddle {

/// z <- z + rate v.
struct FlatPlain {
  double rate = 0;
};

/// Adam, bias-corrected, eps outside the root.
struct FlatAdam {
  double rate = 0;
  double beta1 = 0, beta2 = 0.999, eps = 1e-8;
};

using FlatOptimizer = std::variant<FlatPlain, FlatAdam>;

/// A game with a closed-form field: the same steppers that move networks make millions of steps
/// cheap here, and derivatives are exact.
template <Field F>
class FlatGame {
 public:
  using SpaceType = FlatSpace;
  static constexpr double kSign = 1;
  using Vector = FlatSpace::Vector;

  /// `start`: one vector a player, in the order of the field's z; `rates` of plain steps: one a
  /// player.
  FlatGame(F field, Profile<FlatSpace> start, const std::vector<double>& rates)
      : field_(std::move(field)),
        points_(std::move(start)),
        directions_(points_),
        moments_(points_.size()) {
    for (const double rate : rates) optimizers_.push_back(FlatPlain{rate});
    for (const Vector& p : points_) {
      first_.push_back(z_.size());
      z_.insert(z_.end(), p.begin(), p.end());
    }
    v_ = FlatSpace::zeros_like(z_);
  }

  void optimize_by(std::size_t player, const FlatOptimizer& optimizer) {
    optimizers_[player] = optimizer;
  }
  /// What happens to a player's point after its update: a clip, say.
  void project_by(std::function<void(std::size_t player, Vector& point)> project) {
    project_ = std::move(project);
  }

  std::size_t player_count() const { return points_.size(); }
  double dimension(std::size_t player) const { return static_cast<double>(points_[player].size()); }
  double rate(std::size_t player) const {
    return std::visit([](const auto& o) { return o.rate; }, optimizers_[player]);
  }

  void evaluate(std::size_t player) {
    if (!fresh_) {
      gather();
      field_(z_, v_);
      fresh_ = true;
    }
    Vector& direction = directions_[player];
    for (std::size_t i = 0; i < direction.size(); ++i) direction[i] = v_[first_[player] + i];
  }
  void evaluate_shared(std::size_t player) { evaluate(player); }
  void evaluate_again(std::size_t player) { evaluate(player); }
  void imagine(std::size_t player) { evaluate(player); }

  void move(std::size_t player) {
    std::visit([&](const auto& o) { move_by(o, player); }, optimizers_[player]);
  }
  void settle(std::size_t player) { project(player); }
  void project(std::size_t player) {
    if (project_) project_(player, point(player));
  }
  void keep_own(std::size_t) {}

  /// Where a player stands; the next evaluation looks here.
  Vector& point(std::size_t player) {
    fresh_ = false;
    return points_[player];
  }
  Vector& direction(std::size_t player) { return directions_[player]; }

  Vector product(std::size_t player, const Profile<FlatSpace>& r) {
    gather();
    return part(jacobian_product(field_, z_, joined(r)), player);
  }
  Profile<FlatSpace> transposed(const Profile<FlatSpace>& r) {
    gather();
    const std::size_t n = z_.size();
    const std::vector<double> matrix = jacobian(field_, z_), left = joined(r);
    std::vector<double> sums(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) sums[j] += matrix[i * n + j] * left[i];
    }
    return parts(sums);
  }
  Vector cross(std::size_t player, std::size_t other) {
    if constexpr (FieldWithLoss<F>) {
      gather();
      Vector gradient = part(loss_gradient(field_, player, z_), other);
      FlatSpace::scale(gradient, -1);
      return gradient;
    } else {
      throw Error(ErrorCode::kUnsupported, "flat game",
                  "this dynamics needs the players' losses, which this field does not give");
    }
  }

  const F& field() const { return field_; }
  /// All players' points, one after the other.
  const Vector& position() {
    gather();
    return z_;
  }

 private:
  struct Moments {
    Vector first, second;
    std::int64_t steps = 0;
  };

  void move_by(const FlatPlain& plain, std::size_t player) {
    FlatSpace::axpy(point(player), plain.rate, directions_[player]);
  }
  void move_by(const FlatAdam& adam, std::size_t player) {
    Moments& m = moments_[player];
    Vector& z = point(player);
    m.first.resize(z.size());
    m.second.resize(z.size());
    ++m.steps;
    const double steps = static_cast<double>(m.steps);
    const double first_share = 1 - std::pow(adam.beta1, steps);
    const double root = std::sqrt(1 - std::pow(adam.beta2, steps));
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double v = directions_[player][i];
      m.first[i] = adam.beta1 * m.first[i] + (1 - adam.beta1) * v;
      m.second[i] = adam.beta2 * m.second[i] + (1 - adam.beta2) * v * v;
      z[i] += adam.rate / first_share * m.first[i] / (std::sqrt(m.second[i]) / root + adam.eps);
    }
  }

  void gather() {
    std::size_t next = 0;
    for (const Vector& p : points_) {
      for (const double value : p) z_[next++] = value;
    }
  }
  Vector part(const Vector& all, std::size_t player) const {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first_[player]);
    return Vector(begin, begin + static_cast<std::ptrdiff_t>(points_[player].size()));
  }
  Profile<FlatSpace> parts(const Vector& all) const {
    Profile<FlatSpace> list;
    for (std::size_t p = 0; p < points_.size(); ++p) list.push_back(part(all, p));
    return list;
  }
  Vector joined(const Profile<FlatSpace>& r) const {
    Vector all(z_.size(), 0.0);
    for (std::size_t p = 0; p < r.size(); ++p) {
      for (std::size_t i = 0; i < r[p].size(); ++i) all[first_[p] + i] = r[p][i];
    }
    return all;
  }

  F field_;
  Profile<FlatSpace> points_, directions_;
  std::vector<FlatOptimizer> optimizers_;
  std::vector<Moments> moments_;
  std::vector<std::size_t> first_;  ///< where a player's part begins in z_
  std::function<void(std::size_t, Vector&)> project_;
  Vector z_, v_;        ///< all players, one after the other
  bool fresh_ = false;  ///< v_ belongs to points_
};

static_assert(Movable<FlatGame<BilinearField>>);

/// A dynamics and its memory on a flat game: step() moves every player.
template <class Row, Field F>
class FlatStepper {
 public:
  FlatStepper(const Row& row, FlatGame<F> game) : game_(std::move(game)), method_(row, game_) {}
  void step() { method_.step(game_); }
  FlatGame<F>& game() { return game_; }
  Method<Row, FlatGame<F>>& method() { return method_; }

 private:
  FlatGame<F> game_;
  Method<Row, FlatGame<F>> method_;
};

}  // namespace saddle
